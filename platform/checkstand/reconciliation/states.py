"""States of a reconciliation item and of a run, as tables (money.md §4.8)."""

from enum import StrEnum
from typing import Final

from checkstand.kernel import TransitionTable
from checkstand.kernel.transitions import Classified


class ItemState(StrEnum):
    UNMATCHED = "UNMATCHED"
    MATCHED = "MATCHED"
    PENDING_CUTOFF = "PENDING_CUTOFF"
    DISCREPANT = "DISCREPANT"
    ASSIGNED = "ASSIGNED"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


class ItemEvent(StrEnum):
    MATCH = "match"  # key, kind and amount are equal
    WAIT = "wait"  # near the edge of the day: the partner may be in a neighbouring statement
    DIFFER = "differ"  # no partner, or another amount
    ASSIGN = "assign"  # a person takes it
    RESOLVE = "resolve"  # by a rule or by a person
    CLOSE = "close"  # its suspense account is at zero
    CORRECT = "correct"  # a re-issued statement says something else
    WITHDRAW = "withdraw"  # the re-issued statement no longer has the line


class RunState(StrEnum):
    RUNNING = "RUNNING"
    POSTED = "POSTED"  # every item has its place in the books; the bank's side is awaited
    CLOSED = "CLOSED"  # the channel's receivable of the day is zero
    SUPERSEDED = "SUPERSEDED"  # a re-issued statement took its place


class RunEvent(StrEnum):
    POST = "post"
    CLOSE = "close"
    SUPERSEDE = "supersede"


class EntryState(StrEnum):
    """What a line of the bank's statement turned out to be."""

    NEW = "NEW"
    PAYOUT = "PAYOUT"  # a payout of ours, or one that came back
    SETTLED = "SETTLED"  # a channel paid for a day
    ALONE = "ALONE"  # nobody knows yet; its item waits for a person
    SUPERSEDED = "SUPERSEDED"  # the day was issued again without it


class EntryEvent(StrEnum):
    PAY_OUT = "pay_out"
    SETTLE = "settle"
    STAND_ALONE = "stand_alone"
    SUPERSEDE = "supersede"


S, IE = ItemState, ItemEvent
R, RE = RunState, RunEvent
N, NE = EntryState, EntryEvent

# fmt: off
ITEM: Final = TransitionTable("reconciliation_item", {
    (S.UNMATCHED,      IE.MATCH):    S.MATCHED,
    (S.UNMATCHED,      IE.WAIT):     S.PENDING_CUTOFF,
    (S.UNMATCHED,      IE.DIFFER):   S.DISCREPANT,
    (S.PENDING_CUTOFF, IE.MATCH):    S.MATCHED,
    (S.PENDING_CUTOFF, IE.DIFFER):   S.DISCREPANT,   # two statements passed
    (S.DISCREPANT,     IE.ASSIGN):   S.ASSIGNED,
    (S.DISCREPANT,     IE.RESOLVE):  S.RESOLVED,     # a rule
    (S.ASSIGNED,       IE.RESOLVE):  S.RESOLVED,     # its owner
    (S.RESOLVED,       IE.CLOSE):    S.CLOSED,
    (S.MATCHED,        IE.CORRECT):  S.REOPENED,
    (S.PENDING_CUTOFF, IE.CORRECT):  S.REOPENED,
    (S.DISCREPANT,     IE.CORRECT):  S.REOPENED,
    (S.ASSIGNED,       IE.CORRECT):  S.REOPENED,
    (S.RESOLVED,       IE.CORRECT):  S.REOPENED,
    (S.CLOSED,         IE.CORRECT):  S.REOPENED,
    (S.REOPENED,       IE.MATCH):    S.MATCHED,
    (S.REOPENED,       IE.WAIT):     S.PENDING_CUTOFF,
    (S.REOPENED,       IE.DIFFER):   S.DISCREPANT,
    (S.REOPENED,       IE.WITHDRAW): S.CLOSED,
}, terminal=frozenset({S.MATCHED, S.CLOSED}))

RUN: Final = TransitionTable("reconciliation_run", {
    (R.RUNNING, RE.POST):      R.POSTED,
    (R.POSTED,  RE.CLOSE):     R.CLOSED,
    (R.RUNNING, RE.SUPERSEDE): R.SUPERSEDED,
    (R.POSTED,  RE.SUPERSEDE): R.SUPERSEDED,
    (R.CLOSED,  RE.SUPERSEDE): R.SUPERSEDED,
}, terminal=frozenset({R.CLOSED, R.SUPERSEDED}))

ENTRY: Final = TransitionTable("bank_entry", {
    (N.NEW,     NE.PAY_OUT):     N.PAYOUT,
    (N.NEW,     NE.SETTLE):      N.SETTLED,
    (N.NEW,     NE.STAND_ALONE): N.ALONE,
    (N.ALONE,   NE.SETTLE):      N.SETTLED,  # the channel's bill came later than the bank's statement
    (N.NEW,     NE.SUPERSEDE):   N.SUPERSEDED,
    (N.SETTLED, NE.SUPERSEDE):   N.SUPERSEDED,
    (N.ALONE,   NE.SUPERSEDE):   N.SUPERSEDED,
    (N.PAYOUT,  NE.SUPERSEDE):   N.SUPERSEDED,
}, terminal=frozenset({N.PAYOUT, N.SETTLED, N.SUPERSEDED}))
# fmt: on


def classify(state: ItemState, event: ItemEvent) -> Classified | None:
    """Why an event changes nothing in this state of an item; None when the table has its edge."""
    return ITEM.classify(state, event)
