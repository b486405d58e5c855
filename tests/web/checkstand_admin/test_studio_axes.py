"""The studio's preview: every state, form, terminal and language of the page, and nothing is left behind."""

from __future__ import annotations

import pytest
from tests.web.checkstand_admin.studio import BOOKS, STUDIO, counts, draft, save

from checkstand.app import edit_draft


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


def test_a_preview_runs_nothing_and_asks_nothing_again(owner):
    for state in ("open", "waiting", "paid"):
        page = owner.get(f"{BOOKS}/preview", params={"state": state})

        assert "<script" not in page.text
        assert "http-equiv" not in page.text
        assert page.headers["x-frame-options"] == "SAMEORIGIN"
