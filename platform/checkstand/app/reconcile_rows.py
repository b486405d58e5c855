"""Items as rows and as sides: what was compared is kept with the item, so it can be compared again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import Journal
from checkstand.reconciliation.judging import Difference
from checkstand.reconciliation.model import OwnLine, StatementLine
from checkstand.reconciliation.postings import difference_journal


def undo_journals(row: Row[Any], day: date, now: datetime) -> tuple[list[Journal], int]:
    """The opposite of what stands booked for an item, on this clearing date."""
    difference = Difference(row.amount_diff_minor, row.cost_diff_minor)
    if not difference:
        return [], row.posting
    undone = difference_journal(
        row.tenant_id, item_id=row.item_id, posting=row.posting + 1, item_class=row.item_class,
        channel_account=row.channel_account_id, currency=row.currency, cleared_on=day, difference=difference,
        suspended=row.suspended, event_at=now, undo=True,
    )  # fmt: skip
    return [undone], row.posting + 1


def own_of(row: Row[Any]) -> OwnLine:
    """Our side of an item that waits, as it was compared before."""
    return own_of_values(dict(row._mapping))._replace(carried=True)


def own_of_values(values: dict[str, Any]) -> OwnLine:
    """Our side as an item keeps it."""
    return OwnLine(
        values["kind"], values["our_no"], values["channel_no"], values["original_no"], values["own_minor"],
        values["own_fee_minor"], values["currency"], values["own_at"], values["booked_on"],
    )  # fmt: skip


def statement_of(row: Row[Any]) -> StatementLine:
    """The channel's side of an item that waits."""
    return StatementLine(
        row.kind, row.our_no, row.channel_no, row.original_no, row.channel_minor, row.channel_fee_minor, row.currency,
        row.channel_at, row.line_no, row.channel_minor, cleared_on=row.cleared_on,
    )  # fmt: skip


def line_values(line: StatementLine | None) -> dict[str, Any]:
    return {
        "channel_minor": line.gross_minor if line else None,
        "channel_fee_minor": line.fee_minor if line else None,
        "channel_at": line.at if line else None,
        "line_no": line.line_no if line else None,
    }
