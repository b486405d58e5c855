"""B against C: what each channel owes for a day against what the bank received (money.md §5.3, step 8).

Every day that is compared and not yet paid for looks for its line, and every line that is no payout looks for its
day. A line that came before the channel's own statement stands on 2601 until then. Without a bank account the
hosted mode leaves the money at the channel: its statement is then the word on what it holds for us.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import Journal, WriteSet
from checkstand.accounting.calendar import accounting_date
from checkstand.app.edges import edge
from checkstand.app.platform import Platform
from checkstand.app.reconcile_bank_items import (
    BANK,
    SETTLEMENT,
    entry_item_id,
    new_item,
    noon,
    settlement_item_id,
    settlement_journals,
    undo_bank_journals,
)
from checkstand.channel.store import account_row
from checkstand.infra.ops import Op
from checkstand.reconciliation import bank_store, store
from checkstand.reconciliation.bank import BankFinding, Settlement, compare_bank
from checkstand.reconciliation.bank_postings import bank_only_journal
from checkstand.reconciliation.classes import ItemClass
from checkstand.reconciliation.model import BankEntry
from checkstand.reconciliation.states import EntryEvent, EntryState, ItemEvent, ItemState, RunState

C, E, S = ItemClass, ItemEvent, ItemState
AWAITED: Final = (RunState.POSTED,)


def settle_days(platform: Platform, tenant_id: str, mode: str, *, has_bank: bool) -> None:
    """Find for every day its line and for every line its day; repeating it changes nothing."""
    for due in _due(platform, tenant_id, mode):
        if not has_bank and platform.settings.fund_mode == "hosted":
            _write(platform, due, BankFinding(C.MATCHED, due.settlement, None), None)
    if not has_bank:
        return
    with platform.db.read() as connection:
        rows = bank_store.entries_in(connection, tenant_id, mode, (EntryState.NEW, EntryState.ALONE))
        undecided = bank_store.open_alone(connection, tenant_id, [row.item_id for row in rows if row.item_id])
    lines = {row.entry_id: row for row in rows if row.status == EntryState.NEW or row.item_id in undecided}
    dues = {due.key: due for due in _due(platform, tenant_id, mode)}
    entries = [BankEntry(key, row.amount_minor, row.currency, row.booked_on, row.text) for key, row in lines.items()]
    today = accounting_date(platform.clock.now())
    for finding in compare_bank([due.settlement for due in dues.values()], entries, today=today):
        line = lines[finding.entry.entry_ref] if finding.entry else None
        if finding.settlement is not None:
            due = next(each for each in dues.values() if each.settlement is finding.settlement)
            _write(platform, due, finding, line)
        elif line is not None and line.status == EntryState.NEW:
            _alone(platform, line)


class Due:
    """A day of one channel account that is compared and not yet paid for."""

    def __init__(self, run: Row[Any], item: Row[Any] | None, settlement: Settlement) -> None:
        self.run, self.item, self.settlement = run, item, settlement

    @property
    def key(self) -> tuple[str, str]:
        return self.run.run_id, self.settlement.currency


def supersede_entry(platform: Platform, row: Row[Any], now: datetime) -> WriteSet:
    """The bank issued the day again without this line: what was booked for it is undone."""
    ops: list[Op] = edge("bank_entry", row, EntryEvent.SUPERSEDE, now)
    if row.item_id is None:
        return WriteSet(ops=ops)
    with platform.db.read() as connection:
        item = store.items_by_id(connection, row.tenant_id, [row.item_id])[row.item_id]
    if item.status == S.CLOSED or (item.status == S.RESOLVED and item.item_class == C.BANK_ONLY):
        return WriteSet(ops=ops)  # a person has decided about it; the daily proof shows what remains
    undone, posting = undo_bank_journals(platform, item, row, now)
    settlement = item.kind == SETTLEMENT
    events = (E.CORRECT, E.WAIT) if settlement else (E.CORRECT, E.WITHDRAW)
    values = {"posting": posting, "amount_diff_minor": 0, "resolution": None if settlement else "withdrawn"}
    if settlement:
        values |= {"item_class": C.BANK_LATE.value, "channel_minor": None, "channel_fee_minor": None}
    return WriteSet(ops=[*ops, *edge("reconciliation_item", item, events, now, values=values)], journals=undone)


def _due(platform: Platform, tenant_id: str, mode: str) -> list[Due]:
    found: list[Due] = []
    with platform.db.read() as connection:
        for run in bank_store.runs_in(connection, tenant_id, mode, AWAITED):
            account = account_row(connection, tenant_id, run.channel_account_id)
            manifest = platform.registry.channel(run.channel).manifest
            for currency, net in store.statement_net(
                connection, tenant_id, run.channel_account_id, run.cleared_on
            ).items():
                item_id = settlement_item_id(run.channel_account_id, run.cleared_on, currency)
                item = store.items_by_id(connection, tenant_id, [item_id]).get(item_id)
                due_on = run.cleared_on + timedelta(days=manifest.settle_days)
                reference = f"{account.merchant_ref}-{run.cleared_on:%Y%m%d}"
                if net == 0 and item is None:
                    continue
                if item is None or item.status == S.PENDING_CUTOFF or item.own_minor != net:
                    found.append(Due(run, item, Settlement(run.cleared_on, net, currency, due_on, reference)))
    return found


def _write(platform: Platform, due: Due, finding: BankFinding, line: Row[Any] | None) -> None:
    """The item of a day's payment, with what is booked for it."""
    now, run, item, settlement = platform.clock.now(), due.run, due.item, due.settlement
    journals: list[Journal] = []
    ops: list[Op] = []
    posting = item.posting if item else 0
    if item is not None and item.status != S.PENDING_CUTOFF:
        # The statement was issued again and owes another sum than the one that was compared with this line.
        with platform.db.read() as connection:
            line = line or bank_store.entry_of_item(connection, run.tenant_id, item.item_id)
        undone, posting = undo_bank_journals(platform, item, line, now)
        journals += undone
        finding = _compared_again(settlement, line) if line is not None else finding
    elif item is not None and finding.item_class == C.BANK_LATE:
        return
    received = line.amount_minor if line is not None else settlement.net_minor
    difference = 0 if finding.item_class in (C.MATCHED, C.BANK_LATE) else received - settlement.net_minor
    values: dict[str, Any] = {
        "run_id": run.run_id, "item_class": finding.item_class.value, "own_minor": settlement.net_minor,
        "own_fee_minor": 0, "own_at": None, "channel_minor": None if finding.item_class == C.BANK_LATE else received,
        "channel_fee_minor": 0, "amount_diff_minor": difference,
        "facts": {"bank_account": line.bank_account_id, "bank_text": line.text} if line is not None else {},
        "resolution": None if line is not None or finding.item_class == C.BANK_LATE else "held_at_channel",
    }  # fmt: skip
    if finding.item_class != C.BANK_LATE:
        held_at = line.bank_account_id if line is not None else run.channel_account_id
        made, posting = settlement_journals(
            platform, run, settlement, posting, held_at=held_at, received_minor=received,
            item_class=finding.item_class, at=line.booked_on if line is not None else None,
        )  # fmt: skip
        journals += made
    values["posting"] = posting
    events = _events(finding.item_class)
    if item is None:
        common = {"kind": SETTLEMENT, "our_no": run.cleared_on.isoformat(), "cleared_on": run.cleared_on}
        ops += new_item(
            run.tenant_id, settlement_item_id(run.channel_account_id, run.cleared_on, settlement.currency), events, now,
            channel_account_id=run.channel_account_id, currency=settlement.currency, **common, **values,
        )  # fmt: skip
        item_id = settlement_item_id(run.channel_account_id, run.cleared_on, settlement.currency)
    else:
        reopened = () if item.status == S.PENDING_CUTOFF else (E.CORRECT,)
        ops += edge("reconciliation_item", item, (*reopened, *events), now, values=values)
        item_id = item.item_id
    writes = WriteSet(ops=ops, journals=journals)
    if line is not None and line.status != EntryState.SETTLED:
        writes += _taken(platform, line, item_id, now)
    platform.poster.commit(writes)


