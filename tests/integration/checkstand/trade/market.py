"""A market stall for tests of escrow: sales that are paid, and what the books say about them."""

from __future__ import annotations

from typing import Any

from tests.world import LANTERN, Response, World

from checkstand.accounting.names import escrow, held_balance, merchant_pending
from checkstand.accounting.reading import balance
from checkstand.app.resolve_refund import RefundEvidence, apply_refund_evidence
from checkstand.channel.port import Outcome
from checkstand.member.merchant import merchant_owner

FEE = 60  # 0.6 % of 10,000


def paid(world: World, minor: int = 10_000, scenario: str = "escrow-sale", method: str = "wx") -> dict[str, Any]:
    """A session whose payment succeeded."""
    if method == "bal" and not world.balance("mei"):
        world.member("mei", 50_000)
    session = world.session(scenario, minor)
    world.pay(session, method)
    if method != "bal":
        world.shop(session)
        world.settle()
    return session


def transaction(world: World, session: dict[str, Any]) -> dict[str, Any]:
    """The transaction as the merchant reads it."""
    answer = world.api("GET", f"/v1/transactions/{session['transaction_id']}")
    assert answer.status == 200, answer.text
    return dict(answer.json())


def step(world: World, session: dict[str, Any], verb: str, body: Any = None, **headers: str) -> Response:
    """One step over the API: shipments, receipt-confirmations, disputes, rulings, captures, voids."""
    return world.api("POST", f"/v1/transactions/{session['transaction_id']}/{verb}", body or {}, **headers)


def amount(minor: int) -> dict[str, Any]:
    return {"amount": {"minor": minor, "currency": "CNY"}}


def books(world: World, session: dict[str, Any]) -> dict[str, int]:
    """What is held, what is the merchant's, what the fee income is, as positive numbers."""
    txn = session["transaction_id"]
    with world.platform.db.read() as connection:
        return {
            "held": balance(connection, LANTERN, escrow(txn, "CNY")),
            "merchant": balance(connection, LANTERN, merchant_pending(merchant_owner(LANTERN, "test"), "CNY")),
        }


def reserved(world: World, session: dict[str, Any]) -> int:
    """What is set aside of Mei's balance for this session."""
    payment_id = world.view(session).payments[0].payment_id
    with world.platform.db.read() as connection:
        return balance(connection, LANTERN, held_balance(world.member("mei"), payment_id, "CNY"))


def status(world: World, session: dict[str, Any]) -> str:
    return str(transaction(world, session)["status"])


def told_by_the_channel(world: World, session: dict[str, Any], outcome: Outcome) -> str:
    """The channel says this about the newest refund of the session."""
    refund_id = world.refunds(session)[-1]["id"]
    return apply_refund_evidence(world.platform, LANTERN, refund_id, RefundEvidence(outcome, "notification"))
