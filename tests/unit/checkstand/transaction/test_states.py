"""The state table of transactions: every edge, and every edge again with an event that comes twice, late or wrong."""

from __future__ import annotations

import pytest

from checkstand.kernel import Classified, NoSuchEdge
from checkstand.transaction import TRANSACTION, TransactionEvent, TransactionState, classify
from checkstand.transaction.rules import back_to, held_minor, refund_outcome, takes_from_escrow, term
from checkstand.transaction.states import IN_ESCROW

S, E = TransactionState, TransactionEvent
D, ST, C = Classified.DUPLICATE, Classified.STALE, Classified.CONFLICT

# Every edge: from, event, to | an event of a state that has passed | an event that contradicts the new state.
EDGES = [
    (S.WAIT_PAY, E.PAYMENT_SUCCEEDED, S.COMPLETED, E.SHIP, E.VOID),
    (S.WAIT_PAY, E.PAYMENT_ESCROWED, S.PAID, None, E.CAPTURE),
    (S.WAIT_PAY, E.AUTHORISE, S.AUTHORISED, None, E.CONFIRM),
    (S.WAIT_PAY, E.ORDER_CLOSED, S.CLOSED, E.AUTHORISE, E.CONFIRM),
    (S.CLOSED, E.LATE_ACCEPTED, S.COMPLETED, E.AUTHORISE, E.VOID),
    (S.CLOSED, E.LATE_ESCROWED, S.PAID, None, E.VOID),
    (S.PAID, E.SHIP, S.SHIPPED, E.PAYMENT_ESCROWED, E.CAPTURE),
    (S.PAID, E.CONFIRM, S.COMPLETED, E.SHIP, E.REFUNDED),
    (S.SHIPPED, E.CONFIRM, S.COMPLETED, E.DISPUTE, E.REFUNDED),
    (S.PAID, E.CONFIRM_PART, S.SHIPPED, E.PAYMENT_ESCROWED, E.RULE_SELLER),
    (S.SHIPPED, E.CONFIRM_PART, S.SHIPPED, E.PAYMENT_ESCROWED, E.CAPTURE),
    (S.PAID, E.DISPUTE, S.DISPUTED, E.PAYMENT_ESCROWED, E.CONFIRM),
    (S.SHIPPED, E.DISPUTE, S.DISPUTED, E.SHIP, E.CAPTURE),
    (S.DISPUTED, E.RULE_SELLER, S.COMPLETED, E.DISPUTE, E.REFUNDED),
    (S.DISPUTED, E.RULE_BUYER, S.REFUNDING, E.DISPUTE, E.CONFIRM),
    (S.DISPUTED, E.RULE_SPLIT, S.REFUNDING, E.DISPUTE, E.CAPTURE),
    (S.PAID, E.REFUND, S.REFUNDING, E.SHIP, E.CONFIRM),
    (S.SHIPPED, E.REFUND, S.REFUNDING, E.SHIP, E.CONFIRM),
    (S.DISPUTED, E.REFUND, S.REFUNDING, E.DISPUTE, E.RULE_SELLER),
    (S.REFUNDING, E.REFUNDED, S.CLOSED, E.REFUND, E.CONFIRM),
    (S.REFUNDING, E.REST_REFUNDED, S.COMPLETED, E.REFUND, E.REFUNDED),
    (S.REFUNDING, E.BACK_TO_PAID, S.PAID, None, E.CAPTURE),
    (S.REFUNDING, E.BACK_TO_SHIPPED, S.SHIPPED, E.PAYMENT_ESCROWED, E.VOID),
    (S.REFUNDING, E.BACK_TO_DISPUTED, S.DISPUTED, E.SHIP, E.VOID),
    (S.AUTHORISED, E.CAPTURE, S.COMPLETED, E.AUTHORISE, E.VOID),
    (S.AUTHORISED, E.VOID, S.CLOSED, E.AUTHORISE, E.CAPTURE),
]
NAMES = [f"{source}-{event}" for source, event, *_ in EDGES]