def _compared_again(settlement: Settlement, line: Row[Any]) -> BankFinding:
    """The line stays the day's; only the sum that it is compared with has changed."""
    entry = BankEntry(line.entry_id, line.amount_minor, line.currency, line.booked_on, line.text)
    if entry.amount_minor == settlement.net_minor:
        return BankFinding(C.MATCHED, settlement, entry)
    less = entry.amount_minor < settlement.net_minor
    return BankFinding(C.BANK_SHORT if less else C.BANK_OVER, settlement, entry)


def _taken(platform: Platform, line: Row[Any], item_id: str, now: datetime) -> WriteSet:
    """The line belongs to a day; where it stood alone until now, that is undone."""
    ops: list[Op] = edge("bank_entry", line, EntryEvent.SETTLE, now, values={"item_id": item_id})
    if line.item_id is None:
        return WriteSet(ops=ops)
    with platform.db.read() as connection:
        alone = store.items_by_id(connection, line.tenant_id, [line.item_id])[line.item_id]
    undone, posting = undo_bank_journals(platform, alone, line, now)
    values = {"posting": posting, "resolution": "appeared"}
    ops += edge("reconciliation_item", alone, (E.RESOLVE, E.CLOSE), now, values=values)
    return WriteSet(ops=ops, journals=undone)


def _alone(platform: Platform, line: Row[Any]) -> None:
    """A line that belongs to no day yet: its money stands on an account of its own (J12.11)."""
    now, item_id = platform.clock.now(), entry_item_id(line)
    journal = bank_only_journal(
        line.tenant_id, item_id=item_id, posting=1, item_class=C.BANK_ONLY.value,
        fund_mode=platform.settings.fund_mode, bank_account=line.bank_account_id, currency=line.currency,
        amount_minor=line.amount_minor, event_at=noon(line.booked_on),
    )  # fmt: skip
    ops = new_item(
        line.tenant_id, item_id, (E.DIFFER,), now, channel_account_id=line.bank_account_id, currency=line.currency,
        kind=BANK, our_no="", channel_no=line.entry_ref, cleared_on=line.booked_on, run_id=line.statement_id,
        item_class=C.BANK_ONLY.value, own_minor=None, own_fee_minor=None, own_at=None,
        channel_minor=line.amount_minor, channel_fee_minor=0, amount_diff_minor=line.amount_minor, posting=1,
        facts={"bank_account": line.bank_account_id, "bank_text": line.text, "payout_no": line.payout_no or ""},
        resolution=None,
    )  # fmt: skip
    ops += edge("bank_entry", line, EntryEvent.STAND_ALONE, now, values={"item_id": item_id})
    platform.poster.commit(WriteSet(ops=ops, journals=[journal]))


def _events(item_class: ItemClass) -> Sequence[ItemEvent]:
    if item_class == C.MATCHED:
        return (E.MATCH,)
    return (E.WAIT,) if item_class == C.BANK_LATE else (E.DIFFER,)
