"""Pairs become items: each written once, with its history and its posting in the same commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from checkstand.accounting import Journal, WriteSet
from checkstand.app.edges import edge
from checkstand.app.platform import Platform
from checkstand.app.reconcile_rows import line_values, own_of_values, undo_journals
from checkstand.infra.ops import Insert, Op, Update
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import present
from checkstand.reconciliation.classes import POLICIES, Automatic, ItemClass
from checkstand.reconciliation.judging import FeeTolerance, Verdict, judge
from checkstand.reconciliation.matching import Pair
from checkstand.reconciliation.model import OwnLine, StatementLine
from checkstand.reconciliation.own_side import Known, known_of
from checkstand.reconciliation.postings import cutoff_journal, difference_journal
from checkstand.reconciliation.states import ITEM, ItemEvent, ItemState
from checkstand.reconciliation.store import item_id_of, items_by_id, reconciliation_item

C, E, S = ItemClass, ItemEvent, ItemState
_PLATFORM_ONLY = (C.PLATFORM_ONLY_PAYMENT, C.PLATFORM_ONLY_REFUND)


@dataclass(slots=True)
class Recorder:
    """Writes the items of one run, a chunk of pairs a commit."""

    platform: Platform
    run: Row[Any]
    tolerance: FeeTolerance
    _seen: set[str] = field(default_factory=set)  # repeated lines of this file; few

    def record(self, pairs: Sequence[Pair]) -> None:
        """Judge and write these pairs; what an earlier try of this run has written is left as it is."""
        tenant_id = self.run.tenant_id
        with self.platform.db.read() as connection:
            found = [self._completed(connection, pair) for pair in pairs]
            ids = [self._item_id(pair) for pair, _ in found]
            existing = items_by_id(connection, tenant_id, ids)
        ops: list[Op] = []
        journals: list[Journal] = []
        now = self.platform.clock.now()
        for (compared, known), first_id in zip(found, ids, strict=True):
            pair, item_id, row = compared, first_id, existing.get(first_id)
            if row is not None and self._listed_before(row, pair):
                pair = Pair(None, pair.line, duplicate=True)
                item_id = self._item_id(pair)
                with self.platform.db.read() as connection:
                    row = items_by_id(connection, tenant_id, [item_id]).get(item_id)
            verdict = judge(
                pair, self.tolerance, known=known.state, known_minor=known.amount_minor, waited=self._waited(row)
            )
            writes = self._write(item_id, row, pair, verdict, now)
            ops += writes.ops
            journals += writes.journals
        if ops or journals:
            self.platform.poster.commit(WriteSet(ops=ops, journals=journals))

    def _completed(self, connection: Connection, pair: Pair) -> tuple[Pair, Known]:
        """A line alone may have its partner on another day of our books."""
        if pair.own is not None or pair.line is None or pair.duplicate:
            return pair, Known()
        known = known_of(connection, self.run.tenant_id, self.run.channel_account_id, pair.line)
        return (pair._replace(own=known.booked), known) if known.booked else (pair, known)

    def _item_id(self, pair: Pair) -> str:
        account = self.run.channel_account_id
        if pair.duplicate:
            line = present(pair.line, "a repetition is a line")
            number = 2
            while True:
                repeated = f"{self.run.cleared_on}:{number}"
                item_id = item_id_of(account, line.kind, line.number, repeated)
                if item_id not in self._seen:
                    self._seen.add(item_id)
                    return item_id
                number += 1
        side = _side(pair)
        return item_id_of(account, side.kind, side.our_no or side.channel_no)

    def _listed_before(self, row: Row[Any], pair: Pair) -> bool:
        """Whether the statement of another day had this movement already."""
        fresh = pair.line is not None and pair.line.cleared_on is None
        return fresh and row.cleared_on != self.run.cleared_on and row.channel_minor is not None

    def _waited(self, row: Row[Any] | None) -> int:
        """For how many further statements the item has been waiting, this one included."""
        return (self.run.cleared_on - row.cleared_on).days if row is not None else 0

    def _write(self, item_id: str, row: Row[Any] | None, pair: Pair, verdict: Verdict, now: datetime) -> WriteSet:
        if row is None:
            return self._create(item_id, pair, verdict, now)
        if row.run_id == self.run.run_id:
            return WriteSet()
        if row.cleared_on != self.run.cleared_on:
            return self._continue(row, pair, verdict, now)
        if _unchanged(row, pair, verdict):
            key = {"tenant_id": row.tenant_id, "item_id": row.item_id}
            return WriteSet(ops=[Update(reconciliation_item, key, {"run_id": self.run.run_id})])
        return self._correct(row, pair, verdict, now)

    def _create(self, item_id: str, pair: Pair, verdict: Verdict, now: datetime) -> WriteSet:
        cleared_on = pair.line.cleared_on if pair.line and pair.line.cleared_on else None
        values = self._values(pair, verdict, cleared_on or self.run.cleared_on)
        journals, posting = self._journals(item_id, values, verdict, 0, now)
        events = _events(verdict)
        state, history = S.UNMATCHED, []
        for event in events:
            target = ITEM.to(state, event)
            history.append(_history(self.run, item_id, state, event, target, now, verdict))
            state = target
        row = {
            **values, "tenant_id": self.run.tenant_id, "item_id": item_id, "status": state.value, "version": 1,
            "resolution": "tolerated" if E.CLOSE in events else None, "posting": posting, "created_at": now,
        }  # fmt: skip
        # Both sides agree for nearly every item: the row says that, a line of history for each would say nothing.
        kept = [] if verdict.item_class == C.MATCHED else history
        return WriteSet(ops=[Insert(reconciliation_item, row), *kept], journals=journals)

    def _continue(self, row: Row[Any], pair: Pair, verdict: Verdict, now: datetime) -> WriteSet:
        """An item of an earlier day: its partner arrived, it waits on, or it has waited long enough."""
        if row.status == S.PENDING_CUTOFF:
            if verdict.item_class == C.PENDING_CUTOFF:
                return WriteSet()
            day = self.run.cleared_on if row.own_minor is not None and pair.line else row.cleared_on
            return self._move(row, pair, verdict, day, _events(verdict), now)
        if row.item_class in _PLATFORM_ONLY and row.status in (S.DISCREPANT, S.ASSIGNED) and pair.line is not None:
            undone, posting = undo_journals(row, self.run.cleared_on, now)
            values = {
                **line_values(pair.line),
                "resolution": "appeared",
                "posting": posting,
                "run_id": self.run.run_id,
            }
            return WriteSet(
                ops=edge("reconciliation_item", row, (E.RESOLVE, E.CLOSE), now, values=values), journals=undone
            )
        return WriteSet()

    def _correct(self, row: Row[Any], pair: Pair, verdict: Verdict, now: datetime) -> WriteSet:
        """The re-issued statement says something else: what was booked is undone, the new word is booked."""
        undone, posting = undo_journals(row, row.cleared_on, now)
        moved = self._move(row, pair, verdict, row.cleared_on, (E.CORRECT, *_events(verdict)), now, posting)
        return WriteSet(ops=moved.ops, journals=[*undone, *moved.journals])

    def _move(
        self,
        row: Row[Any],
        pair: Pair,
        verdict: Verdict,
        day: date,
        events: tuple[ItemEvent, ...],
        now: datetime,
        posting: int | None = None,
    ) -> WriteSet:
        values = self._values(pair, verdict, day)
        before = row.posting if posting is None else posting
        journals, posting = self._journals(row.item_id, values, verdict, before, now)
        resolution = "tolerated" if E.CLOSE in events else None
        changes = {**values, "posting": posting, "resolution": resolution}
        return WriteSet(
            ops=edge(
                "reconciliation_item", row, events, now, values=changes, facts={"class": verdict.item_class.value}
            ),
            journals=journals,
        )

    def _values(self, pair: Pair, verdict: Verdict, cleared_on: date) -> dict[str, Any]:
        own, line, side = pair.own, pair.line, _side(pair)
        values: dict[str, Any] = {
            "run_id": self.run.run_id, "channel_account_id": self.run.channel_account_id, "cleared_on": cleared_on,
            "kind": side.kind, "our_no": side.our_no, "channel_no": (line or side).channel_no,
            "original_no": side.original_no, "item_class": verdict.item_class.value, "currency": side.currency,
            "amount_diff_minor": verdict.difference.amount_minor, "cost_diff_minor": verdict.difference.cost_minor,
            "suspended": verdict.suspended, "facts": {"discounted": True} if verdict.discounted else {},
            "own_minor": own.gross_minor if own else None, "own_fee_minor": own.fee_minor if own else None,
            "own_at": own.at if own else None, "booked_on": own.booked_on if own else None,
        }  # fmt: skip
        return {**values, **line_values(line)}

    def _journals(
        self, item_id: str, values: dict[str, Any], verdict: Verdict, posting: int, now: datetime
    ) -> tuple[list[Journal], int]:
        journals: list[Journal] = []
        account, currency, day = self.run.channel_account_id, values["currency"], values["cleared_on"]
        booked_on = values["booked_on"]
        if booked_on is not None and booked_on != day and values["channel_minor"] is not None:
            posting += 1
            own = own_of_values(values)
            journals.append(
                cutoff_journal(
                    self.run.tenant_id, item_id=item_id, posting=posting, channel_account=account, currency=currency,
                    booked_on=booked_on, cleared_on=day, net_minor=own.net_minor, event_at=now,
                )
            )  # fmt: skip
        if verdict.difference:
            posting += 1
            on = day if values["channel_minor"] is not None else booked_on
            journals.append(
                difference_journal(
                    self.run.tenant_id, item_id=item_id, posting=posting, item_class=verdict.item_class.value,
                    channel_account=account, currency=currency, cleared_on=on, difference=verdict.difference,
                    suspended=verdict.suspended, event_at=now,
                )
            )  # fmt: skip
        return journals, posting


def _side(pair: Pair) -> OwnLine | StatementLine:
    """The side that names the movement: ours where there is one."""
    if pair.own is not None:
        return pair.own
    return present(pair.line, "a pair has a side")


def _events(verdict: Verdict) -> tuple[ItemEvent, ...]:
    """What happens to an item that is judged so."""
    if verdict.item_class == C.MATCHED:
        return (E.MATCH,)
    if verdict.item_class == C.PENDING_CUTOFF:
        return (E.WAIT,)
    if POLICIES[verdict.item_class].automatic == Automatic.BOOK and not verdict.suspended:
        return E.DIFFER, E.RESOLVE, E.CLOSE
    return (E.DIFFER,)


def _unchanged(row: Row[Any], pair: Pair, verdict: Verdict) -> bool:
    """Whether the re-issued statement says of this movement what the one before said."""
    line = pair.line
    said = (line.gross_minor, line.fee_minor) if line else (None, None)
    if said != (row.channel_minor, row.channel_fee_minor):
        return False
    # What was completed because of the first file is now a success of ours that matches.
    return row.item_class == verdict.item_class or POLICIES[C(row.item_class)].automatic == Automatic.COMPLETE


def _history(
    run: Row[Any], item_id: str, state: ItemState, event: ItemEvent, target: ItemState, now: datetime, verdict: Verdict
) -> Op:
    facts = {"class": verdict.item_class.value, "run": run.run_id}
    return state_event_op(run.tenant_id, "reconciliation_item", item_id, state, event, target, now, facts)
