"""A bank card is verified: some fen arrive there, and the member says how many.

The amount is random, told to nobody, and there are three answers. Every answer, right or wrong, first takes its turn
in a guarded UPDATE; ninety-nine answers sent at once are judged one after the other, and the fourth finds the card
failed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.edges import edge
from checkstand.app.facts import instant
from checkstand.app.job_runner import Again, Finished
from checkstand.app.members.bank_cards import PAUSE, CardFailedLately
from checkstand.app.members.facts import TRIES, card_facts
from checkstand.app.outbox import outbox_ops
from checkstand.app.payouts.new_payout import payout_writes
from checkstand.app.platform import Platform
from checkstand.infra.jobs import Job
from checkstand.infra.ops import Op, Update
from checkstand.kernel import CheckstandError, Kind, present
from checkstand.member import get_member, require_active, still_active
from checkstand.member.cards import bank_card, card_of, get_card
from checkstand.member.states import CARD, CardEvent, CardState
from checkstand.settlement.payout_states import PayoutState
from checkstand.settlement.payout_store import get_payout

# In test mode larger amounts choose what the simulated bank does (channels/checkstand_channels/bank/README.md).
MOST_MINOR: Final = {"live": 99, "test": 50}
CURRENCY: Final = "CNY"
RETRIES: Final = 8

Also = Callable[[dict[str, Any]], Sequence[Op]]  # what goes into the same commit, made from the answer


class VerificationUnderWay(CheckstandError):
    code = "card.verification_under_way"
    kind = Kind.CONFLICT
    message = "The small amount has not arrived on this card yet."
    remedy = "Wait until it is on the card's statement, as a rule on the next working day, and then say how much it is."
    retryable = True


class NothingToVerify(CheckstandError):
    code = "card.nothing_to_verify"
    kind = Kind.CONFLICT
    message = "This card is not waiting for an amount."
    remedy = "Read the card: a verified one needs nothing more, any other begins with a verification without an amount."


class AlreadyVerifying(CheckstandError):
    code = "card.already_verifying"
    kind = Kind.CONFLICT
    message = "A verification of this card is under way or done."
    remedy = "Say which amount has arrived, or wait for it; a verified card needs no second verification."


@dataclass(frozen=True, slots=True)
class VerifyCard:
    """`owner_id` is the member, or the business unit's own merchant."""

    tenant_id: str
    mode: str
    owner_id: str
    card_id: str


def begin_verification(platform: Platform, command: VerifyCard, also: Also | None = None) -> dict[str, Any]:
    """Send the amount. Raises `AlreadyVerifying`, `CardFailedLately`, `NoBank`, and what a frozen member raises."""
    for _ in range(RETRIES):
        now = platform.clock.now()
        with platform.db.read() as connection:
            card = card_of(connection, command.tenant_id, command.owner_id, command.card_id)
            guards = _owner_guards(connection, card)
        _may_begin(card, now)
        amount_minor = 1 + secrets.randbelow(MOST_MINOR[card.mode])
        payout_id, writes = payout_writes(
            platform,
            tenant_id=card.tenant_id,
            mode=card.mode,
            kind="verification",
            source_id=card.card_id,
            owner_id=card.owner_id,
            card_id=card.card_id,
            amount_minor=amount_minor,
            fee_minor=0,
            currency=CURRENCY,
            now=now,
        )
        values = {"verification_payout_id": payout_id, "verification_minor": amount_minor, "tries": 0}
        facts = {"payout_id": payout_id}
        ops = [*guards, *edge("bank_card", card, CardEvent.VERIFY, now, values=values, facts=facts)]
        answer = {**card_facts(card, CardState.VERIFYING), "tries_left": TRIES}
        if _stored(platform, writes + WriteSet(ops=[*ops, *(also(answer) if also else ())])):
            return answer
    raise EdgeRefused(card=command.card_id)


