"""What a shopper submits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TakePayment:
    """One submission of the cashier's form, or of `POST …/payments`."""

    token: str
    method_id: str
    fields: Mapping[str, str] = field(default_factory=dict)
    consents: frozenset[str] = frozenset()
    reviewed: bool = False
    confirmed: bool = False
    use_balance: str = ""  # "all", or the minor units that the page showed for the balance's part; empty: not at all
    client_ip: str = "127.0.0.1"
    device_id: str | None = None
    payer_ref: str = ""
