"""The cashier's form as it was posted, and whether this post may be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from litestar import Request

from checkstand.cashier import Said
from checkstand.kernel import CheckstandError, Kind

MAX_BODY: Final = 64 * 1024
MAX_ANSWERS: Final = 100
URLENCODED: Final = "application/x-www-form-urlencoded"


class ForeignForm(CheckstandError):
    """Another site posted this; the shopper may not even know."""

    code = "page.foreign_form"
    kind = Kind.FORBIDDEN
    message = "This form came from another site."
    remedy = "Open the checkout again from the shop."


class FormUnreadable(CheckstandError):
    """Not the form that the page sends."""

    code = "page.form_unreadable"
    message = "This is not a form that the checkout can read."
    remedy = "Send application/x-www-form-urlencoded with at most 100 answers."


@dataclass(frozen=True, slots=True)
class Posted:
    """What came with the form."""

    said: Said
    payer_ref: str


def read_form(body: bytes, content_type: str) -> Posted:
    """Read the form; a one-tap button beats the list, because it was pressed."""
    if content_type.partition(";")[0].strip().lower() != URLENCODED:
        raise FormUnreadable(content_type=content_type[:80])
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_ANSWERS)
    except (UnicodeDecodeError, ValueError):
        raise FormUnreadable() from None
    single = dict(pairs)
    fields = {name[6:]: value for name, value in pairs if name.startswith("field.")}
    said = Said(
        method_id=single.get("instant") or single.get("method", ""),
        fields=fields,
        consents=frozenset(value for name, value in pairs if name == "consent"),
        reviewed=single.get("reviewed") == "1",
        confirmed=single.get("confirmed") == "1",
        use_balance=single.get("use_balance", "")[:20],
    )
    return Posted(said, single.get("payer_ref", "")[:128])


def refuse_foreign(request: Request[Any, Any, Any]) -> None:
    """Accept posts of our own pages only. The unguessable address is the first lock, this is the second."""
    if not is_own(request.headers):
        raise ForeignForm(origin=request.headers.get("origin", "")[:200])


def is_own(headers: Mapping[str, str]) -> bool:
    """Browsers say where a post comes from; clients that say nothing at all are no browsers."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")
