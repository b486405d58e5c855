"""The conformance kit: every channel × every clause, against the channel's own simulator."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checkstand.channel.conformance.clauses import CLAUSES, Clause, clauses_for
from checkstand.channel.conformance.rig import Rig
from checkstand.channel.registry import Channel


@dataclass(frozen=True, slots=True)
class Result:
    variant: str
    clause: Clause
    problem: str | None  # None: kept


def check(channel: Channel) -> Iterator[Result]:
    """Run every clause about what the channel declares, per trust variant; each gets a simulator of its own."""
    for variant in channel.test_variants:
        for item in clauses_for(channel.manifest):
            yield Result(variant, item, run_clause(channel, variant, item))


def run_clause(channel: Channel, variant: str, item: Clause) -> str | None:
    """What is wrong, or None."""
    with tempfile.TemporaryDirectory() as folder, Rig(channel, variant, Path(folder)) as rig:
        try:
            item.check(rig)
        except AssertionError as error:
            return str(error) or "broken"
    return None


__all__ = ["CLAUSES", "Clause", "Result", "Rig", "check", "clauses_for", "run_clause"]
