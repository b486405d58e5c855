"""The scenario studio: gallery, text and drafts, as a person without scripts uses them."""

from __future__ import annotations

import html
import re

import pytest
from tests.web.checkstand_admin.conftest import RIVAL, UNIT
from tests.web.checkstand_admin.studio import BOOKS, STUDIO, draft, save

from checkstand.app import edit_draft
from checkstand.app.apply_scenarios import apply_scenarios


def test_a_unit_without_scenarios_is_led_to_the_gallery(person):
    page = person("owner").get(STUDIO)

    assert 'data-testid="empty"' in page.text
    assert f"{STUDIO}/_gallery" in page.text


@pytest.mark.parametrize("template", sorted(edit_draft.templates()))
def test_every_template_has_a_card_and_a_picture(person, template):
    someone = person("analyst")

    assert f'data-testid="template-{template}"' in someone.get(f"{STUDIO}/_gallery").text
    picture = someone.get(f"{STUDIO}/_gallery/{template}/preview")
    assert picture.status_code == 200
    assert "frame-ancestors 'self'" in picture.headers["content-security-policy"]
    assert "no page to show" not in picture.text


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_every_card_describes_its_template_in_the_reader_s_language(person, locale):
    someone = person("analyst")
    someone.post("/admin/locale", locale=locale, next=STUDIO)
    page = someone.get(f"{STUDIO}/_gallery").text

    for template in edit_draft.templates():
        described = edit_draft.template_document(template)["metadata"]["description"][locale]
        assert len(described) >= 6, template
        assert described in html.unescape(page), template


def test_from_a_template_to_an_edited_draft(owner, platform):
    page = owner.get(BOOKS)
    assert page.status_code == 200
    assert "The text is a valid scenario." in page.text
    assert "books" in owner.get(STUDIO).text

    answer = save(owner, platform, draft(platform).source + "# mine\r\n")

    assert answer.headers["location"] == f"{BOOKS}?done=saved"
    assert draft(platform).source.endswith("# mine\n")
    assert owner.get(f"{BOOKS}/export").text == draft(platform).source
    assert 'filename="books.yaml"' in owner.get(f"{BOOKS}/export").headers["content-disposition"]


@pytest.mark.parametrize("scenario_id", ["", "A b", "<script>", "x" * 70])
def test_a_wrong_id_is_explained_in_the_gallery(person, scenario_id):
    page = person("owner").post(f"{STUDIO}/_gallery", template="donation", scenario_id=scenario_id)

    assert page.status_code == 400
    assert "lower-case letters" in page.text
    assert "<script>" not in page.text.replace('<script src="', "")


def test_a_taken_id_and_an_unknown_template_are_explained(owner):
    assert owner.post(f"{STUDIO}/_gallery", template="donation", scenario_id="books").status_code == 409
    assert owner.post(f"{STUDIO}/_gallery", template="../secrets", scenario_id="more").status_code == 404
    assert owner.get(f"{STUDIO}/_gallery/nothing/preview").status_code == 404


def test_a_mistake_is_told_at_its_line_and_may_be_saved(owner, platform):
    source = draft(platform).source.replace("kind: Scenario", "kind: Scenery")
    line = source[: source.index("kind:")].count("\n") + 1

    part = owner.post(f"{BOOKS}/check", source=source)
    assert f'data-line="{line}"' in part.text
    assert "<html" not in part.text

    assert save(owner, platform, source).status_code == 303
    assert f'data-line="{line}"' in owner.get(BOOKS).text
    assert "There is no page to show yet." in owner.get(f"{BOOKS}/preview").text


@pytest.mark.parametrize(
    "source",
    ["", "[", "a: *b", "metadata: 3", "metadata: {id: [1]}", "theme: 1\nmethods: 2\nlocales: 3", "extends: base/none"],
)
def test_any_text_gets_messages_and_never_an_error_page(owner, platform, source):
    assert owner.post(f"{BOOKS}/check", source=source).status_code == 200
    assert owner.post(f"{BOOKS}/preview", source=source).status_code == 200
    now = draft(platform)
    assert owner.post(BOOKS, source=source, revision=str(now.revision), do="save").status_code == 303
    assert owner.get(BOOKS).status_code == 200


def test_text_is_shown_as_text(owner, platform):
    save(owner, platform, draft(platform).source + "# </textarea><script>alert(1)</script>\n")

    assert "<script>alert" not in owner.get(BOOKS).text


def test_a_huge_paste_gets_a_clear_answer_and_the_draft_stays(owner, platform):
    answer = save(owner, platform, "# " + "x" * 5_000_000)

    assert answer.status_code == 413
    assert "at most 256 KB" in answer.text
    assert draft(platform).revision == 1
    assert owner.post(f"{BOOKS}/check", source="x" * 5_000_000).status_code == 200


def test_the_second_of_two_editors_gets_a_choice(owner, person, platform):
    other = person("developer")
    first = draft(platform)
    save(owner, platform, first.source + "# Olive\n")

    choice = other.post(BOOKS, source=first.source + "# <Dev>\n", revision="1", do="save")
    assert choice.status_code == 409
    assert "# &lt;Dev&gt;" in choice.text
    assert "# Olive" in choice.text

    revision = re.search(r'name="revision" value="(\d+)"', choice.text).group(1)
    assert other.post(BOOKS, source=first.source + "# Dev\n", revision=revision).status_code == 303
    assert draft(platform).source.endswith("# Dev\n")


def test_a_tab_over_a_discarded_draft_answers_404_and_shows_no_other_text(owner, platform):
    assert owner.post(f"{BOOKS}/discard", revision="1").headers["location"] == f"{STUDIO}?done=draft_discarded"
    assert owner.post(BOOKS, source="a: 1", revision="1").status_code == 404
    assert owner.get(BOOKS).status_code == 404


def test_readers_see_the_text_and_cannot_change_it(owner, person, platform):
    reader = person("analyst")

    assert "readonly" in reader.get(BOOKS).text
    assert 'data-testid="save"' not in reader.get(BOOKS).text
    assert reader.post(BOOKS, source="a: 1", revision="1").status_code == 403
    assert reader.post(f"{BOOKS}/discard", revision="1").status_code == 403
    assert draft(platform).revision == 1


@pytest.mark.parametrize("tail", ["", "/preview", "/export"])
def test_another_units_draft_does_not_exist(owner, person, tail):
    assert person("rival").get(BOOKS + tail).status_code == 404
    assert person("rival").get(f"/admin/u/{RIVAL}/test/studio/books{tail}").status_code == 404


def test_a_published_scenario_is_shown_and_a_draft_begins_from_it(person, platform):
    file = platform.settings.var_dir / "donation.yaml"
    file.write_text(edit_draft.templates()["donation"], encoding="utf-8")
    apply_scenarios(platform, UNIT, [file], "test", by="test")
    someone, where = person("owner"), f"{STUDIO}/donation"

    assert "readonly" in someone.get(where).text
    assert someone.post(f"{where}/draft").status_code == 303
    assert 'data-testid="save"' in someone.get(where).text
    assert "Donation" in someone.get(STUDIO).text
