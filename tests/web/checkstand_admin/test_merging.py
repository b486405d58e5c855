"""Two people edit one draft: what does not contradict is kept from both, the rest is asked."""

import re

import pytest
from tests.web.checkstand_admin.conftest import UNIT
from tests.web.checkstand_admin.test_publishing import SOURCE, actor

from checkstand.app.edit_draft import find_draft, read_draft, save_draft, start_from_template
from checkstand.scenario.draft import KEPT

STUDIO = f"/admin/u/{UNIT}/test/studio/books"
THEIRS = SOURCE.replace("order: 10", "order: 7")


@pytest.fixture
def revision(platform):
    """A draft that both have open; tells its revision."""
    who = actor(platform, "owner")
    draft = start_from_template(platform, who, UNIT, "donation", "books")
    return save_draft(platform, who, UNIT, "books", SOURCE, draft.revision).revision


def overtake(platform, revision, source=THEIRS):
    return save_draft(platform, actor(platform, "owner"), UNIT, "books", source, revision).revision


def merge_form(page):
    form = page.split('data-testid="merge"')[1]
    return {name: re.search(rf'name="{name}" value="(\d+)"', form).group(1) for name in ("revision", "base")}


def test_edits_of_different_things_are_both_saved(person, platform, revision):
    overtake(platform, revision)
    developer, mine = person("developer"), SOURCE.replace("max: 500000", "max: 9000")
    page = developer.post(STUDIO, source=mine, revision=revision)

    assert page.status_code == 409
    assert "<code>amount_limits.max</code>" in page.text
    assert "<code>methods.bal.order</code>" in page.text
    assert 'data-testid="conflict"' not in page.text
    answer = developer.post(f"{STUDIO}/merge", source=mine, **merge_form(page.text))
    assert answer.headers["location"] == f"{STUDIO}?done=merged"
    assert find_draft(platform, UNIT, "books").source == THEIRS.replace("max: 500000", "max: 9000")


@pytest.mark.parametrize(("choice", "kept"), [("mine", "order: 3"), ("theirs", "order: 7")])
def test_what_both_changed_is_chosen(person, platform, revision, choice, kept):
    overtake(platform, revision)
    developer, mine = person("developer"), SOURCE.replace("order: 10", "order: 3").replace("Books", "<b>Maps</b>")
    page = developer.post(STUDIO, source=mine, revision=revision)

    assert re.search(r"methods.bal.order</code> was <code>10</code>", page.text)
    assert "<b>Maps" not in page.text
    form = merge_form(page.text) | {"choice.methods.bal.order": choice}
    developer.post(f"{STUDIO}/merge", source=mine, **form)
    source = find_draft(platform, UNIT, "books").source
    assert kept in source
    assert "<b>Maps</b>" in source  # what only I changed comes along either way


def test_a_third_save_in_between_is_asked_about_again(person, platform, revision):
    second = overtake(platform, revision)
    developer, mine = person("developer"), SOURCE.replace("max: 500000", "max: 9000")
    form = merge_form(developer.post(STUDIO, source=mine, revision=revision).text)
    overtake(platform, second, THEIRS.replace("max: 500000", "max: 1000"))
    answer = developer.post(f"{STUDIO}/merge", source=mine, **form)

    assert answer.status_code == 409
    assert "amount_limits.max</code> was <code>500000</code>" in answer.text
    assert "max: 1000" in find_draft(platform, UNIT, "books").source


def test_a_text_that_cannot_be_read_leaves_the_two_texts(person, platform, revision):
    overtake(platform, revision)
    page = person("developer").post(STUDIO, source="a: [", revision=revision).text

    assert 'data-testid="merge"' not in page
    assert 'data-testid="keep-mine"' in page


def test_of_a_tab_from_long_ago_only_the_whole_texts_are_offered(person, platform, revision):
    last = revision
    for number in range(KEPT):
        last = overtake(platform, last, THEIRS.replace("order: 7", f"order: {100 + number}"))
    page = person("developer").post(STUDIO, source=SOURCE.replace("500000", "9000"), revision=revision).text

    assert 'data-testid="merge"' not in page
    assert read_draft(platform, UNIT, "books").revision == last


def test_who_may_only_read_merges_nothing(person, platform, revision):
    overtake(platform, revision)

    answer = person("analyst").post(f"{STUDIO}/merge", source=SOURCE, revision="3", base=revision)

    assert answer.status_code == 403
    assert find_draft(platform, UNIT, "books").source == THEIRS
