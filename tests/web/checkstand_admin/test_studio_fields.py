"""The studio's fields and buttons: each changes the text where it belongs, and nothing else."""

from __future__ import annotations

import re

import pytest
from tests.web.checkstand_admin.studio import BOOKS, draft, save

from checkstand.app import edit_draft


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


def test_the_contrast_follows_the_colour_field(owner, platform):
    def told(**fields):
        return owner.post(f"{BOOKS}/check", source=draft(platform).source, **fields).text

    assert "readable" in told()
    assert "21.0 : 1" in told(primary="#000000", **{"was.primary": ""})
    low = "theme: {tokens: {color_primary: '#777777', color_on_primary: '#888888'}}\n"
    assert "too low to read" in owner.post(f"{BOOKS}/check", source=draft(platform).source + low).text
    assert "readable" in told(primary="#00", **{"was.primary": ""})
