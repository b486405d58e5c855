"""Every edge of an item and of a run, each with a duplicate, a stale and a conflicting event."""

from __future__ import annotations

import pytest

from checkstand.kernel.transitions import Classified, NoSuchEdge
from checkstand.reconciliation.states import ITEM, RUN, ItemEvent, ItemState, RunEvent, RunState, classify

S, E = ItemState, ItemEvent

# What each edge is followed by: the same event again, one that is too old, and one against the end of the story.
# An edge that is missing here fails the test below it. None: the event has an edge from there by right.
AFTER = {
    # from               on          to                  again                 a late MATCH         a late WITHDRAW
    (S.UNMATCHED, E.MATCH): (S.MATCHED, Classified.DUPLICATE, Classified.DUPLICATE, Classified.CONFLICT),
    (S.UNMATCHED, E.WAIT): (S.PENDING_CUTOFF, Classified.DUPLICATE, None, Classified.STALE),
    (S.UNMATCHED, E.DIFFER): (S.DISCREPANT, Classified.DUPLICATE, Classified.STALE, Classified.STALE),
    (S.PENDING_CUTOFF, E.MATCH): (S.MATCHED, Classified.DUPLICATE, Classified.DUPLICATE, Classified.CONFLICT),
    (S.PENDING_CUTOFF, E.DIFFER): (S.DISCREPANT, Classified.DUPLICATE, Classified.STALE, Classified.STALE),
    (S.DISCREPANT, E.ASSIGN): (S.ASSIGNED, Classified.DUPLICATE, Classified.STALE, Classified.STALE),
    (S.DISCREPANT, E.RESOLVE): (S.RESOLVED, Classified.DUPLICATE, Classified.STALE, Classified.STALE),
    (S.ASSIGNED, E.RESOLVE): (S.RESOLVED, Classified.DUPLICATE, Classified.STALE, Classified.STALE),
    (S.RESOLVED, E.CLOSE): (S.CLOSED, Classified.DUPLICATE, Classified.CONFLICT, Classified.DUPLICATE),
    (S.MATCHED, E.CORRECT): (S.REOPENED, Classified.DUPLICATE, None, None),
    (S.PENDING_CUTOFF, E.CORRECT): (S.REOPENED, Classified.DUPLICATE, None, None),
    (S.DISCREPANT, E.CORRECT): (S.REOPENED, Classified.DUPLICATE, None, None),
    (S.ASSIGNED, E.CORRECT): (S.REOPENED, Classified.DUPLICATE, None, None),
    (S.RESOLVED, E.CORRECT): (S.REOPENED, Classified.DUPLICATE, None, None),
    (S.CLOSED, E.CORRECT): (S.REOPENED, Classified.DUPLICATE, None, None),
    (S.REOPENED, E.MATCH): (S.MATCHED, Classified.DUPLICATE, Classified.DUPLICATE, Classified.CONFLICT),
    (S.REOPENED, E.WAIT): (S.PENDING_CUTOFF, Classified.DUPLICATE, None, Classified.STALE),
    (S.REOPENED, E.DIFFER): (S.DISCREPANT, Classified.DUPLICATE, Classified.STALE, Classified.STALE),
    (S.REOPENED, E.WITHDRAW): (S.CLOSED, Classified.DUPLICATE, Classified.CONFLICT, Classified.DUPLICATE),
}


def test_the_table_of_tests_has_every_edge() -> None:
    assert set(AFTER) == {(source, event) for source, event, _ in ITEM.edges()}


@pytest.mark.parametrize(("source", "event"), AFTER)
def test_an_edge_leads_where_the_specification_says(source: ItemState, event: ItemEvent) -> None:
    target, *_ = AFTER[source, event]

    assert ITEM.to(source, event) == target
    assert classify(source, event) is None


@pytest.mark.parametrize(("source", "event"), AFTER)
def test_an_edge_is_followed_by_a_duplicate_a_stale_and_a_conflicting_event(
    source: ItemState, event: ItemEvent
) -> None:
    target, again, late_match, late_withdraw = AFTER[source, event]

    assert classify(target, event) == again
    assert classify(target, E.MATCH) == late_match
    assert classify(target, E.WITHDRAW) == late_withdraw


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("event", E)
def test_what_is_not_in_the_table_cannot_happen(state: ItemState, event: ItemEvent) -> None:
    if (state, event) in AFTER:
        return
    assert classify(state, event) is not None
    with pytest.raises(NoSuchEdge):
        ITEM.to(state, event)


def test_only_a_corrected_statement_leaves_an_end() -> None:
    assert {event for source, event, _ in ITEM.edges() if source in ITEM.terminal} == {E.CORRECT}


def test_a_run_goes_forward_and_is_only_ever_superseded() -> None:
    assert {(source, event): target for source, event, target in RUN.edges()} == {
        (RunState.RUNNING, RunEvent.POST): RunState.POSTED,
        (RunState.POSTED, RunEvent.CLOSE): RunState.CLOSED,
        (RunState.RUNNING, RunEvent.SUPERSEDE): RunState.SUPERSEDED,
        (RunState.POSTED, RunEvent.SUPERSEDE): RunState.SUPERSEDED,
        (RunState.CLOSED, RunEvent.SUPERSEDE): RunState.SUPERSEDED,
    }
