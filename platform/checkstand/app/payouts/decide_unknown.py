"""Two people end a payout of which the bank says nothing: they have its word on paper, or by telephone.

Nobody else may: not a timer, not "not found". If the bank's file says otherwise later, that is a conflict and is
treated as one.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import AlreadyPosted, EdgeRefused, RowExists, WriteSet
from checkstand.app import two_people
from checkstand.app.console_access import Actor
from checkstand.app.payouts.apply_result import PayoutEvidence, Said, judge
from checkstand.app.payouts.approve_payout import clean_reason
from checkstand.app.payouts.own_payout import PayoutMoved, in_state, own_payout
from checkstand.app.platform import Platform
from checkstand.kernel import CheckstandError, Kind
from checkstand.member.approvals import waiting_for
from checkstand.settlement.payout_states import PayoutState

DECISION: Final = "payout_outcome"  # the kind of its question
S = PayoutState


class OthersDisagree(CheckstandError):
    code = "payout.people_disagree"
    kind = Kind.CONFLICT
    message = "Somebody else says that the bank did the opposite. Nothing was changed."
    remedy = "Ask the bank again, and have the first answer taken back if it was wrong."


def say_outcome(
    platform: Platform, who: Actor, tenant_id: str, mode: str, payout_id: str, *, paid: bool, reason: str
) -> bool:
    """The first person's word is kept, the same word of a second one ends the payout; True when it was the second."""
    reason = clean_reason(reason)
    row, question = _unknown(platform, tenant_id, mode, payout_id)
    now = platform.clock.now()
    facts: dict[str, Any] = {"paid": paid, "reason": reason}
    if question is None:
        _, asked = two_people.ask(tenant_id, DECISION, payout_id, by=who.operator_id, now=now, facts=facts)
        told = who.audit(tenant_id, "payout.say_outcome", "payout", payout_id, now, mode=mode, after=facts)
        _commit(platform, WriteSet(ops=[asked, told]))
        return False
    agreed = two_people.approve(question, by=who.operator_id, now=now, reason=reason)
    if question.facts["paid"] is not paid:
        raise OthersDisagree(payout=payout_id)
    told = who.audit(tenant_id, "payout.confirm_outcome", "payout", payout_id, now, mode=mode, after=facts)
    evidence = PayoutEvidence(Said.SUCCEEDED if paid else Said.FAILED, "people", reason=None if paid else "people")
    _commit(platform, WriteSet(ops=[agreed, told]) + judge(row, evidence, now).writes)
    return True


def take_back(platform: Platform, who: Actor, tenant_id: str, mode: str, payout_id: str, reason: str) -> None:
    """The first word does not count: its author was wrong, or somebody else knows better."""
    reason = clean_reason(reason)
    _, question = _unknown(platform, tenant_id, mode, payout_id)
    if question is None:
        raise PayoutMoved("nobody has said anything about it", payout=payout_id)
    now = platform.clock.now()
    closed = two_people.reject(question, by=who.operator_id, now=now, reason=reason)
    told = who.audit(
        tenant_id, "payout.take_back_outcome", "payout", payout_id, now, mode=mode, after={"reason": reason}
    )
    _commit(platform, WriteSet(ops=[closed, told]))


def _unknown(platform: Platform, tenant_id: str, mode: str, payout_id: str) -> tuple[Row[Any], Row[Any] | None]:
    with platform.db.read() as connection:
        row = in_state(own_payout(connection, tenant_id, mode, payout_id), S.UNKNOWN)
        return row, waiting_for(connection, tenant_id, DECISION, payout_id)


def _commit(platform: Platform, writes: WriteSet) -> None:
    try:
        platform.poster.commit(writes)
    except (EdgeRefused, RowExists, AlreadyPosted):
        raise PayoutMoved("the bank or somebody else was faster") from None
