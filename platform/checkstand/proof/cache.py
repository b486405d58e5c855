"""Proofs that were made before. Nothing is proven twice: not in a process, and with a folder not in an installation.

The key is the version's content hash, the facts of the installed channels, and the program that proves; so a new
channel or a new version of this program proves again, and an unchanged catalogue costs a file read for each scenario.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from checkstand.infra.kept import Kept, program_hash
from checkstand.proof.facts import Installed
from checkstand.proof.model import ProofFinding, finding_from_json
from checkstand.scenario.compile import content_hash

Findings = tuple[ProofFinding, ...]
_KEEP: Final = 20_000  # proofs in memory; most of them are an empty list
_PROGRAM: Final = ("rule", "proof", "scenario")  # packages whose code decides what a proof says


class Proofs:
    """The proofs of one installation; without a folder only this process remembers them."""

    _known: OrderedDict[str, Findings] = OrderedDict()  # noqa: RUF012 - shared by every instance: keys say everything
    _lock = threading.Lock()

    def __init__(self, installed: Installed, folder: Path | None = None) -> None:
        self._installed = installed
        self._kept = Kept(folder, program())

    def of(self, document: Mapping[str, Any]) -> Findings:
        """The findings about this document, which the checks of `load` have passed."""
        key = self._key(document)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        findings = self._read(key)
        if findings is None:
            from checkstand.proof.prove import prove  # Z3 takes a third of a second to import

            findings = prove(document, self._installed)
            self._kept.write(key, [finding.to_json() for finding in findings])
        with self._lock:
            self._known[key] = findings
            while len(self._known) > _KEEP:
                self._known.popitem(last=False)
        return findings

    @classmethod
    def forget(cls) -> None:
        """Begin like a process that has just started."""
        with cls._lock:
            cls._known.clear()

    def knows(self, document: Mapping[str, Any]) -> bool:
        """Whether an answer is kept, so that `of` will be quick."""
        key = self._key(document)
        return key in self._known or self._kept.has(key)

    def _key(self, document: Mapping[str, Any]) -> str:
        text = f"{content_hash(document)} {self._installed.fingerprint} {program()}"
        return hashlib.sha256(text.encode()).hexdigest()

    def _read(self, key: str) -> Findings | None:
        kept = self._kept.read(key)
        try:
            return None if kept is None else tuple(finding_from_json(each) for each in kept)
        except (ValueError, LookupError, TypeError):
            return None  # damaged: prove again


@cache
def program() -> str:
    """A hash over the code that proves."""
    return program_hash(_PROGRAM, ("z3-solver",))
