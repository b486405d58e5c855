"""The posted form, read strictly, and believed only when it is ours."""

from __future__ import annotations

import pytest

from checkstand.cashier import Said
from checkstand.web.pages.form import FormUnreadable, is_own, read_form

URLENCODED = "application/x-www-form-urlencoded; charset=utf-8"


def test_a_form_is_read_with_fields_and_agreements() -> None:
    body = b"method=wx&field.invoice_title=Mei+Lin&consent=terms&consent=news&reviewed=1&confirmed=0&x=1"

    said = read_form(body, URLENCODED).said

    assert said == Said("wx", {"invoice_title": "Mei Lin"}, frozenset({"terms", "news"}), reviewed=True)


def test_a_one_tap_button_beats_the_list() -> None:
    assert read_form(b"method=wx&instant=fast", URLENCODED).said.method_id == "fast"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"method=wx", "application/json"),
        (b"method=wx", ""),
        (b"\xff\xfe=1", URLENCODED),
        (b"&".join(b"a=1" for _ in range(101)), URLENCODED),
    ],
)
def test_anything_else_is_no_form(body: bytes, kind: str) -> None:
    with pytest.raises(FormUnreadable):
        read_form(body, kind)


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://pay.example", "host": "pay.example"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "https://pay.example", "host": "pay.example"}, True),
        ({"origin": "https://evil.example", "host": "pay.example"}, False),
        ({"origin": "null", "host": "pay.example"}, False),
        ({"host": "pay.example"}, True),
    ],
)
def test_a_post_of_another_site_is_not_believed(headers: dict[str, str], own: bool) -> None:
    assert is_own(headers) == own
