"""The scenario studio: gallery, editor, preview and trying, as a person without scripts uses them."""

import html
import re

import pytest
from sqlalchemy import func, select
from tests.web.checkstand_admin.conftest import RIVAL, UNIT

from checkstand.app import edit_draft
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.console_access import Actor
from checkstand.infra.db import metadata
from checkstand.infra.ops import Update
from checkstand.member.operators import operator
from checkstand.monitoring.audit import audit_page

STUDIO = f"/admin/u/{UNIT}/test/studio"
BOOKS = f"{STUDIO}/books"


@pytest.fixture
def owner(person):
    made = person("owner")
    assert made.post(f"{STUDIO}/_gallery", template="mall-order", scenario_id="books").status_code == 303
    return made


def draft(platform):
    return edit_draft.read_draft(platform, UNIT, "books")


def save(who, platform, source=None, **fields):
    now = draft(platform)
    return who.post(BOOKS, source=source or now.source, revision=str(now.revision), do="save", **fields)


def counts(platform):
    with platform.db.read() as connection:
        return {name: connection.scalar(select(func.count()).select_from(t)) for name, t in metadata.tables.items()}


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


# ── structured edits ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "value", "where", "said"),
    [
        ("name.en", "Books: all", ("metadata", "name", "en"), "Books: all"),
        ("form", "popup", ("form", "type"), "popup"),
        ("primary", "#0A5C36", ("theme", "tokens", "color_primary"), "#0a5c36"),
        ("min", "1.50", ("amount_limits", "min"), 150),
        ("max", "900", ("amount_limits", "max"), 90000),
        ("session", "45", ("timeouts", "session"), "PT45M"),
        ("pay", "7", ("timeouts", "pay"), "PT7M"),
    ],
)
def test_a_field_changes_the_text_where_it_belongs(owner, platform, field, value, where, said):
    before = draft(platform).source
    was = re.search(rf'name="was\.{re.escape(field)}" value="([^"]*)"', owner.get(BOOKS).text).group(1)

    assert save(owner, platform, **{field: value, "was." + field: was}).status_code == 303

    here = edit_draft.check_draft(platform, "books", draft(platform).source).document
    for name in where:
        here = here[name]
    assert here == said
    kept = [line for line in before.splitlines() if line in draft(platform).source.splitlines()]
    assert len(before.splitlines()) - len(kept) <= 1
    assert f'value="{was}"' not in "".join(re.findall(rf'name="{re.escape(field)}" [^>]*', owner.get(BOOKS).text))


def test_a_field_that_nobody_touched_does_not_overwrite_the_text(owner, platform):
    source = draft(platform).source.replace("name:", "name:", 1)
    names = re.findall(r'name="was\.([^"]*)" value="([^"]*)"', owner.get(BOOKS).text)
    fields = dict(names) | {"was." + name: value for name, value in names}
    changed = edit_draft.set_value(source, ("metadata", "name", "en"), "Written in the text")

    save(owner, platform, changed, **fields)

    assert draft(platform).source == changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("primary", "red"),
        ("min", "1,5"),
        ("min", "1.555"),
        ("session", "-1"),
        ("pay", "0"),
        ("form", "x"),
        ("name.en", " "),
    ],
)
def test_a_wrong_field_saves_nothing_and_keeps_the_text_on_the_page(owner, platform, field, value):
    answer = save(owner, platform, draft(platform).source + "# kept\n", **{field: value, "was." + field: "?"})

    assert answer.status_code in {400, 422}
    assert "# kept" in answer.text
    assert draft(platform).revision == 1


def test_methods_are_moved_removed_and_added_with_buttons(owner, platform):
    def order():
        return re.findall(r'data-testid="method-([^"]+)"', owner.get(BOOKS).text)

    def press(do, **more):
        now = draft(platform)
        return owner.post(BOOKS, source=now.source, revision=str(now.revision), do=do, **more)

    first, second, *rest = order()
    assert press(f"down:{first}").status_code == 303
    assert order() == [second, first, *rest]
    assert press(f"up:{first}").status_code == 303
    assert order() == [first, second, *rest]
    assert press(f"drop:{second}").status_code == 303
    assert order() == [first, *rest]
    assert press("add", type="alipay").status_code == 303
    assert order() == [first, *rest, "alipay"]
    assert press("drop:nothing").status_code == 400
    assert press("add", type="gold").status_code == 400


# ── preview ─────────────────────────────────────────────────────────────────────────────────────


def test_previews_leave_every_table_as_it_was(owner, platform):
    owner.get(BOOKS)
    source = draft(platform).source
    before = counts(platform)
    for state in ("open", "waiting", "failed", "paid", "expired"):
        for form in ("", "popup", "full_screen", "mobile_site", "regulatory"):
            assert owner.get(f"{BOOKS}/preview", params={"state": state, "form": form}).status_code == 200
            fields = {"axis.state": state, "axis.form": form}
            assert "<html" in owner.post(f"{BOOKS}/preview", source=source, **fields).text
    owner.get(f"{STUDIO}/_gallery/donation/preview")

    assert counts(platform) == before


def test_every_axis_changes_the_page(owner, platform):
    def shown(**axes):
        answer = owner.get(f"{BOOKS}/preview", params=axes)
        assert answer.status_code == 200
        return answer.text

    pages = [shown()]
    pages += [shown(state=state) for state in ("waiting", "failed", "paid", "expired")]
    pages += [
        shown(form="popup"),
        shown(terminal="h5"),
        shown(locale="ar"),
        shown(scheme="dark"),
        shown(amount="12.34"),
    ]
    assert len(set(pages)) == len(pages)
    assert "12.34" in shown(amount="12.34")
    assert 'dir="rtl"' in shown(locale="ar")
    assert shown(state="open") == shown()


