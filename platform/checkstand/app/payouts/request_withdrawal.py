"""A member takes money out: held in one commit with the payout, sent by a job (money.md F4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from checkstand.accounting import BalanceTooLow, EdgeRefused, RowExists, WriteSet
from checkstand.app.members.find import own_member
from checkstand.app.payouts.facts import withdrawal_facts
from checkstand.app.payouts.new_payout import NewPayout, new_payout, writes_of
from checkstand.app.platform import Platform
from checkstand.infra.idempotency import IdempotencyKey, refuse_repeat
from checkstand.kernel import CheckstandError, Kind
from checkstand.member import require_active, still_active
from checkstand.member.abilities import acting_operator, require_ability
from checkstand.member.cards import payable_card
from checkstand.member.unit_settings import settings_of
from checkstand.settlement.payout_store import find_withdrawal, is_stopped
from checkstand.settlement.withdrawal_rules import WithdrawalRules


class WithdrawalTooLarge(CheckstandError):
    code = "withdrawal.balance_too_low"
    kind = Kind.CONFLICT
    message = "The balance does not cover this withdrawal and its fee."
    remedy = "Withdraw less: amount and fee together may be as much as the balance."


class WithdrawalNumberTaken(CheckstandError):
    code = "withdrawal.number_taken"
    kind = Kind.MISMATCH
    message = "This withdrawal_no was used before for another withdrawal."
    remedy = "Use a new number for a new withdrawal; repeat one only with the same member, card and amount."


class CardStopped(CheckstandError):
    """The bank debited a payout to this card that it had refused: until that is clear, nothing more goes there."""

    code = "payout.card_stopped"
    kind = Kind.CONFLICT
    message = "Payouts to this bank card are stopped until a contradiction of the bank has been cleared."
    remedy = "Choose another card, or ask the business unit to look at the payouts marked as conflict."


@dataclass(frozen=True, slots=True)
class RequestWithdrawal:
    """`withdrawal_no` is the business unit's own number and the natural idempotency key."""

    tenant_id: str
    mode: str
    member_id: str
    card_id: str
    amount_minor: int
    currency: str
    withdrawal_no: str
    operator_id: str = ""  # who acts for an enterprise


def request_withdrawal(
    platform: Platform, command: RequestWithdrawal, *, idempotency: IdempotencyKey | None = None
) -> dict[str, Any]:
    """The withdrawal as it was committed; the same number and content again tells the first one."""
    for _ in range(8):
        with platform.db.read() as connection:
            owner = own_member(connection, command.tenant_id, command.mode, command.member_id)
            known = find_withdrawal(connection, command.tenant_id, command.mode, command.withdrawal_no)
            if known is not None:
                refuse_repeat(connection, idempotency)
                return _same(known, owner.member_id, command)
            _check(connection, owner, command)
            rules = WithdrawalRules.of(settings_of(connection, command.tenant_id).withdrawals)
        new = _new(platform, owner, command, rules)
        answer = withdrawal_facts(new)
        writes = writes_of(new) + WriteSet(ops=[still_active(owner)])
        if idempotency is not None:
            body = msgspec.json.encode(answer)
            writes += WriteSet(ops=[idempotency.done_op(answer["id"], 201, body, platform.clock.now())])
        try:
            platform.poster.commit(writes)
        except BalanceTooLow:
            raise WithdrawalTooLarge(pointer="/amount/minor", member=owner.member_id) from None
        except (EdgeRefused, RowExists):
            continue  # the member was frozen, or the same number arrived twice at once: look again
        return answer
    raise EdgeRefused("this member is changing too fast; try again", member=command.member_id)


def _new(platform: Platform, owner: Row[Any], command: RequestWithdrawal, rules: WithdrawalRules) -> NewPayout:
    return new_payout(
        platform,
        tenant_id=command.tenant_id,
        mode=command.mode,
        kind="withdrawal",
        source_id=command.withdrawal_no,
        owner_id=owner.member_id,
        card_id=command.card_id,
        amount_minor=command.amount_minor,
        fee_minor=rules.fee_of(command.amount_minor),
        currency=command.currency,
        approved=not rules.needs_approval(command.amount_minor),
        held_from="2103" if owner.kind == "enterprise" else "2001",
        now=platform.clock.now(),
    )


def _check(connection: Connection, owner: Row[Any], command: RequestWithdrawal) -> None:
    acting_operator(connection, owner, command.operator_id, "money")
    require_ability(connection, owner, "withdraw")
    require_active(owner)
    payable_card(connection, command.tenant_id, owner.member_id, command.card_id)
    if is_stopped(connection, command.tenant_id, command.card_id):
        raise CardStopped(card=command.card_id)


def _same(row: Row[Any], owner_id: str, command: RequestWithdrawal) -> dict[str, Any]:
    asked = (owner_id, command.card_id, command.amount_minor, command.currency)
    if (row.owner_id, row.card_id, row.amount_minor, row.currency) != asked:
        raise WithdrawalNumberTaken(pointer="/withdrawal_no")
    return withdrawal_facts(row)
