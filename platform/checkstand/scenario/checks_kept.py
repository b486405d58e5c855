"""What the checks found in a file before. An unchanged file is read and merged, but not checked again.

The key is the file's bytes and name, everything that it extends, the installed payment methods and the
program that checks; places of mistakes are part of the answer, so a file that moved is checked again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from checkstand.infra.kept import Kept, program_hash
from checkstand.scenario.finding import Facts
from checkstand.scenario.node import Fields
from checkstand.scenario.problem import Problem

Problems = tuple[Problem, ...]
_PACKAGES: Final = ("kernel", "risk", "rule", "scenario")  # packages whose code decides what a check says


class Checks:
    """The checks of one installation; without a folder every file is checked."""

    def __init__(self, facts: Facts, folder: Path | None = None) -> None:
        self._facts = _fingerprint(facts)
        self._kept = Kept(folder, program())
        self._known: dict[str, Problems] = {}
        self._bases: dict[int, tuple[Fields, str]] = {}  # by identity: a base is one tree for many files

    def key(self, raw: bytes, file: str, base: Fields | None) -> str:
        """What the answer depends on: the file, its name in messages, and what it extends."""
        named = json.dumps([file, self._digest(base), self._facts, program()]).encode()
        return hashlib.sha256(named + raw).hexdigest()

    def _digest(self, base: Fields | None) -> str:
        if base is None:
            return ""
        if id(base) not in self._bases:
            self._bases[id(base)] = base, hashlib.sha256(repr(base).encode()).hexdigest()  # values and their places
        return self._bases[id(base)][1]

    def of(self, key: str, check: Callable[[], Sequence[Problem]]) -> Problems:
        """What `check` finds, or has found."""
        problems = self.known(key)
        if problems is None:
            problems = self._known[key] = tuple(check())
            self._kept.write(key, [_written(problem) for problem in problems])
        return problems

    def known(self, key: str) -> Problems | None:
        """What was found before; None when nobody has looked."""
        if key not in self._known:
            problems = _read(self._kept.read(key))
            if problems is None:
                return None
            self._known[key] = problems
        return self._known[key]

    def shared(self) -> bool:
        """Whether other processes can leave their answers here."""
        return self._kept.ready()


@cache
def program() -> str:
    """A hash over the code that checks."""
    return program_hash(_PACKAGES, ("babel", "cel-expr-python", "jsonschema", "pyyaml"))


def _fingerprint(facts: Facts) -> str:
    kinds = sorted(facts.method_types.items())
    told = [[name, list(kind.channels), sorted(kind.terminals), sorted(kind.currencies)] for name, kind in kinds]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _written(problem: Problem) -> list[str | int]:
    # A check has no witness; only a proof does, and proofs are kept by themselves.
    return [
        problem.file, problem.line, problem.column, problem.path,
        problem.code, problem.message, problem.remedy, problem.severity,
    ]  # fmt: skip


def _read(kept: Any) -> Problems | None:
    if not isinstance(kept, list):
        return None
    try:
        found = tuple(Problem(*each) for each in kept)
    except TypeError:
        return None
    right = all(isinstance(problem.line, int) and problem.severity in ("error", "warning") for problem in found)
    return found if right else None
