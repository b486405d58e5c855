"""What the bank said of a payout, booked exactly once (money.md §4.7).

Every word takes the same way, whoever brought it: the answer to the file, a query, the returns of a day, the
statement, or two people who asked the bank by telephone. What contradicts a finished payout moves no money: it is
written down, and for a refused payout that was debited after all, payouts to that card stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import structlog
from sqlalchemy import Row

from checkstand.accounting import AlreadyPosted, EdgeRefused, WriteSet
from checkstand.app.edges import anomaly, edge
from checkstand.app.payouts.kinds import KINDS
from checkstand.app.platform import Platform
from checkstand.kernel import Classified, Money, present
from checkstand.settlement.payout_states import PayoutEvent, PayoutState
from checkstand.settlement.payout_store import get_payout

log = structlog.get_logger("payouts")

S, E = PayoutState, PayoutEvent


class Said(StrEnum):
    """What can be said of a payout. There is no word for "not found": it means what UNKNOWN means."""

    ACCEPTED = "accepted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    RETURNED = "returned"  # a credit with our number: it was booked, and came back


@dataclass(frozen=True, slots=True)
class PayoutEvidence:
    """One word and where it is from: send, query, returns, statement, people."""

    said: Said
    source: str
    amount: Money | None = None  # checked where the source names one
    code: str | None = None
    reason: str | None = None
    channel_no: str | None = None
    entry_ref: str = ""  # RETURNED: the bank's reference of the credit
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """`classified` is None when the word took an edge."""

    classified: Classified | None
    writes: WriteSet


# fmt: off
_ENDS: Final[Mapping[Said, Mapping[PayoutState, tuple[PayoutEvent, ...]]]] = {
    Said.SUCCEEDED: {
        S.SENDING:    (E.ACCEPT, E.SUCCEED),
        S.IN_TRANSIT: (E.SUCCEED,),
        S.UNKNOWN:    (E.SUCCEED,),
        S.FAILED:     (E.DEBIT,),  # we gave the money back and the bank paid: the card is stopped
    },
    Said.FAILED: {
        S.SENDING:    (E.ACCEPT, E.FAIL),
        S.IN_TRANSIT: (E.FAIL,),
        S.UNKNOWN:    (E.FAIL,),
    },
    Said.RETURNED: {  # nobody told us of the booking, but what came back was booked
        S.SENDING:    (E.ACCEPT, E.SUCCEED, E.RETURN),
        S.IN_TRANSIT: (E.SUCCEED, E.RETURN),
        S.UNKNOWN:    (E.SUCCEED, E.RETURN),
        S.SUCCEEDED:  (E.RETURN,),
    },
}
# A word that finds the payout here says what is known, or what was true earlier; in every other state it contradicts.
_DUPLICATE: Final = {
    Said.SUCCEEDED: (S.SUCCEEDED, S.CONFLICT),
    Said.FAILED:    (S.FAILED,),
    Said.RETURNED:  (S.RETURNED,),
}
_STALE: Final = {
    Said.SUCCEEDED: (S.RETURNED,),
    Said.FAILED:    (S.CONFLICT,),
    Said.RETURNED:  (),
}
# fmt: on


def apply_result(platform: Platform, tenant_id: str, payout_id: str, evidence: PayoutEvidence) -> Classified | None:
    """Book it; tells how it was classified when it changed nothing."""
    for _ in range(8):
        with platform.db.read() as connection:
            row = get_payout(connection, tenant_id, payout_id)
        row = present(row, "a payout that is named exists", payout=payout_id)
        judged = judge(row, evidence, platform.clock.now())
        try:
            if judged.writes.ops or judged.writes.journals:
                platform.poster.commit(judged.writes)
        except (EdgeRefused, AlreadyPosted):
            continue  # somebody brought the same word at the same moment: read again and judge anew
        if judged.classified is Classified.CONFLICT:
            log.warning("payout.conflict", payout=payout_id, said=evidence.said, source=evidence.source)
        return judged.classified
    raise EdgeRefused("this payout is moving too fast; the job will come back to it", payout=payout_id)


def judge(row: Row[Any], evidence: PayoutEvidence, now: datetime) -> Judged:
    """Decide what this word changes; pure."""
    state = S(row.status)
    if evidence.amount is not None and evidence.amount != Money(row.amount_minor, row.currency):
        return _noted(row, "wrong_amount", Classified.CONFLICT, evidence, now)
    if evidence.said in (Said.ACCEPTED, Said.UNKNOWN):
        return _under_way(row, state, evidence, now)
    events = _ENDS[evidence.said].get(state)
    if events == (E.DEBIT,):
        ops = edge("payout", row, E.DEBIT, now, facts=_facts(evidence))
        return Judged(Classified.CONFLICT, WriteSet(ops=ops))
    if events is not None:
        return Judged(None, _ended(row, events, evidence, now))
    if state in _DUPLICATE[evidence.said]:
        return _noted(row, f"{evidence.said}_again", Classified.DUPLICATE, evidence, now)
    if state in _STALE[evidence.said]:
        return _noted(row, f"{evidence.said}_stale", Classified.STALE, evidence, now)
    return _noted(row, "contradicted", Classified.CONFLICT, evidence, now)


def _under_way(row: Row[Any], state: PayoutState, evidence: PayoutEvidence, now: datetime) -> Judged:
    """Not the end; polls that tell nothing new leave no line, or a slow bank would fill the history."""
    facts = _facts(evidence)
    if evidence.said is Said.ACCEPTED and state in (S.SENDING, S.UNKNOWN):
        values = {"channel_no": evidence.channel_no or row.channel_no, "reason": None, "code": None}
        return Judged(None, WriteSet(ops=edge("payout", row, E.ACCEPT, now, values=values, facts=facts)))
    if evidence.said is Said.UNKNOWN and state is S.SENDING:
        values = {"reason": evidence.reason, "code": evidence.code}
        return Judged(None, WriteSet(ops=edge("payout", row, E.LOSE, now, values=values, facts=facts)))
    same = evidence.said is Said.ACCEPTED and state is S.IN_TRANSIT
    return Judged(Classified.DUPLICATE if same else Classified.STALE, WriteSet())


def _ended(row: Row[Any], events: tuple[PayoutEvent, ...], evidence: PayoutEvidence, now: datetime) -> WriteSet:
    at, kind = evidence.occurred_at or now, KINDS[row.kind]
    good = E.SUCCEED in events and E.RETURN not in events
    values = {
        "finished_at": at,
        "reason": None if good else evidence.reason,
        "code": None if good else evidence.code,
        "channel_no": evidence.channel_no or row.channel_no,
    }
    writes = WriteSet(ops=edge("payout", row, events, now, values=values, facts=_facts(evidence)))
    seen = _Seen(row, values)
    if E.FAIL in events:
        return writes + kind.failed(seen, at)
    if E.SUCCEED in events:
        writes += kind.succeeded(seen, at)
    if E.RETURN in events:
        writes += kind.returned(seen, at, evidence.entry_ref)
    return writes


class _Seen:
    """The row as it will be, for what its kind books and tells."""

    def __init__(self, row: Row[Any], values: dict[str, Any]) -> None:
        self._row, self._values = row, values

    def __getattr__(self, name: str) -> Any:
        return self._values[name] if name in self._values else getattr(self._row, name)


def _noted(row: Row[Any], name: str, classified: Classified, evidence: PayoutEvidence, now: datetime) -> Judged:
    return Judged(classified, WriteSet(ops=[anomaly("payout", row, name, now, _facts(evidence))]))


def _facts(evidence: PayoutEvidence) -> dict[str, Any]:
    facts: dict[str, Any] = {"source": evidence.source, "code": evidence.code, "entry": evidence.entry_ref}
    if evidence.amount is not None:
        facts["amount_minor"] = evidence.amount.minor
    return {name: value for name, value in facts.items() if value not in (None, "")}
