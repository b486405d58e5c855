"""Many processes at the same moment: a payout stands in one file, and each word about it counts once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.world import LANTERN, World

from checkstand.accounting import EdgeRefused
from checkstand.app.payouts.apply_result import PayoutEvidence, Said, apply_result
from checkstand.app.payouts.send_payouts import send_payouts
from checkstand.infra.jobs import Job
from checkstand.kernel import Classified


def test_two_senders_never_put_a_payout_into_two_files(desk: Any, world: World) -> None:
    payouts = [desk.withdraw(1_000 + i) for i in range(6)]
    payload = {"bank_account_id": desk.row(payouts[0]).bank_account_id}

    def send(i: int) -> str:
        job = Job(LANTERN, f"job_{i}", "payout.send", f"key_{i}", payload, world.clock.now(), 1, "tests")
        try:
            send_payouts(world.platform, job)
        except EdgeRefused:
            return "later"  # the job runner lets this one look again
        return "sent"

    with ThreadPoolExecutor(4) as pool:
        assert "sent" in list(pool.map(send, range(4)))
    world.later(minutes=3)
    assert [desk.status(each) for each in payouts] == ["SUCCEEDED"] * 6
    assert {desk.row(each).send_count for each in payouts} == {1}
    assert desk.paid() == {each: 1_000 + i for i, each in enumerate(payouts)}


def test_the_same_word_from_many_sides_is_booked_once(desk: Any, world: World) -> None:
    payout_id = desk.withdraw(5_000)
    world.later(seconds=6)
    assert desk.status(payout_id) == "IN_TRANSIT"
    said = [PayoutEvidence(Said.SUCCEEDED, source) for source in ("query", "statement", "returns", "send") * 2]

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda each: apply_result(world.platform, LANTERN, payout_id, each), said))
    assert sorted(map(str, told)) == sorted(map(str, [None] + [Classified.DUPLICATE] * 7))
    world.later(minutes=3)
    assert desk.edges(payout_id).count("succeed") == 1
    assert world.sender.types() == ["withdrawal.succeeded"]
