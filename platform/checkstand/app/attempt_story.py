"""What a channel's word about one attempt means for our books: a pure decision (money.md §4.3, §4.4, §4.9).

The order of arrival decides nothing, the state table does. A success in a state that still waits
settles the payment; in FAILED or CLOSED it is late money; anywhere else it changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from checkstand.accounting import WriteSet
from checkstand.app import attempt_writes as writes
from checkstand.app import leg_story
from checkstand.app.case import Case
from checkstand.app.edges import anomaly, edge
from checkstand.app.evidence import Evidence
from checkstand.channel.port import Outcome
from checkstand.payment import AttemptEvent, AttemptState

Classified = Literal["applied", "duplicate", "stale", "conflict", "rejected"]
A = AttemptState

WAITING = (A.SENDING, A.ACCEPTED, A.UNKNOWN, A.CLOSING)
PAID = (A.SUCCEEDED, A.SUCCEEDED_LATE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the evidence is classified and what is to be written."""

    classified: Classified
    writes: WriteSet = field(default_factory=WriteSet)
    needs_query: bool = False  # the evidence contradicts a terminal state: ask the channel


def judge(case: Case, evidence: Evidence, now: datetime) -> Verdict:
    """Decide what this evidence changes. Pure: the case is as it was read, the writes are guarded by it."""
    state = A(case.attempt.status)
    match evidence.outcome:
        case Outcome.SUCCEEDED:
            return _success(case, evidence, state, now)
        case Outcome.FAILED:
            return _refusal(case, evidence, state, now)
        case Outcome.CLOSED:
            return _closed(case, evidence, state, now)
        case Outcome.ACCEPTED:
            return _accepted(case, evidence, state, now)
        case _:
            return _lost(case, evidence, state, now)


def _success(case: Case, evidence: Evidence, state: AttemptState, now: datetime) -> Verdict:
    wrong = _mismatch(case, evidence)
    if wrong:
        facts = {"source": evidence.source, "wrong": wrong, "channel_no": evidence.channel_no}
        return Verdict("rejected", WriteSet(ops=[anomaly("attempt", case.attempt, "success_rejected", now, facts)]))
    if state in PAID:
        return Verdict("duplicate")
    if state in WAITING and case.legs:
        return Verdict("applied", leg_story.succeeded(case, evidence, now))
    if state in WAITING and case.order.status in ("CREATED", "PAYING", "CLOSING"):
        return Verdict("applied", writes.succeeded(case, evidence, now))
    if state in WAITING:
        # Another payment has paid the order meanwhile: this money is a duplicate and goes back.
        return Verdict("applied", writes.duplicate_success(case, evidence, now))
    if state in (A.FAILED, A.CLOSED):
        return Verdict("conflict", writes.succeeded_late(case, evidence, now))
    return Verdict("stale")  # INIT: never sent, so this is not about us; the query will tell


def _refusal(case: Case, evidence: Evidence, state: AttemptState, now: datetime) -> Verdict:
    if state in PAID:
        return _contradiction(case, evidence, now)
    if state == A.FAILED:
        return Verdict("duplicate")
    if state == A.CLOSED:
        return Verdict("stale")
    told = leg_story if case.legs else writes
    return Verdict("applied", told.refused(case, evidence, now))


def _closed(case: Case, evidence: Evidence, state: AttemptState, now: datetime) -> Verdict:
    if state in PAID:
        return _contradiction(case, evidence, now)
    if state == A.CLOSED:
        return Verdict("duplicate")
    if state in (A.FAILED, A.INIT):
        return Verdict("stale")
    told = leg_story if case.legs else writes
    return Verdict("applied", told.closed(case, evidence, now))


def _accepted(case: Case, evidence: Evidence, state: AttemptState, now: datetime) -> Verdict:
    if state in (A.SENDING, A.UNKNOWN):
        return Verdict("applied", writes.accepted(case, evidence, now))
    return Verdict("duplicate" if state == A.ACCEPTED else "stale")


def _lost(case: Case, evidence: Evidence, state: AttemptState, now: datetime) -> Verdict:
    if state != A.SENDING:
        return Verdict("stale")
    facts = {"source": evidence.source, "code": evidence.code}
    return Verdict("applied", WriteSet(ops=edge("attempt", case.attempt, AttemptEvent.LOSE, now, facts=facts)))


def _contradiction(case: Case, evidence: Evidence, now: datetime) -> Verdict:
    facts = {"source": evidence.source, "said": evidence.outcome.value, "code": evidence.code}
    op = anomaly("attempt", case.attempt, "contradicted", now, facts)
    return Verdict("conflict", WriteSet(ops=[op]), needs_query=evidence.source != "query")


def _mismatch(case: Case, evidence: Evidence) -> str | None:
    """What about a success is not ours: believe no money that has another amount, currency or payee."""
    if evidence.amount is None:
        return "no amount"
    if evidence.amount != case.amount:
        return f"amount {evidence.amount.minor} {evidence.amount.currency}"
    expected = case.attempt.instruction.get("payee")
    if expected and evidence.payee and evidence.payee != expected:
        return f"payee {evidence.payee}"
    return None
