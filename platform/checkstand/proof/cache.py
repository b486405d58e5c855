"""Proofs that were made before. Nothing is proven twice: not in a process, and with a folder not in an installation.

The key is the version's content hash, the facts of the installed channels, and the program that proves; so a new
channel or a new version of this program proves again, and an unchanged catalogue costs a file read for each scenario.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from checkstand.infra.resources import PACKAGE
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
        self._folder = folder

    def of(self, document: Mapping[str, Any]) -> Findings:
        """The findings about this document, which the checks of `load` have passed."""
        key = hashlib.sha256(
            f"{content_hash(document)} {self._installed.fingerprint} {program()}".encode()
        ).hexdigest()  # fmt: skip
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        findings = self._read(key)
        if findings is None:
            from checkstand.proof.prove import prove  # Z3 takes a third of a second to import

            findings = prove(document, self._installed)
            self._write(key, findings)
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

    def _path(self, key: str) -> Path | None:
        return self._folder / program()[:16] / f"{key}.json" if self._folder is not None else None

    def _read(self, key: str) -> Findings | None:
        path = self._path(key)
        try:
            kept = json.loads(path.read_text(encoding="utf-8")) if path is not None else None
            return None if kept is None else tuple(finding_from_json(each) for each in kept)
        except (OSError, ValueError, KeyError, TypeError):
            return None  # absent, or damaged: prove again

    def _write(self, key: str, findings: Findings) -> None:
        path = self._path(key)
        if path is None:
            return
        try:
            if not path.parent.is_dir():
                self._forget_older()
                path.parent.mkdir(parents=True)
            draft = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
            draft.write_text(json.dumps([finding.to_json() for finding in findings]), encoding="utf-8")
            draft.replace(path)
        except OSError:
            pass  # a folder that cannot be written costs time, not correctness

    def _forget_older(self) -> None:
        """What another version of this program has proven is of no use any more."""
        for old in self._folder.glob("*") if self._folder is not None else ():
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)


@cache
def program() -> str:
    """A hash over the code that proves."""
    digest = hashlib.sha256(version("z3-solver").encode())
    for package in _PROGRAM:
        for path in sorted((PACKAGE / package).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
