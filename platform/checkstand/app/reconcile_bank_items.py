"""Items about the bank: how they are named, created, booked and undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import Journal
from checkstand.accounting.calendar import ACCOUNTING_ZONE
from checkstand.app.platform import Platform
from checkstand.infra.ops import Insert, Op
from checkstand.infra.state_event import state_event_op
from checkstand.reconciliation.bank import Settlement
from checkstand.reconciliation.bank_postings import bank_only_journal, settled_journal
from checkstand.reconciliation.classes import ItemClass
from checkstand.reconciliation.judging import Difference
from checkstand.reconciliation.postings import difference_journal
from checkstand.reconciliation.states import ITEM, ItemEvent, ItemState
from checkstand.reconciliation.store import item_id_of, reconciliation_item

SETTLEMENT: Final = "settlement"  # the kind of an item about what a channel paid for a day
BANK: Final = "bank"  # and of one about a line that belongs to no day

C = ItemClass


def settlement_item_id(channel_account_id: str, cleared_on: date, currency: str) -> str:
    return item_id_of(channel_account_id, SETTLEMENT, cleared_on.isoformat(), currency)


def entry_item_id(line: Row[Any]) -> str:
    return item_id_of(line.bank_account_id, BANK, line.entry_ref, line.entry_id)


def noon(day: date) -> datetime:
    """When a line of a bank statement counts as booked: the bank names the day only."""
    return datetime.combine(day, time(12), ACCOUNTING_ZONE)


def new_item(tenant_id: str, item_id: str, events: Sequence[ItemEvent], now: datetime, **values: Any) -> list[Op]:
    """An item with its history; what a bank item has no use for is empty."""
    state, history = ItemState.UNMATCHED, list[Op]()
    for event in events:
        target = ITEM.to(state, event)
        facts = {"class": values["item_class"], "run": values["run_id"]}
        history.append(state_event_op(tenant_id, "reconciliation_item", item_id, state, event, target, now, facts))
        state = target
    row = {
        "tenant_id": tenant_id, "item_id": item_id, "status": state.value, "version": 1, "channel_no": "",
        "original_no": "", "booked_on": None, "channel_at": None, "line_no": None, "cost_diff_minor": 0,
        "suspended": False, "created_at": now, "owner": None, "owned_at": None, **values,
    }  # fmt: skip
    return [Insert(reconciliation_item, row), *history]


def settlement_journals(
    platform: Platform,
    run: Row[Any],
    settlement: Settlement,
    posting: int,
    *,
    held_at: str,
    received_minor: int,
    item_class: ItemClass,
    at: date | None,
) -> tuple[list[Journal], int]:
    """J1.4 for what arrived, and J12.10 for what did not, so that the receivable of the day is zero."""
    item_id = settlement_item_id(run.channel_account_id, run.cleared_on, settlement.currency)
    event_at = noon(at) if at else platform.clock.now()
    made = settled_journal(
        run.tenant_id, item_id=item_id, posting=posting + 1, fund_mode=platform.settings.fund_mode, held_at=held_at,
        channel_account=run.channel_account_id, currency=settlement.currency, cleared_on=run.cleared_on,
        amount_minor=received_minor, event_at=event_at,
    )  # fmt: skip
    if received_minor == settlement.net_minor:
        return [made], posting + 1
    difference = difference_journal(
        run.tenant_id, item_id=item_id, posting=posting + 2, item_class=item_class.value,
        channel_account=run.channel_account_id, currency=settlement.currency, cleared_on=run.cleared_on,
        difference=Difference(received_minor - settlement.net_minor), suspended=False, event_at=event_at,
    )  # fmt: skip
    return [made, difference], posting + 2


def undo_bank_journals(
    platform: Platform, item: Row[Any], line: Row[Any] | None, now: datetime
) -> tuple[list[Journal], int]:
    """The opposite of what stands booked for an item about the bank."""
    fund_mode, posting = platform.settings.fund_mode, item.posting + 1
    at = noon(line.booked_on) if line is not None else now
    if item.kind == BANK:
        undone = bank_only_journal(
            item.tenant_id, item_id=item.item_id, posting=posting, item_class=item.item_class, fund_mode=fund_mode,
            bank_account=item.channel_account_id, currency=item.currency, amount_minor=item.amount_diff_minor,
            event_at=at, undo=True,
        )  # fmt: skip
        return [undone], posting
    if item.channel_minor is None:
        return [], item.posting
    held_at = line.bank_account_id if line is not None else item.channel_account_id
    journals = [settled_journal(
        item.tenant_id, item_id=item.item_id, posting=posting, fund_mode=fund_mode, held_at=held_at,
        channel_account=item.channel_account_id, currency=item.currency, cleared_on=item.cleared_on,
        amount_minor=item.channel_minor, event_at=at, undo=True,
    )]  # fmt: skip
    open_ = item.status in (ItemState.DISCREPANT, ItemState.ASSIGNED)
    if item.amount_diff_minor and open_:
        posting += 1
        journals.append(difference_journal(
            item.tenant_id, item_id=item.item_id, posting=posting, item_class=item.item_class,
            channel_account=item.channel_account_id, currency=item.currency, cleared_on=item.cleared_on,
            difference=Difference(item.amount_diff_minor), suspended=False, event_at=at, undo=True,
        ))  # fmt: skip
    return journals, posting
