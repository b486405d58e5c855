"""A member takes money out, against the real bank simulator: what it paid is the judge."""

from __future__ import annotations

from typing import Any

from tests.world import World


def test_a_withdrawal_is_held_then_sent_then_paid_once(desk: Any, world: World) -> None:
    payout_id = desk.withdraw(5_000)

    assert (desk.status(payout_id), desk.left()) == ("APPROVED", 95_000)
    world.later(minutes=3)
    assert desk.edges(payout_id) == ["create", "freeze", "approve", "send", "accept", "succeed"]
    assert desk.paid() == {payout_id: 5_000}
    assert (desk.left(), desk.deposit()) == (95_000, -5_000)
    assert "withdrawal.succeeded" in world.sender.types()