@pytest.mark.parametrize(
    ("axis", "value"), [("state", "gone"), ("form", "../x"), ("locale", "xx"), ("terminal", "tv"), ("amount", "1e9"),
                        ("amount", "999999999999"), ("scheme", "<script>")]
)  # fmt: skip
def test_an_axis_that_does_not_exist_is_explained_in_the_frame(owner, axis, value):
    page = owner.get(f"{BOOKS}/preview", params={axis: value})

    assert page.status_code == 200
    assert "There is no page to show yet." in page.text
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text


def theme(text):
    return edit_draft.set_value(text, ("theme", "tokens", "color_primary"), "#0a5c36")


def no_balance(text):
    return edit_draft.set_value(edit_draft.set_value(text, ("composite", "allow"), False), ("methods", "bal"), None)


def words(text):
    for locale in ("zh-CN", "en", "ar"):
        text = edit_draft.set_value(text, ("copy", locale, "pages.choose.title"), "Pay for the lantern")
    return text


def form(text):
    return edit_draft.set_value(text, ("form",), {"type": "mobile_site"})


def limits(text):
    return edit_draft.set_value(text, ("amount_limits",), {"currency": "CNY", "min": 1, "max": 7700})


def timeout(text):
    return edit_draft.set_value(text, ("timeouts",), {"session": "PT37M", "pay": "PT5M"})


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        (theme, "#0a5c36"),
        (no_balance, None),
        (words, "Pay for the lantern"),
        (form, None),
        (limits, "77.00"),
        (timeout, "37 minutes"),
    ],
)
def test_what_the_draft_says_is_what_the_preview_shows(owner, platform, change, sign):
    source = draft(platform).source
    params = {"locale": "en"}
    before = owner.get(f"{BOOKS}/preview", params=params).text
    after = owner.post(f"{BOOKS}/preview", source=change(source), **{"axis.locale": "en"}).text

    assert "There is no page to show yet." not in after
    assert after != before
    assert sign is None or (sign in after and sign not in before)
    save(owner, platform, change(source))
    assert owner.get(f"{BOOKS}/preview", params=params).text == after


# ── trying ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_published_to_test_can_be_tried_once_per_press(owner, platform):
    assert "Publish the scenario to test first" in owner.get(BOOKS).text
    assert owner.post(f"{BOOKS}/try", order_no="TRY-abcdef12").status_code == 404

    file = platform.settings.var_dir / "books.yaml"
    file.write_text(draft(platform).source, encoding="utf-8")
    apply_scenarios(platform, UNIT, [file], "test", by="test")
    order_no = re.search(r'name="order_no" value="([^"]+)"', owner.get(BOOKS).text).group(1)
    where = {owner.post(f"{BOOKS}/try", order_no=order_no).headers["location"] for _ in range(2)}

    assert len(where) == 1
    page = owner.get(where.pop()).text
    assert re.search(r'href="http[^"]+/c/[^"]+"[^>]*data-testid="open-try"', page)
    assert counts(platform)["cashier_session"] == 1
    with platform.db.read() as connection:
        tries = [line for line in audit_page(connection, UNIT) if line.action == "scenario.try"]
    assert [line.after["order_no"] for line in tries] == [order_no]


def test_a_try_whose_line_cannot_be_written_has_not_happened(owner, platform, monkeypatch):
    file = platform.settings.var_dir / "books.yaml"
    file.write_text(draft(platform).source, encoding="utf-8")
    apply_scenarios(platform, UNIT, [file], "test", by="test")
    refused = Update(operator, {"operator_id": "nobody"}, {"name": "x"}, guard={"name": "y"})
    monkeypatch.setattr(Actor, "audit", lambda *_, **__: refused)

    assert owner.post(f"{BOOKS}/try", order_no="TRY-abcdef12").status_code >= 400
    assert counts(platform)["cashier_session"] == 0


def test_a_try_needs_a_number_of_ours(owner):
    assert owner.post(f"{BOOKS}/try", order_no="'; DROP").status_code == 400


def test_a_published_scenario_is_shown_and_a_draft_begins_from_it(person, platform):
    file = platform.settings.var_dir / "donation.yaml"
    file.write_text(edit_draft.templates()["donation"], encoding="utf-8")
    apply_scenarios(platform, UNIT, [file], "test", by="test")
    someone, where = person("owner"), f"{STUDIO}/donation"

    assert "readonly" in someone.get(where).text
    assert someone.post(f"{where}/draft").status_code == 303
    assert 'data-testid="save"' in someone.get(where).text
    assert "Donation" in someone.get(STUDIO).text


def test_a_preview_runs_nothing_and_asks_nothing_again(owner):
    for state in ("open", "waiting", "paid"):
        page = owner.get(f"{BOOKS}/preview", params={"state": state})

        assert "<script" not in page.text
        assert "http-equiv" not in page.text
        assert page.headers["x-frame-options"] == "SAMEORIGIN"


def test_the_contrast_follows_the_colour_field(owner, platform):
    def told(**fields):
        return owner.post(f"{BOOKS}/check", source=draft(platform).source, **fields).text

    assert "readable" in told()
    assert "21.0 : 1" in told(primary="#000000", **{"was.primary": ""})
    low = "theme: {tokens: {color_primary: '#777777', color_on_primary: '#888888'}}\n"
    assert "too low to read" in owner.post(f"{BOOKS}/check", source=draft(platform).source + low).text
    assert "readable" in told(primary="#00", **{"was.primary": ""})
