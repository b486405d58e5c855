"""Defects planted into the catalogue, and how many of them are found before anything is published.

python -m tests.scenarios.planted            one JSON line for each class, and one for all
python -m tests.scenarios.planted 7 40       another seed, more of each class

Each planter changes one catalogue scenario as people do by mistake. A defect counts as found when the validator or
the proof tells one of the codes that fit its class. What the proof tells has an order, and that order is shown to the
cashier, who has to confirm it.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml
from tests.scenarios.confirming import confirmed, known_channels
from tests.scenarios.kinds import KINDS, Kind
from tests.scenarios.planters import Document, wallets

from checkstand.infra.resources import scenarios
from checkstand.proof import Proofs, installed, is_proof, proven
from checkstand.scenario import Loaded, load
from checkstand.scenario.problem import Problem

SEED: Final = 2026
EACH: Final = 10  # of each class


@dataclass
class Tally:
    """How one class came out."""

    name: str
    planted: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    unconfirmed: list[str] = field(default_factory=list)


def run(seed: int = SEED, each: int = EACH) -> list[Tally]:
    """Plant `each` defects of every class; the same seed plants the same."""
    originals = _with_wallets(_originals())
    with tempfile.TemporaryDirectory() as folder:
        return [_tally(kind, originals, random.Random(f"{seed} {kind.name}"), each, Path(folder)) for kind in KINDS]


def false_alarms() -> list[str]:
    """What is told about the catalogue as it is."""
    return [str(problem) for loaded in _originals() for problem in loaded.problems]


def _originals() -> list[Loaded]:
    registry = known_channels()
    proofs = Proofs(installed(registry))
    return [proven(loaded, proofs) for loaded in load([scenarios()], registry.method_types()).scenarios]


def _with_wallets(originals: list[Loaded]) -> list[Loaded]:
    """Those in which a wallet can go wrong; a deposit is reserved on a balance alone."""
    return [loaded for loaded in originals if wallets(dict(loaded.document or {}))]


def _tally(kind: Kind, originals: list[Loaded], chance: random.Random, each: int, folder: Path) -> Tally:
    tally = Tally(kind.name)
    order = originals * (each // len(originals) + 2)
    chance.shuffle(order)
    for original in _fitting(kind, order, chance, each):
        loaded = _loaded(original, folder)
        tally.planted += 1
        fitting = [problem for problem in loaded.problems if problem.code in kind.codes]
        tally.found += bool(fitting)
        if not fitting:
            tally.missed.append(f"{loaded.scenario_id}: {[problem.code for problem in loaded.problems]}")
        tally.unconfirmed += [str(problem) for problem in _of_proof(loaded) if not confirmed(loaded, problem)]
    return tally


def _fitting(kind: Kind, order: list[Loaded], chance: random.Random, each: int) -> Iterator[Document]:
    planted = 0
    for original in order:
        document = deepcopy(dict(original.document or {}))
        if planted < each and kind.plant(document, chance):
            planted += 1
            yield document


def _loaded(document: Document, folder: Path) -> Loaded:
    """The document as a file, through everything that a file goes through."""
    registry = known_channels()
    path = folder / "planted.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return proven(load([path], registry.method_types()).scenarios[0], Proofs(installed(registry)))


def _of_proof(loaded: Loaded) -> list[Problem]:
    return [problem for problem in loaded.problems if is_proof(problem)]


def main() -> None:
    seed, each = (*map(int, sys.argv[1:3]), SEED, EACH)[:2] if len(sys.argv) > 2 else (SEED, EACH)
    tallies = run(seed, each)
    for tally in tallies:
        sys.stdout.write(json.dumps({"class": tally.name, "planted": tally.planted, "found": tally.found}) + "\n")
        for text in (*tally.missed, *tally.unconfirmed):
            sys.stdout.write(f"  {text}\n")
    planted, found = sum(tally.planted for tally in tallies), sum(tally.found for tally in tallies)
    report = {
        "seed": seed,
        "classes": len(tallies),
        "planted": planted,
        "found": found,
        "share": round(found / planted, 4),
        "unconfirmed": sum(len(tally.unconfirmed) for tally in tallies),
        "false_alarms": len(false_alarms()),
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
