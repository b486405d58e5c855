"""What may happen to a transaction, and what its money is worth: pure functions of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Protocol

from checkstand.kernel import Classified
from checkstand.transaction.states import BACK, IN_ESCROW, TRANSACTION, TransactionEvent, TransactionState

S, E = TransactionState, TransactionEvent

DEFAULT_TERMS: Final = {"ship_within_s": 7 * 86_400, "confirm_within_s": 10 * 86_400, "capture_within_s": 7 * 86_400}


class Escrowed(Protocol):
    """The money columns of a transaction."""

    @property
    def paid_minor(self) -> int: ...
    @property
    def released_minor(self) -> int: ...
    @property
    def refunded_minor(self) -> int: ...


def held_minor(row: Escrowed) -> int:
    """What we hold for a transaction now: the balance of its account 2101."""
    return row.paid_minor - row.released_minor - row.refunded_minor


def classify(state: TransactionState, event: TransactionEvent) -> Classified | None:
    """None when the event has an edge here; otherwise why it changes nothing.

    What led into the present state is there already. What lies behind the present state came too late
    to matter. Everything else contradicts it.
    """
    if TRANSACTION.allows(state, event):
        return None
    targets = {target for _, on, target in TRANSACTION.edges() if on == event}
    if state in targets:
        return Classified.DUPLICATE
    if any(state in _after(target) for target in targets):
        return Classified.STALE
    return Classified.CONFLICT


@cache
def _after(state: TransactionState) -> frozenset[TransactionState]:
    """What can follow a state. Nothing follows an end: late money that is accepted begins anew."""
    seen: set[TransactionState] = set()
    ahead = [state]
    while ahead:
        here = ahead.pop()
        if here in TRANSACTION.terminal:
            continue
        found = {target for source, _, target in TRANSACTION.edges() if source == here} - seen
        seen |= found
        ahead += found
    return frozenset(seen)


def refund_outcome(state_before: str, held_after: int, released: int) -> TransactionEvent:
    """What a refund out of escrow has led to, once its money is with the buyer."""
    if held_after:
        return back_to(state_before)
    return E.REST_REFUNDED if released else E.REFUNDED


def back_to(state_before: str) -> TransactionEvent:
    """The way back out of REFUNDING."""
    return BACK[S(state_before)]


def takes_from_escrow(flow: str, status: str) -> bool:
    """Whether a refund asked for now takes what we hold, rather than what the merchant has."""
    return flow == "escrow" and status in (*IN_ESCROW, S.REFUNDING)


def term(terms: Mapping[str, Any] | None, name: str) -> int:
    """How many seconds the scenario gives for this step."""
    return int((terms or {}).get(name) or DEFAULT_TERMS[name])