def test_every_edge_of_the_table_is_tried_here() -> None:
    assert [(source, event, target) for source, event, target, *_ in EDGES] == list(TRANSACTION.edges())


@pytest.mark.parametrize(("source", "event", "target", "old", "wrong"), EDGES, ids=NAMES)
def test_an_edge_leads_where_the_table_says(
    source: TransactionState, event: TransactionEvent, target: TransactionState, old: object, wrong: object
) -> None:
    assert TRANSACTION.to(source, event) == target
    assert classify(source, event) is None


@pytest.mark.parametrize(("source", "event", "target", "old", "wrong"), EDGES, ids=NAMES)
def test_the_same_event_again_is_a_duplicate_or_another_edge(
    source: TransactionState, event: TransactionEvent, target: TransactionState, old: object, wrong: object
) -> None:
    # A part can be confirmed again: that is a further part, and the amount held decides.
    assert classify(target, event) == (None if event == E.CONFIRM_PART else D)


@pytest.mark.parametrize(("source", "event", "target", "old", "wrong"), EDGES, ids=NAMES)
def test_an_event_that_has_passed_is_stale(
    source: TransactionState,
    event: TransactionEvent,
    target: TransactionState,
    old: TransactionEvent | None,
    wrong: object,
) -> None:
    if old is not None:  # nothing lies behind the first state in escrow but its own event
        assert classify(target, old) == ST


@pytest.mark.parametrize(("source", "event", "target", "old", "wrong"), EDGES, ids=NAMES)
def test_an_event_that_contradicts_the_state_is_a_conflict(
    source: TransactionState, event: TransactionEvent, target: TransactionState, old: object, wrong: TransactionEvent
) -> None:
    assert classify(target, wrong) == C
    with pytest.raises(NoSuchEdge):
        TRANSACTION.to(target, wrong)


def test_an_end_is_left_only_by_late_money_that_is_wanted() -> None:
    leaving = {event for source, event, _ in TRANSACTION.edges() if source in TRANSACTION.terminal}

    assert leaving == {E.LATE_ACCEPTED, E.LATE_ESCROWED}


def test_every_state_but_an_end_has_a_way_on() -> None:
    assert {source for source, _, _ in TRANSACTION.edges()} >= set(S) - TRANSACTION.terminal


@pytest.mark.parametrize("state", IN_ESCROW)
def test_a_refund_out_of_escrow_can_go_back_to_where_it_began(state: TransactionState) -> None:
    assert TRANSACTION.to(TRANSACTION.to(state, E.REFUND), back_to(state)) == state


@pytest.mark.parametrize(
    ("held_after", "released", "event"),
    [
        (0, 0, E.REFUNDED),
        (0, 400, E.REST_REFUNDED),
        (600, 0, E.BACK_TO_SHIPPED),
        (600, 400, E.BACK_TO_SHIPPED),
    ],
)
def test_what_a_refund_leads_to_is_what_is_left(held_after: int, released: int, event: TransactionEvent) -> None:
    assert refund_outcome("SHIPPED", held_after, released) == event


def test_what_is_held_is_what_neither_side_has_got() -> None:
    class Row:
        paid_minor, released_minor, refunded_minor = 10_000, 4_000, 2_500

    assert held_minor(Row()) == 3_500


@pytest.mark.parametrize(
    ("flow", "status", "from_escrow"),
    [
        ("escrow", "PAID", True),
        ("escrow", "SHIPPED", True),
        ("escrow", "DISPUTED", True),
        ("escrow", "REFUNDING", True),
        ("escrow", "COMPLETED", False),
        ("escrow", "CLOSED", False),
        ("instant", "COMPLETED", False),
    ],
)
def test_a_refund_comes_out_of_escrow_until_the_money_is_the_merchants(
    flow: str, status: str, from_escrow: bool
) -> None:
    assert takes_from_escrow(flow, status) is from_escrow


def test_a_term_that_the_scenario_leaves_out_has_a_default() -> None:
    assert term(None, "confirm_within_s") == 864_000
    assert term({"confirm_within_s": 60}, "confirm_within_s") == 60
