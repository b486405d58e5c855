"""File out, simulated bank, report and statement in: no fen appears or is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkstand.channel import Registry
from checkstand.channel.conformance import payout_desk as desk
from checkstand.channel.conformance.rig import Rig, wait_for
from checkstand.channel.payouts import PayoutBatch
from checkstand.channel.port import Outcome
from checkstand.channel.simulator import control
from checkstand.channel.simulator.asgi import Request
from checkstand_channels.bank import transfers
from checkstand_channels.bank.client import Client
from checkstand_channels.bank.sim_files import read_payouts
from checkstand_channels.bank.sim_rules import BY_LAST_DIGITS, OPENING_MINOR, rail, rule_for

CALM = settings(max_examples=20, deadline=None)
# Half of the amounts choose an outcome: rejected, answer lost, comes back, waits.
chosen = st.builds(
    lambda yuan, digits: yuan * 100 + digits, st.integers(0, 3_000_000), st.sampled_from([*BY_LAST_DIGITS])
)
amounts = st.lists(st.integers(1, 300_000_000) | chosen, min_size=1, max_size=6)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig(Registry.load().channel("bank"), "public_key", tmp_path_factory.mktemp("bank")) as made:
        yield made


def _steer(rig: Rig, what: str, **body: object) -> int:
    request = Request(
        "POST", f"/bank/{what}", f"/bank/{what}", {"authorization": "Bearer t"}, json.dumps(body).encode(), "127.0.0.1"
    )
    return rig.run(control.handle({"bank": rig.simulator}, "t", request)).status


def _sum(wanted: PayoutBatch, numbers: set[str]) -> int:
    return sum(order.amount.minor for order in wanted.orders if order.payout_no in numbers)


@CALM
@given(minors=amounts)
def test_the_bank_reads_the_sums_that_we_wrote(rig: Rig, minors: list[int]) -> None:
    wanted = desk.batch(rig, *minors)
    uploaded = read_payouts(transfers.payout_file(wanted))

    assert uploaded.problem == ""
    assert [each.amount for each in uploaded.wanted] == [order.amount for order in wanted.orders]
    assert [each.number for each in uploaded.wanted] == [order.payout_no for order in wanted.orders]
    assert (uploaded.count, uploaded.total) == (len(minors), wanted.total.decimal())


@CALM
@given(minors=amounts)
def test_what_is_reported_is_what_was_ordered_and_what_the_account_lost(rig: Rig, minors: list[int]) -> None:
    rig.simulator.state.orders.clear()  # a fresh account: its hundred million would run out
    wanted = desk.batch(rig, *minors)
    before = rig.simulator.clock.now()
    desk.pay_out(rig, wanted)
    rig.advance(desk.BOOKED_S)
    outcomes = {result.payout_no: result.outcome for result in desk.query(rig, wanted).results}
    paid = {number for number, outcome in outcomes.items() if outcome is Outcome.SUCCEEDED}
    failed = {number for number, outcome in outcomes.items() if outcome is Outcome.FAILED}
    waiting = {number for number, outcome in outcomes.items() if outcome is Outcome.ACCEPTED}
    days = [desk.day_of(before) + timedelta(days=i) for i in range((rig.simulator.clock.now() - before).days + 1)]
    told = [found for day in days if (found := desk.statement(rig, day).statement)]
    lost = sum(line.amount.minor for found in told for line in found.entries if line.kind == "payout")
    back = sum(line.amount.minor for found in told for line in found.entries if line.kind == "return")

    assert _sum(wanted, paid) + _sum(wanted, failed) + _sum(wanted, waiting) == wanted.total.minor
    assert waiting == {order.payout_no for order in wanted.orders if rule_for(order.amount.minor).waits}
    assert lost == _sum(wanted, paid)
    assert back <= lost
    assert (told[0].opening.minor, told[-1].closing.minor) == (OPENING_MINOR, OPENING_MINOR - lost + back)


def test_a_payout_above_the_balance_is_rejected_for_want_of_funds(tmp_path: Path) -> None:
    with Rig(Registry.load().channel("bank"), "public_key", tmp_path) as rig:
        first, second = desk.pay_out(rig, desk.batch(rig, OPENING_MINOR, 1)).results

    assert first.outcome is Outcome.ACCEPTED
    assert (second.outcome, second.code, second.reason) == (Outcome.FAILED, "AM04", "merchant_funds_short")


@pytest.mark.parametrize(("action", "outcome"), [("approve", Outcome.SUCCEEDED), ("refuse", Outcome.FAILED)])
def test_a_tester_decides_what_the_bank_left_open(rig: Rig, action: str, outcome: Outcome) -> None:
    wanted = desk.booked(rig, 12959)
    assert desk.query(rig, wanted).results[0].outcome is Outcome.ACCEPTED

    assert _steer(rig, "shopper", number=wanted.orders[0].payout_no, action=action) == 200
    assert desk.query(rig, wanted).results[0].outcome is outcome


def test_a_planted_fault_and_the_clock_make_a_transfer_come_back(rig: Rig) -> None:
    wanted = desk.batch(rig, 4200)
    number = wanted.orders[0].payout_no
    assert _steer(rig, "faults", kind="late_return", verb="payout", number=number, seconds=3600) == 201
    desk.pay_out(rig, wanted)
    assert _steer(rig, "clock", advance_s=desk.BOOKED_S) == 200

    # Nobody asks the bank anything: it books by its own clock.
    wait_for(lambda: desk.truth_of(rig, number)["refunded_minor"], lambda minor: minor == 4200)


@pytest.mark.parametrize(
    ("count", "total", "account", "code"),
    [("4", "3.00", "", "AM18"), ("2", "3.01", "", "AM10"), ("2", "3.00", "x", "AG01")],
)
def test_the_bank_refuses_a_file_that_does_not_add_up(
    rig: Rig, count: str, total: str, account: str, code: str
) -> None:
    wanted = desk.batch(rig, 100, 200)
    content = transfers.payout_file(wanted).decode()
    number = rig.account.credentials["account_no"]
    content = content.replace("<NbOfTxs>2<", f"<NbOfTxs>{count}<").replace("<CtrlSum>3.00<", f"<CtrlSum>{total}<")
    content = content.replace(number, number[:-1] + "x") if account else content
    said = Client(rig.account, rig, rig.clock.now()).upload("payout", "/payouts", content.encode())

    assert f"<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>{code}</Cd>" in said.body.decode()
    assert desk.truth_of(rig, wanted.orders[0].payout_no)["state"] == "absent"


@pytest.mark.parametrize(
    ("minor", "asked", "system", "books"),
    [
        # 100,000,000 fen are a million yuan; China is eight hours ahead of UTC; 2026-03-06 is a Friday.
        (100_000_000, (6, 12, 0), "IBPS", (6, 12, 0)),
        (100_000_001, (6, 9, 29), "HVPS", (6, 9, 30)),  # 17:29 in China
        (100_000_001, (6, 9, 30), "HVPS", (8, 12, 31)),  # closed until Sunday 20:30
        (100_000_001, (4, 10, 0), "HVPS", (4, 12, 31)),  # Wednesday evening: opens again at 20:30
        (100_000_001, (8, 12, 40), "HVPS", (8, 12, 41)),
    ],
)
def test_the_rail_follows_amount_and_hour(
    minor: int, asked: tuple[int, int, int], system: str, books: tuple[int, int, int]
) -> None:
    name, at = rail(minor, datetime(2026, 3, *asked, tzinfo=UTC))

    assert (name, at.replace(second=0)) == (system, datetime(2026, 3, *books, tzinfo=UTC))
