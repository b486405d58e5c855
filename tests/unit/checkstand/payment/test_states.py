"""The payment's table has the rows of the specification (money.md §4.3) and no way around them."""

from __future__ import annotations

import pytest

from checkstand.kernel import NoSuchEdge
from checkstand.payment import OPEN_PAYMENT, PAYMENT, PaymentEvent, PaymentState

S, E = PaymentState, PaymentEvent

SPECIFIED = [
    (S.CREATED, E.HOLD, S.HELD),
    (S.CREATED, E.FAIL, S.FAILED),  # the balance does not suffice
    (S.CREATED, E.SEND, S.PROCESSING),
    (S.HELD, E.SEND, S.PROCESSING),
    (S.PROCESSING, E.SUCCEED, S.SUCCEEDED),
    (S.PROCESSING, E.FAIL, S.FAILED),
    (S.PROCESSING, E.COMPENSATE, S.COMPENSATING),
    (S.COMPENSATING, E.COMPENSATED, S.FAILED),
    (S.COMPENSATING, E.GIVE_UP, S.MANUAL),
    (S.PROCESSING, E.CLOSE, S.CLOSING),
    (S.CLOSING, E.CLOSE_DONE, S.CLOSED),
    (S.CLOSING, E.SUCCEED, S.SUCCEEDED),
]


@pytest.mark.parametrize(("source", "event", "target"), SPECIFIED)
def test_every_row_of_the_specification_is_there(source: S, event: E, target: S) -> None:
    assert PAYMENT.to(source, event) == target


@pytest.mark.parametrize("event", list(E))
@pytest.mark.parametrize("state", [S.FAILED, S.CLOSED])
def test_money_that_comes_late_leaves_a_finished_payment_as_it_is(state: S, event: E) -> None:
    if event == E.ACCEPT_LATE:
        assert PAYMENT.to(state, event) == S.SUCCEEDED
        return
    with pytest.raises(NoSuchEdge):
        PAYMENT.to(state, event)


@pytest.mark.parametrize("event", list(E))
def test_a_payment_that_succeeded_never_changes_again(event: E) -> None:
    with pytest.raises(NoSuchEdge):
        PAYMENT.to(S.SUCCEEDED, event)


@pytest.mark.parametrize("state", [S.COMPENSATING, S.MANUAL])
def test_giving_back_ends_in_failed_and_nowhere_else(state: S) -> None:
    ways = {target for source, _, target in PAYMENT.edges() if source == state}

    assert ways <= {S.FAILED, S.MANUAL}
    assert state not in OPEN_PAYMENT  # the order does not wait for it, another payment may pay it


@pytest.mark.parametrize(("source", "event"), list(PAYMENT.rows))
def test_an_edge_taken_twice_is_seen_as_a_duplicate_not_taken_again(source: S, event: E) -> None:
    target = PAYMENT.to(source, event)
    if target == source:  # fail-over: the next route's attempt
        assert (source, event) == (S.PROCESSING, E.SEND)
        return
    again = PAYMENT.rows.get((target, event))
    assert again in (None, target)


def test_every_state_can_be_reached_and_left_unless_it_is_final() -> None:
    reached = {target for _, _, target in PAYMENT.edges()} | {S.CREATED}
    left = {source for source, _, _ in PAYMENT.edges()}

    assert reached == set(S)
    assert left | PAYMENT.terminal == set(S)
