"""Adjustments (调账): a person asks for a journal with its reason and evidence, another one books it.

An adjustment is booked on the day on which it is approved, never on the one it corrects: a closed day
stays as it was sealed. Which day it corrects is part of it (`adjusts`), so both are told together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import AccountRef, BalanceTooLow, EdgeRefused, Entry, Journal, UnknownAccount, WriteSet
from checkstand.accounting.chart import CHART, IN_TRANSIT, LimitKind
from checkstand.accounting.period import find_account
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.app.settlement.record_adjustment import adjustment_ops
from checkstand.app.two_people import ApprovalDecided, approve, ask, find_approval, reject
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.kernel.money import EXPONENTS

KIND: Final = "adjustment"
MAX_LINES: Final = 20
MAX_MINOR: Final = 10**15
MAX_TEXT: Final = 500


class AdjustmentInvalid(CheckstandError):
    """The adjustment says not enough, or too much."""

    code = "ledger.adjustment_invalid"
    message = "This adjustment cannot be booked as it is."
    remedy = "Give two to twenty entries, a reason, and where the evidence is."


class NotOnSystemAccounts(CheckstandError):
    """Money in transit is ended by its own object, not by hand."""

    code = "ledger.adjustment_of_transit"
    kind = Kind.CONFLICT
    message = "Accounts of money in transit (2901, 2201, 2202, 2301) are not adjusted by hand."
    remedy = "End the payment, refund, dispute or payout itself; its journals bring the account to zero."


@dataclass(frozen=True, slots=True)
class AdjustmentLine:
    """One entry that is asked for; a debit is positive."""

    account_id: str
    amount_minor: int


def ask_adjustment(
    platform: Platform,
    who: Actor,
    tenant_id: str,
    lines: Sequence[AdjustmentLine],
    *,
    reason: str,
    evidence: str,
    adjusts: date | None = None,
) -> str:
    """Ask for an adjustment; nothing is booked. Tells the request's id."""
    now = platform.clock.now()
    reason, evidence = reason.strip(), evidence.strip()
    if not 1 < len(lines) <= MAX_LINES or not reason or not evidence:
        raise AdjustmentInvalid()
    if max(len(reason), len(evidence)) > MAX_TEXT:
        raise AdjustmentInvalid(f"Reason and evidence have at most {MAX_TEXT} characters each.")
    adjustment_id = new_id("adj")
    facts = {
        "lines": [asdict(line) for line in lines],
        "reason": reason,
        "evidence": evidence,
        "adjusts": adjusts.isoformat() if adjusts else None,
    }
    journal = _journal(tenant_id, adjustment_id, facts, now)
    _within_limits(platform, journal)
    approval_id, op = ask(tenant_id, KIND, adjustment_id, by=who.operator_id, now=now, facts=facts)
    audit = who.audit(tenant_id, "adjustment.ask", "adjustment", adjustment_id, now, after=facts)
    platform.poster.commit(WriteSet(ops=[op, audit]))
    return approval_id


def approve_adjustment(platform: Platform, who: Actor, tenant_id: str, approval_id: str) -> str:
    """Book what somebody else asked for; tells the adjustment, which is the journal's source."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        row = find_approval(connection, tenant_id, KIND, approval_id)
    yes = approve(row, by=who.operator_id, now=now)
    journal = _journal(tenant_id, row.object_id, row.facts, now)
    with platform.db.read() as connection:
        settled = adjustment_ops(connection, journal, now)
    audit = who.audit(tenant_id, "adjustment.approve", "adjustment", row.object_id, now, after=row.facts)
    _commit(platform, WriteSet(ops=[yes, audit, *settled], journals=[journal]), row)
    return str(row.object_id)


def reject_adjustment(platform: Platform, who: Actor, tenant_id: str, approval_id: str, reason: str = "") -> None:
    """Refuse it, or take one's own request back; nothing is booked."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        row = find_approval(connection, tenant_id, KIND, approval_id)
    no = reject(row, by=who.operator_id, now=now, reason=reason.strip()[:MAX_TEXT])
    after = {"decision": no.values["decision"], "reason": no.values["reason"]}
    audit = who.audit(tenant_id, "adjustment.reject", "adjustment", row.object_id, now, after=after)
    _commit(platform, WriteSet(ops=[no, audit]), row)


def account_named(account_id: str) -> AccountRef:
    """`2102:CNY:mer_1` or, with a sub-key, `1101:CNY:cha_1:2026-11-01`."""
    code, _, rest = account_id.strip().partition(":")
    currency, _, rest = rest.partition(":")
    owner, _, sub = rest.partition(":")
    if code not in CHART or currency not in EXPONENTS:
        raise UnknownAccount(f"{account_id!r} is no account; write it like 2102:CNY:owner", account=account_id)
    return AccountRef(code, owner, currency, sub)


def _journal(tenant_id: str, adjustment_id: str, facts: Mapping[str, Any], now: datetime) -> Journal:
    """The journal; raises when it does not balance or names what no account is."""
    entries = tuple(Entry(account_named(line["account_id"]), line["amount_minor"]) for line in facts["lines"])
    if any(abs(entry.amount_minor) > MAX_MINOR for entry in entries):
        raise AdjustmentInvalid(f"An amount is at most {MAX_MINOR} minor units.")
    if any(entry.account.code in IN_TRANSIT for entry in entries):
        raise NotOnSystemAccounts()
    memo = f"{facts['adjusts']}: {facts['reason']}" if facts["adjusts"] else facts["reason"]
    return Journal(tenant_id, KIND, KIND, adjustment_id, entries, now, memo=memo)


def _within_limits(platform: Platform, journal: Journal) -> None:
    """Say at once what the poster would refuse at the approval; the poster's word is the one that counts."""
    sums: dict[str, int] = {}
    for entry in journal.entries:
        sums[entry.account.account_id] = sums.get(entry.account.account_id, 0) + entry.amount_minor
    refs = {entry.account.account_id: entry.account for entry in journal.entries}
    with platform.db.read() as connection:
        for account_id, minor in sums.items():
            row, ref = find_account(connection, journal.tenant_id, account_id), refs[account_id]
            kind, floor = (row.limit_kind, row.floor_minor) if row else (ref.type.limit_kind, 0)
            after = ref.type.normal.sign * ((row.balance_minor if row else 0) + minor)
            if kind != LimitKind.NONE and minor * ref.type.normal.sign < 0 and after < floor:
                raise BalanceTooLow(account=account_id, short_minor=floor - after, kind=KIND)


def _commit(platform: Platform, writes: WriteSet, row: Row[Any]) -> None:
    try:
        platform.poster.commit(writes)
    except EdgeRefused:
        raise ApprovalDecided(approval=row.approval_id) from None
