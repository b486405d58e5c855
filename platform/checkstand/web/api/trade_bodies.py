"""Request bodies of a transaction's steps."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from checkstand.web.api.bodies import AmountBody, Body, Short


class ShipmentBody(Body):
    carrier: Annotated[str, Meta(max_length=64)] = ""
    number: Short = ""


class ConfirmationBody(Body):
    amount: AmountBody | None = None


class DisputeBody(Body):
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class RulingBody(Body):
    ruling: Literal["seller", "buyer", "split"]
    seller_amount: AmountBody | None = None


class CaptureBody(Body):
    amount: AmountBody | None = None


class VoidBody(Body):
    """Nothing to say: all of it is given back."""
