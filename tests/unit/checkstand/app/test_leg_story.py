"""What one word of a channel means for a payment in two parts: every attempt state × every word × every order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from checkstand.app.attempt_story import Verdict, judge
from checkstand.app.case import Case, Leg
from checkstand.app.evidence import Evidence
from checkstand.channel.port import Outcome
from checkstand.infra.ops import Edge, Insert
from checkstand.kernel import Money
from checkstand.payment import AttemptState, refund

NOW = datetime(2026, 11, 21, 10, 18, tzinfo=UTC)
OWN, REST = 4_000, 6_000
A = AttemptState
WAITING = (A.SENDING, A.ACCEPTED, A.UNKNOWN, A.CLOSING)
# The payment's state that goes with each state of its external attempt.
PAYMENT = {
    A.SUCCEEDED: "SUCCEEDED",
    A.FAILED: "FAILED",
    A.CLOSED: "CLOSED",
    A.SUCCEEDED_LATE: "CLOSED",
    A.CLOSING: "CLOSING",
}


def case(state: AttemptState, order: str = "PAYING", late_success: str = "refund") -> Case:
    """A payment of ¥100.00: ¥40.00 set aside, ¥60.00 at the channel in this state."""
    inner_state = {"SUCCEEDED": "SUCCEEDED", "FAILED": "CLOSED", "CLOSED": "CLOSED"}.get(
        PAYMENT.get(state, ""), "ACCEPTED"
    )
    outer, inner = _attempt("att_2", REST, state, "cha_1"), _attempt("att_1", OWN, inner_state, "")
    paid = state in (A.SUCCEEDED, A.SUCCEEDED_LATE)
    legs = (
        Leg(_leg(1, "internal", "att_1", OWN, captured=OWN if state == A.SUCCEEDED else 0), inner),
        Leg(_leg(2, "external", "att_2", REST, captured=REST if paid else 0), outer),
    )
    payment = _row(
        payment_id="pay_1", mode="test", order_id="ord_1", amount_minor=OWN + REST, currency="CNY", method_id="wx",
        method_type="wechat_pay", status=PAYMENT.get(state, "PROCESSING"), captured_minor=0, refund_reserved_minor=0,
        refunded_minor=0, leg_count=2, reason=None,
    )  # fmt: skip
    transaction = _row(
        transaction_id="txn_1", kind="pay", flow="instant", payee="lantern/test", amount_minor=OWN + REST,
        currency="CNY", status="COMPLETED" if order == "PAID" else "WAIT_PAY", fee_rate_ppm=6_000, fee_min_minor=1,
        clearing=None, late_success=late_success,
    )  # fmt: skip
    order_row = _row(
        order_id="ord_1", order_no="1", mode="test", status=order, amount_minor=OWN + REST, refunded_minor=0,
        currency="CNY",
    )  # fmt: skip
    session = _row(
        session_id="cs_1", status="open", scenario_id="s", scenario_version="v", metadata={}, terminal="pc",
        form="popup", context={},
    )  # fmt: skip
    return Case(outer, payment, order_row, transaction, session, legs)


def hear(about: Case, outcome: Outcome, minor: int = REST) -> Verdict:
    return judge(about, Evidence(outcome, "query", amount=Money(minor, "CNY")), NOW)


def targets(verdict: Verdict) -> dict[str, str]:
    """Where each kind of row goes."""
    return {op.table.name + op.key.get("attempt_id", ""): op.to for op in verdict.writes.ops if isinstance(op, Edge)}


def kinds(verdict: Verdict) -> set[str]:
    return {journal.kind for journal in verdict.writes.journals}


def causes(verdict: Verdict) -> list[str]:
    return [op.values["cause"] for op in verdict.writes.ops if isinstance(op, Insert) and op.table is refund]


@pytest.mark.parametrize("state", WAITING)
def test_a_success_in_time_spends_the_hold_in_one_journal(state: AttemptState) -> None:
    verdict = hear(case(state), Outcome.SUCCEEDED)

    assert verdict.classified == "applied"
    moved = targets(verdict)
    assert (moved["payment"], moved["attemptatt_1"], moved["attemptatt_2"]) == ("SUCCEEDED", "SUCCEEDED", "SUCCEEDED")
    assert {"channel_in", "pay"} <= kinds(verdict)
    (channel_in,) = [journal for journal in verdict.writes.journals if journal.kind == "channel_in"]
    assert sorted(entry.amount_minor for entry in channel_in.entries) == [-OWN - REST, OWN, REST]


@pytest.mark.parametrize("state", WAITING)
def test_a_success_of_an_order_that_was_paid_otherwise_is_compensated(state: AttemptState) -> None:
    verdict = hear(case(state, order="PAID"), Outcome.SUCCEEDED)

    moved = targets(verdict)
    assert (moved["payment"], moved["attemptatt_1"], moved["attemptatt_2"]) == ("COMPENSATING", "CLOSED", "SUCCEEDED")
    assert "business_order" not in moved
    assert {"channel_in", "hold_release", "compensation_reserve"} <= kinds(verdict)
    assert causes(verdict) == ["compensation"]


# A call that is under way is not closed: the sweeper makes it unknown first.
REFUSALS = [each for each in product(WAITING, (Outcome.FAILED, Outcome.CLOSED)) if each != (A.SENDING, Outcome.CLOSED)]


@pytest.mark.parametrize(("state", "outcome"), REFUSALS)
def test_a_refusal_releases_the_hold_with_the_payment(state: AttemptState, outcome: Outcome) -> None:
    verdict = hear(case(state), outcome)

    moved = targets(verdict)
    ended = "FAILED" if outcome == Outcome.FAILED else "CLOSED"
    assert (moved["payment"], moved["attemptatt_1"], moved["attemptatt_2"]) == (ended, "CLOSED", ended)
    assert kinds(verdict) == {"hold_release"}


@pytest.mark.parametrize("state", WAITING)
@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.UNKNOWN])
def test_nothing_that_is_not_final_touches_the_hold(state: AttemptState, outcome: Outcome) -> None:
    verdict = hear(case(state), outcome)

    assert kinds(verdict) == set()
    assert set(targets(verdict)) <= {"attemptatt_2"}


@pytest.mark.parametrize("state", [A.FAILED, A.CLOSED])
@pytest.mark.parametrize("policy", ["refund", "accept"])
@pytest.mark.parametrize("order", ["PAYING", "CLOSED", "PAID"])
def test_money_after_the_release_goes_back_whatever_the_policy(state: AttemptState, policy: str, order: str) -> None:
    verdict = hear(case(state, order, policy), Outcome.SUCCEEDED)

    assert verdict.classified == "conflict"
    assert targets(verdict) == {"attemptatt_2": "SUCCEEDED_LATE"}
    assert kinds(verdict) == {"late_in", "late_refund"}
    assert causes(verdict) == ["duplicate" if order == "PAID" else "late"]


@pytest.mark.parametrize("state", [A.FAILED, A.CLOSED])
def test_money_after_the_release_can_be_kept_for_a_person(state: AttemptState) -> None:
    verdict = hear(case(state, "CLOSED", "hold"), Outcome.SUCCEEDED)

    assert kinds(verdict) == {"late_in"}
    assert causes(verdict) == []


@pytest.mark.parametrize(
    ("state", "outcome", "classified"),
    [
        (A.SUCCEEDED, Outcome.SUCCEEDED, "duplicate"),
        (A.SUCCEEDED_LATE, Outcome.SUCCEEDED, "duplicate"),
        (A.SUCCEEDED, Outcome.FAILED, "conflict"),
        (A.SUCCEEDED, Outcome.CLOSED, "conflict"),
        (A.SUCCEEDED, Outcome.UNKNOWN, "stale"),
        (A.FAILED, Outcome.FAILED, "duplicate"),
        (A.FAILED, Outcome.CLOSED, "stale"),
        (A.CLOSED, Outcome.CLOSED, "duplicate"),
        (A.CLOSED, Outcome.FAILED, "stale"),
        (A.CLOSED, Outcome.ACCEPTED, "stale"),
    ],
)
def test_what_comes_twice_late_or_against_the_books_moves_no_money(
    state: AttemptState, outcome: Outcome, classified: str
) -> None:
    verdict = hear(case(state, "PAID" if state == A.SUCCEEDED else "CLOSED"), outcome)

    assert verdict.classified == classified
    assert (targets(verdict), kinds(verdict)) == ({}, set())


def test_the_whole_amount_is_not_what_the_channel_was_asked_for() -> None:
    assert hear(case(A.ACCEPTED), Outcome.SUCCEEDED, OWN + REST).classified == "rejected"


def _row(**values: Any) -> Any:
    return SimpleNamespace(tenant_id="lantern", version=3, created_at=NOW, **values)


def _attempt(number: str, minor: int, state: str, account: str) -> Any:
    instruction = {"member_id": "mbr_1", "cost_ppm": 3_800, "expires_at": (NOW + timedelta(minutes=9)).isoformat()}
    return _row(
        attempt_id=number, payment_id="pay_1", channel="wechat_pay" if account else "balance", action=None,
        channel_account_id=account, amount_minor=minor, currency="CNY", status=str(state), instruction=instruction,
        channel_no=None, reason=None,
    )  # fmt: skip


def _leg(leg: int, kind: str, number: str, minor: int, *, captured: int) -> Any:
    return _row(
        payment_id="pay_1", leg=leg, kind=kind, method_type="balance" if leg == 1 else "wechat_pay", attempt_id=number,
        member_id="mbr_1" if leg == 1 else "", amount_minor=minor, captured_minor=captured, refund_reserved_minor=0,
        currency="CNY",
    )  # fmt: skip
