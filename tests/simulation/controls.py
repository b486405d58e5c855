"""Negative controls: what protects money is taken away on purpose, and the simulation has to find the damage.

A simulation that stays green with a guard removed proves nothing about the guard. Each control below is one defect
of the kind that is found in real payment systems (docs/explanations/how-we-test-money.md); it must turn red within
`WITHIN` seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, Final

from tests.simulation.history import play
from tests.simulation.stepping import SteppedPoster
from tests.simulation.template import Template

from checkstand.accounting import WriteSet, batch
from checkstand.app import refund_writes
from checkstand.infra.idempotency import idempotency
from checkstand.infra.jobs import job
from checkstand.infra.ops import Edge, Op, Update
from checkstand.infra.webhooks.store import webhook_message
from checkstand.payment import payment

WITHIN: Final = 150


@contextmanager
def guards_removed() -> Iterator[None]:
    """Every state change succeeds, whatever state the row is in by now."""
    kept = batch._prepare

    def without(statements: Any, write_set: WriteSet) -> Any:
        return kept(statements, replace(write_set, ops=[_unguarded(op) for op in write_set.ops]))

    batch._prepare = without
    try:
        yield
    finally:
        batch._prepare = kept


def _unguarded(op: Op) -> Op:
    if isinstance(op, Edge):
        return Update(op.table, op.key, {**op.values, "status": op.to}, {**op.add, "version": 1})
    return replace(op, guard={}) if isinstance(op, Update) else op


def outbox_outside() -> AbstractContextManager[None]:
    """What the merchant is told is written after the change it tells of, not with it."""
    return _afterwards(lambda op: op.table is webhook_message or (op.table is job and _kind(op) == "webhook.fan_out"))


def idempotency_outside() -> AbstractContextManager[None]:
    """The stored answer is written after the work, not with it."""
    return _afterwards(lambda op: op.table is idempotency)


def timer_outside() -> AbstractContextManager[None]:
    """The timer that asks about an attempt is written after the attempt."""
    return _afterwards(lambda op: op.table is job and _kind(op) == "attempt.query")


def _kind(op: Any) -> str:
    return str(op.values.get("kind", ""))


@contextmanager
def _afterwards(late: Callable[[Any], bool]) -> Iterator[None]:
    """These operations go into a commit of their own."""
    kept = SteppedPoster.commit

    def commit(self: SteppedPoster, write_set: WriteSet) -> None:
        kept(self, replace(write_set, ops=[op for op in write_set.ops if not late(op)]))
        ops = [op for op in write_set.ops if late(op)]
        if ops:
            kept(self, WriteSet(ops=ops))

    SteppedPoster.commit = commit  # type: ignore[method-assign]
    try:
        yield
    finally:
        SteppedPoster.commit = kept  # type: ignore[method-assign]


@contextmanager
def refund_by_reading() -> Iterator[None]:
    """What is left is read, checked, and written back: the defect that over-refunded 196 of 200 payments (§7.3)."""
    kept = refund_writes.reserve

    def reserve(case: Any, new: Any, now: Any, *, captured_minor: int = 0) -> WriteSet:
        writes = kept(case, new, now, captured_minor=captured_minor)
        if captured_minor:
            return writes
        row = case.payment
        values = {
            "refund_reserved_minor": row.refund_reserved_minor + new.amount_minor,
            "fee_refunded_minor": row.fee_refunded_minor + new.fee_minor,
        }
        ops = [Update(payment, op.key, values) if _reserves(op) else op for op in writes.ops]
        return replace(writes, ops=ops)

    refund_writes.reserve = reserve
    try:
        yield
    finally:
        refund_writes.reserve = kept


def _reserves(op: Op) -> bool:
    return isinstance(op, Update) and op.table is payment and "refund_reserved_minor" in op.add


@contextmanager
def timeout_is_failure() -> Iterator[None]:
    """A call that got no answer counts as refused: how late successes become money that nobody gives back."""
    from checkstand.app import attempt_story

    kept = attempt_story._lost

    def lost(case: Any, evidence: Any, state: Any, now: Any) -> Any:
        if state != attempt_story.A.SENDING:
            return kept(case, evidence, state, now)
        return attempt_story._refusal(case, evidence, state, now)

    late, attempt_story._lost = attempt_story.writes.succeeded_late, lost
    attempt_story.writes.succeeded_late = lambda case, evidence, now: WriteSet()
    try:
        yield
    finally:
        attempt_story._lost, attempt_story.writes.succeeded_late = kept, late


CONTROLS: Final[Mapping[str, Callable[[], AbstractContextManager[None]]]] = {
    "guards removed": guards_removed,
    "outbox outside the transaction": outbox_outside,
    "idempotency row outside the transaction": idempotency_outside,
    "timer outside the transaction": timer_outside,
    "refund by read, check, insert": refund_by_reading,
    "a timeout counts as a failure": timeout_is_failure,
}


def found_by(name: str, seed: int, template: Template) -> tuple[int, list[str]] | None:
    """The first seed that goes wrong with this control, with what it found; None when all stay green."""
    with CONTROLS[name]():
        for number in range(seed, seed + WITHIN):
            try:
                wrong = play(number, template).wrong
            except AssertionError as error:
                wrong = [repr(error)]
            if wrong:
                return number, wrong
    return None
