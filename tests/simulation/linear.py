"""Linearizability of one account (money.md §9.3, 11): the list of its entries, and what readers saw of it.

Every entry of an account has a number. The number orders the writes; the order has to agree with the moments at
which the writes became durable, and each reading has to be the balance after some entry that was the newest at
some moment between the reading's beginning and its end. That is what one register without a lock around it would
promise, and a lost update, a stale snapshot or a double booking breaks it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reading:
    """Somebody asked for a balance: when they began, when they had the answer, by the scheduler's steps."""

    account_id: str
    began: int
    ended: int
    minor: int


@dataclass
class Readings:
    """All readings of a history."""

    seen: list[Reading] = field(default_factory=list)

    def check(self, entries: Sequence[Any], durable_at: Mapping[tuple[str, str], int]) -> list[str]:
        """`entries` by account and number; `durable_at` tells by journal at which step it became durable."""
        wrong = []
        chains: dict[str, list[tuple[int, int]]] = defaultdict(list)  # (became durable at, balance afterwards)
        for row in entries:
            chain = chains[row.account_id]
            at = durable_at.get((row.kind, row.source_id), chain[-1][0] if chain else 0)
            if chain and chain[-1][0] > at:
                wrong.append(f"11 {row.account_id}: entry {row.seq} was durable before the one before it")
            chain.append((max(at, chain[-1][0] if chain else 0), row.balance_after_minor))
        for reading in self.seen:
            if not _possible(chains[reading.account_id], reading):
                wrong.append(f"11 {reading.account_id} was read as {reading.minor}, which it was at no moment then")
        return wrong


def _possible(chain: Sequence[tuple[int, int]], reading: Reading) -> bool:
    """Whether this balance was the newest at some step from `began` to `ended`."""
    begins = [(0, 0), *chain]
    for place, (at, minor) in enumerate(begins):
        ends_at = begins[place + 1][0] if place + 1 < len(begins) else reading.ended
        if minor == reading.minor and at <= reading.ended and ends_at >= reading.began:
            return True
    return False
