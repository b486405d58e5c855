"""Request bodies. Unknown fields are refused, amounts are whole minor units, every limit has a message."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from checkstand.kernel import CheckstandError

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:\-]+$")]
Short = Annotated[str, Meta(max_length=128)]
Minor = Annotated[int, Meta(ge=1, le=10**13)]


class BodyInvalid(CheckstandError):
    code = "request.invalid"
    message = "The request body is not right."
    remedy = "Change the field that `pointer` names; docs/reference/api.md lists every field."


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of all bodies: a misspelt field is an error, not a silent default."""


class AmountBody(Body):
    minor: Minor
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]


class LineBody(Body):
    name: Annotated[str, Meta(min_length=1, max_length=256)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    amount_minor: Annotated[int, Meta(ge=0, le=10**13)] | None = None


class OrderBody(Body):
    order_no: Id
    amount: AmountBody
    title: Annotated[str, Meta(min_length=1, max_length=256)]
    category: Short = ""
    lines: Annotated[list[LineBody], Meta(max_length=100)] = []


class ShopperBody(Body):
    id: Id | None = None
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] | None = None
    tier: Annotated[str, Meta(max_length=32)] | None = None
    real_name: bool | None = None
    risk: Annotated[int, Meta(ge=0, le=100)] | None = None
    age_days: Annotated[int, Meta(ge=0, le=100_000)] | None = None


class CreateSessionBody(Body):
    scenario: Id
    order: OrderBody
    terminal: str
    shopper: ShopperBody = msgspec.field(default_factory=ShopperBody)
    device_id: Id | None = None
    webview: Short | None = None
    locale: Annotated[str, Meta(max_length=20)] | None = None
    return_url: Annotated[str, Meta(max_length=2000)] | None = None
    payee: Id | None = None
    metadata: Annotated[dict[Id, Annotated[str, Meta(max_length=500)]], Meta(max_length=20)] = {}
    experiments: Annotated[dict[Id, Id], Meta(max_length=20)] = {}


class PayBody(Body):
    method: Id
    fields: Annotated[dict[Id, Annotated[str, Meta(max_length=1000)]], Meta(max_length=50)] = {}
    consents: Annotated[list[Id], Meta(max_length=50)] = []
    reviewed: bool = False
    confirmed: bool = False
    use_balance: bool = False
    payer_ref: Short = ""


class RefundBody(Body):
    amount: AmountBody
    refund_no: Id | None = None
    reason: Annotated[str, Meta(max_length=80)] = ""


class EndpointBody(Body):
    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    events: Annotated[list[str], Meta(max_length=50)] = []


class EventBody(Body):
    name: str
    session_id: Id
    method: Id | None = None
    props: Annotated[dict[str, str | int | bool], Meta(max_length=20)] = {}


B = TypeVar("B", bound=Body)
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)


def read_body(raw: bytes, type_: type[B]) -> B:
    """Decode strictly: no coercion, no unknown field, no trailing data."""
    try:
        return msgspec.json.decode(raw, type=type_, strict=True)
    except msgspec.ValidationError as error:
        match = _AT.match(str(error))
        what, path = (match["what"], match["path"]) if match else (str(error), None)
        raise BodyInvalid(what, pointer=_pointer(path)) from None
    except msgspec.DecodeError as error:
        raise BodyInvalid(f"this is not JSON: {error}", pointer="") from None


def canonical(raw: bytes) -> Any:
    """The body as plain JSON, for the idempotency fingerprint."""
    return json.loads(raw or b"null")


def _pointer(path: str | None) -> str:
    """`.order.lines[0].name` as a JSON pointer."""
    return re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", (path or "").replace(".", "/"))
