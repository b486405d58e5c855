"""Sales for tests of the console: an order that was paid, and where its payment is listed."""

from __future__ import annotations

import re
from typing import Any

from tests.world import LANTERN, World

PAYMENTS = f"/admin/u/{LANTERN}/test/payments"
MEMBERS = f"/admin/u/{LANTERN}/test/members"


def paid(world: World, minor: int = 12_900, method: str = "wx", **order: Any) -> str:
    """A paid order; tells the payment's id."""
    body = world.session_body(minor=minor)
    body["order"] |= order
    session = world.api("POST", "/v1/checkout-sessions", body).json()
    world.pay(session, method)
    if method != "bal":
        world.shop(session)
        world.settle()
    return str(world.view(session).payments[0].payment_id)


def listed(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return re.findall(r'href="[^"]*/payments/(pay_\w+)" data-testid="payment"', answer.text)
