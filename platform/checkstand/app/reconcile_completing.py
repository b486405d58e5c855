"""What a rule settles by itself after the lines are matched: 补单, late money, and lines that were withdrawn.

The statement is the last word on an attempt (money.md §5.3, step 7). It is told to the payment as any
other message is, so a success that comes late goes the way late money always goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.edges import edge
from checkstand.app.evidence import Evidence
from checkstand.app.platform import Platform
from checkstand.app.reconcile_rows import statement_of, undo_journals
from checkstand.app.resolve_attempt import apply_evidence
from checkstand.app.resolve_refund import RefundEvidence, apply_refund_evidence
from checkstand.channel.port import Outcome
from checkstand.infra.ops import Op
from checkstand.kernel import Money
from checkstand.reconciliation import store
from checkstand.reconciliation.classes import POLICIES, Automatic
from checkstand.reconciliation.judging import difference
from checkstand.reconciliation.model import LineKind
from checkstand.reconciliation.own_side import booked_line, known_of
from checkstand.reconciliation.postings import cutoff_journal, difference_journal
from checkstand.reconciliation.states import ItemEvent

COMPLETED: Final = tuple(each.value for each, policy in POLICIES.items() if policy.automatic == Automatic.COMPLETE)


def complete(platform: Platform, run: Row[Any]) -> None:
    """Tell each attempt and refund what the statement says of it; then the item is closed."""
    after = ""
    while True:
        with platform.db.read() as connection:
            rows = store.open_completions(connection, run.tenant_id, run.run_id, COMPLETED, after=after)
        if not rows:
            return
        for row in rows:
            _tell(platform, row)
            close_completed(platform, row, _attempt_id(platform, row))
        after = rows[-1].item_id


def withdraw(platform: Platform, run: Row[Any]) -> None:
    """Items of the versions before that the re-issued statement does not have: undo what was booked for them."""
    with platform.db.read() as connection:
        earlier = store.runs_of_day(connection, run.tenant_id, run.channel_account_id, run.cleared_on)
    run_ids = [each.run_id for each in earlier if each.run_id != run.run_id]
    while run_ids:
        with platform.db.read() as connection:
            rows = store.left_behind(connection, run.tenant_id, run_ids, run.cleared_on)
        if not rows:
            return
        now = platform.clock.now()
        for row in rows:
            journals, posting = undo_journals(row, row.cleared_on, now)
            values = {
                "run_id": run.run_id, "posting": posting, "resolution": "withdrawn",
                "amount_diff_minor": 0, "cost_diff_minor": 0,
            }  # fmt: skip
            events = (ItemEvent.CORRECT, ItemEvent.WITHDRAW)
            ops = edge("reconciliation_item", row, events, now, values=values)
            platform.poster.commit(WriteSet(ops=ops, journals=journals))


def _tell(platform: Platform, row: Row[Any]) -> None:
    amount = Money(row.channel_minor, row.currency)
    if row.kind == LineKind.REFUND:
        said = RefundEvidence(Outcome.SUCCEEDED, "statement", amount, row.channel_no or None, row.channel_at)
        apply_refund_evidence(platform, row.tenant_id, row.our_no, said)
        return
    evidence = Evidence(
        Outcome.SUCCEEDED, "statement", amount=amount, channel_no=row.channel_no or None, occurred_at=row.channel_at
    )
    apply_evidence(platform, row.tenant_id, _attempt_id(platform, row), evidence)


def _attempt_id(platform: Platform, row: Row[Any]) -> str:
    """Our number; a line without one was found by the channel's."""
    if row.our_no:
        return str(row.our_no)
    with platform.db.read() as connection:
        return known_of(connection, row.tenant_id, row.channel_account_id, statement_of(row)).our_no


def close_completed(
    platform: Platform, row: Row[Any], our_no: str, *, resolution: str = "completed", also: Sequence[Op] = ()
) -> bool:
    """The success is in our books now: what stood for the item is undone, its fee and date are the statement's.

    False when it is not there: the message was not accepted, and a person sees the item in the queue.
    """
    with platform.db.read() as connection:
        own = booked_line(connection, row.tenant_id, row.channel_account_id, our_no)
    if own is None:
        return False
    now, account = platform.clock.now(), row.channel_account_id
    journals, posting = undo_journals(row, row.cleared_on, now)
    if own.booked_on != row.cleared_on:
        posting += 1
        journals.append(
            cutoff_journal(
                row.tenant_id, item_id=row.item_id, posting=posting, channel_account=account, currency=row.currency,
                booked_on=own.booked_on, cleared_on=row.cleared_on, net_minor=own.net_minor, event_at=now,
            )
        )  # fmt: skip
    between = difference(own, statement_of(row))
    if between:
        posting += 1
        journals.append(
            difference_journal(
                row.tenant_id, item_id=row.item_id, posting=posting, item_class=row.item_class,
                channel_account=account, currency=row.currency, cleared_on=row.cleared_on, difference=between,
                suspended=False, event_at=now,
            )
        )  # fmt: skip
    values = {
        "own_minor": own.gross_minor, "own_fee_minor": own.fee_minor, "own_at": own.at, "booked_on": own.booked_on,
        "our_no": own.our_no, "amount_diff_minor": between.amount_minor, "cost_diff_minor": between.cost_minor,
        "posting": posting, "resolution": resolution,
    }  # fmt: skip
    ops = edge("reconciliation_item", row, (ItemEvent.RESOLVE, ItemEvent.CLOSE), now, values=values)
    platform.poster.commit(WriteSet(ops=[*ops, *also], journals=journals))
    return True