def answer_verification(
    platform: Platform, command: VerifyCard, amount_minor: int, also: Also | None = None
) -> dict[str, Any]:
    """The card after this answer: verified, waiting with fewer tries, or failed."""
    for _ in range(RETRIES):
        now = platform.clock.now()
        with platform.db.read() as connection:
            card = card_of(connection, command.tenant_id, command.owner_id, command.card_id)
            _may_answer(connection, card)
        answer, ops = _judge(card, amount_minor, now)
        if _stored(platform, WriteSet(ops=[*ops, *(also(answer) if also else ())])):
            return answer
    raise EdgeRefused(card=command.card_id)


def payout_ended(platform: Platform, job: Job) -> Finished | Again:
    """The bank refused the small transfer or sent it back: a card that it was to verify, or did, has failed."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        card = get_card(connection, job.tenant_id, job.payload["card_id"])
    card = present(card, "a verification has its card", card=job.payload["card_id"])
    newer = card.verification_payout_id != job.payload["payout_id"]
    if newer or not CARD.allows(CardState(card.status), CardEvent.PAYOUT_FAILED):
        return Finished()
    ops = edge("bank_card", card, CardEvent.PAYOUT_FAILED, now, values={"failed_at": now})
    return Finished(WriteSet(ops=[*ops, *_told(card, "card.failed", CardState.FAILED, now)]))


def _judge(card: Row[Any], amount_minor: int, now: datetime) -> tuple[dict[str, Any], list[Op]]:
    tries = card.tries + 1
    key = {"tenant_id": card.tenant_id, "card_id": card.card_id}
    turn = Update(bank_card, key, {"tries": tries}, guard={"tries": card.tries, "status": card.status})
    if amount_minor == card.verification_minor:
        values = {"verified_at": now}
        ops = [turn, *edge("bank_card", card, CardEvent.CONFIRM, now, values=values)]
        return _answer(card, CardState.VERIFIED, now), [*ops, *_told(card, "card.verified", CardState.VERIFIED, now)]
    if tries < TRIES:
        return {**card_facts(card), "tries_left": TRIES - tries}, [turn]
    ops = [turn, *edge("bank_card", card, CardEvent.GIVE_UP, now, values={"failed_at": now})]
    return card_facts(card, CardState.FAILED), [*ops, *_told(card, "card.failed", CardState.FAILED, now)]


def _answer(card: Row[Any], status: CardState, now: datetime) -> dict[str, Any]:
    return {**card_facts(card, status), "verified_at": instant(now)}


def _may_begin(card: Row[Any], now: datetime) -> None:
    if card.status in (CardState.VERIFYING, CardState.VERIFIED):
        raise AlreadyVerifying(card=card.card_id, status=card.status)
    if card.failed_at is not None and card.failed_at > now - PAUSE:
        raise CardFailedLately(card=card.card_id)


def _may_answer(connection: Connection, card: Row[Any]) -> None:
    if card.status != CardState.VERIFYING:
        raise NothingToVerify(card=card.card_id, status=card.status)
    sent = get_payout(connection, card.tenant_id, card.verification_payout_id)
    if present(sent, "a verification has its payout", card=card.card_id).status != PayoutState.SUCCEEDED:
        raise VerificationUnderWay(card=card.card_id)


def _owner_guards(connection: Connection, card: Row[Any]) -> list[Op]:
    owner = get_member(connection, card.tenant_id, card.owner_id)
    if owner is None:
        return []  # the business unit's own merchant
    require_active(owner)
    return [still_active(owner)]


def _told(card: Row[Any], type_: str, status: CardState, now: datetime) -> list[Op]:
    data = {"mode": card.mode, "card": card_facts(card, status)}
    return outbox_ops(card.tenant_id, card.mode, type_, card.card_id, card.version + 1, data, now)


def _stored(platform: Platform, writes: WriteSet) -> bool:
    """False when somebody was faster: read again and decide anew."""
    try:
        platform.poster.commit(writes)
    except EdgeRefused:
        return False
    return True
