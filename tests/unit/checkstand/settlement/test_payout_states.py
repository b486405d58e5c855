"""Every edge of the payout table, and every word of the bank in every state: applied, duplicate, stale or conflict."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from checkstand.app.payouts.apply_result import PayoutEvidence, Said, judge
from checkstand.infra.ops import Edge
from checkstand.kernel import Classified, Money, NoSuchEdge
from checkstand.settlement.payout_states import AT_THE_BANK, OPEN, PAYOUT, PayoutEvent, PayoutState

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
S, E = PayoutState, PayoutEvent
DUPLICATE, STALE, CONFLICT = Classified.DUPLICATE, Classified.STALE, Classified.CONFLICT


def row(status: PayoutState, **changes: Any) -> Any:
    values = {
        "tenant_id": "lantern", "payout_id": "pyo_1", "mode": "test", "payout_no": "pyo_1", "kind": "withdrawal",
        "source_id": "wd-1", "owner_id": "mbr_1", "card_id": "crd_1", "bank_account_id": "cha_1",
        "fund_mode": "hosted", "held_from": "2001", "amount_minor": 5_000, "fee_minor": 10, "currency": "CNY",
        "status": status.value, "version": 3, "reason": None, "code": None, "channel_no": None, "file_no": "pof_1",
        "created_at": NOW, "finished_at": None,
    }  # fmt: skip
    return SimpleNamespace(**values | changes)


# fmt: off
SPECIFIED = {  # money.md §4.7, and the query's "under way" after an answer that was lost
    (S.CREATED, E.FREEZE): S.FROZEN, (S.FROZEN, E.APPROVE): S.APPROVED, (S.FROZEN, E.REJECT): S.REJECTED,
    (S.APPROVED, E.SEND): S.SENDING, (S.SENDING, E.ACCEPT): S.IN_TRANSIT, (S.SENDING, E.LOSE): S.UNKNOWN,
    (S.UNKNOWN, E.ACCEPT): S.IN_TRANSIT,
    (S.IN_TRANSIT, E.SUCCEED): S.SUCCEEDED, (S.UNKNOWN, E.SUCCEED): S.SUCCEEDED,
    (S.IN_TRANSIT, E.FAIL): S.FAILED, (S.UNKNOWN, E.FAIL): S.FAILED,
    (S.SUCCEEDED, E.RETURN): S.RETURNED, (S.FAILED, E.DEBIT): S.CONFLICT,
}
# state        accepted              succeeded             failed                unknown               returned
WORDS = {
    S.APPROVED:   (STALE,            CONFLICT,             CONFLICT,             STALE,                CONFLICT),
    S.REJECTED:   (STALE,            CONFLICT,             CONFLICT,             STALE,                CONFLICT),
    S.SENDING:    (S.IN_TRANSIT,     S.SUCCEEDED,          S.FAILED,             S.UNKNOWN,            S.RETURNED),
    S.IN_TRANSIT: (DUPLICATE,        S.SUCCEEDED,          S.FAILED,             STALE,                S.RETURNED),
    S.UNKNOWN:    (S.IN_TRANSIT,     S.SUCCEEDED,          S.FAILED,             STALE,                S.RETURNED),
    S.SUCCEEDED:  (STALE,            DUPLICATE,            CONFLICT,             STALE,                S.RETURNED),
    S.FAILED:     (STALE,            S.CONFLICT,           DUPLICATE,            STALE,                CONFLICT),
    S.RETURNED:   (STALE,            STALE,                CONFLICT,             STALE,                DUPLICATE),
    S.CONFLICT:   (STALE,            DUPLICATE,            STALE,                STALE,                CONFLICT),
}
BOOKED = {  # what each end books, by kind of journal
    S.SUCCEEDED: ["payout_paid", "withdrawal_fee"],
    S.FAILED: ["withdrawal_unsend", "withdrawal_release"],
    S.RETURNED: ["payout_returned", "withdrawal_returned"],
}
# fmt: on
SAID = (Said.ACCEPTED, Said.SUCCEEDED, Said.FAILED, Said.UNKNOWN, Said.RETURNED)
CASES = [(state, said, words[i]) for state, words in WORDS.items() for i, said in enumerate(SAID)]


def test_the_table_is_the_specification() -> None:
    assert dict(PAYOUT.rows) == SPECIFIED


def test_what_is_not_in_the_table_cannot_happen() -> None:
    for state in S:
        for event in set(E) - {event for source, event in SPECIFIED if source == state}:
            with pytest.raises(NoSuchEdge):
                PAYOUT.to(state, event)


def test_a_terminal_payout_is_not_open_and_only_the_bank_moves_it() -> None:
    assert not PAYOUT.terminal & set(OPEN)
    assert {event for source, event in PAYOUT.rows if source in PAYOUT.terminal} == {E.RETURN, E.DEBIT}


@pytest.mark.parametrize(("state", "said", "expected"), CASES, ids=lambda value: str(value))
def test_every_word_in_every_state(state: PayoutState, said: Said, expected: Any) -> None:
    judged = judge(row(state), PayoutEvidence(said, "query", code="X1", reason="declined"), NOW)

    moved = [op for op in judged.writes.ops if isinstance(op, Edge)]
    if isinstance(expected, PayoutState):
        assert [op.to for op in moved] == [expected]
        assert moved[0].sources == (state,), "guarded by the state that was read"
    else:
        assert (judged.classified, moved, list(judged.writes.journals)) == (expected, [], [])


@pytest.mark.parametrize(("state", "said", "expected"), CASES, ids=lambda value: str(value))
def test_a_contradiction_is_written_down(state: PayoutState, said: Said, expected: Any) -> None:
    judged = judge(row(state), PayoutEvidence(said, "statement"), NOW)

    if judged.classified is CONFLICT:
        assert judged.writes.ops, "a line of history"
    if said in (Said.SUCCEEDED, Said.FAILED, Said.RETURNED):
        assert judged.writes.ops, "every last word leaves a line, whatever it changes"


@pytest.mark.parametrize("state", AT_THE_BANK)
@pytest.mark.parametrize(("said", "end"), [(Said.SUCCEEDED, S.SUCCEEDED), (Said.FAILED, S.FAILED)])
def test_the_end_is_booked_with_the_edge(state: PayoutState, said: Said, end: PayoutState) -> None:
    judged = judge(row(state), PayoutEvidence(said, "query"), NOW)

    assert [journal.kind for journal in judged.writes.journals] == BOOKED[end]


def test_a_return_that_nobody_told_the_booking_of_books_both() -> None:
    judged = judge(row(S.UNKNOWN), PayoutEvidence(Said.RETURNED, "statement", entry_ref="E1"), NOW)

    assert [j.kind for j in judged.writes.journals] == BOOKED[S.SUCCEEDED] + BOOKED[S.RETURNED]


def test_a_debit_after_a_refusal_books_nothing_and_stops_the_card() -> None:
    judged = judge(row(S.FAILED), PayoutEvidence(Said.SUCCEEDED, "statement", amount=Money(5_000, "CNY")), NOW)

    assert judged.classified is CONFLICT
    assert list(judged.writes.journals) == []


@pytest.mark.parametrize("said", [Said.SUCCEEDED, Said.RETURNED])
@pytest.mark.parametrize("state", list(WORDS))
def test_a_line_with_another_amount_is_no_word_about_this_payout(state: PayoutState, said: Said) -> None:
    judged = judge(row(state), PayoutEvidence(said, "statement", amount=Money(4_999, "CNY")), NOW)

    assert judged.classified is CONFLICT
    assert not any(isinstance(op, Edge) for op in judged.writes.ops)


def test_an_unknown_answer_never_ends_a_payout() -> None:
    ends = {to for (state, said, to) in CASES if said in (Said.UNKNOWN, Said.ACCEPTED) and isinstance(to, PayoutState)}

    assert not ends & PAYOUT.terminal
