"""Answers that took long to find, kept as one JSON file each below the var folder.

Whoever keeps something gives it a key that says everything it depends on, and names the program that found it. So an
answer is never wrong, only absent: another version of the program begins with an empty folder and sweeps what the
old one left. A damaged file, or a folder that cannot be written, costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from checkstand.infra.resources import PACKAGE

_CODE: Final = (".py", ".json", ".yaml")  # what decides in a package: code, schemas, tables


class Kept:
    """One kind of answers of one installation; without a folder nothing is kept."""

    def __init__(self, folder: Path | None, program: str) -> None:
        self._kind = folder
        self._folder = folder / program[:16] if folder is not None else None

    def read(self, key: str) -> Any:
        """The answer, or None when there is none that can be read."""
        if self._folder is None:
            return None
        try:
            return json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None

    def has(self, key: str) -> bool:
        """Whether there is a file, which may be damaged."""
        return self._folder is not None and (self._folder / f"{key}.json").is_file()

    def write(self, key: str, answer: Any) -> None:
        """Keep the answer; whoever reads at the same time sees all of it or nothing."""
        if not self.ready() or self._folder is None:
            return
        draft = self._folder / f"{key}.{os.getpid()}.{threading.get_ident()}"
        try:
            draft.write_text(json.dumps(answer), encoding="utf-8")
            draft.replace(self._folder / f"{key}.json")
        except OSError:
            with suppress(OSError):
                draft.unlink()

    def ready(self) -> bool:
        """Make the folder, and sweep out what another version of the program has left; tells whether it is there."""
        if self._folder is None or self._kind is None:
            return False
        try:
            if not self._folder.is_dir():
                for old in self._kind.glob("*"):
                    if old.is_dir() and old != self._folder:  # another process may just have made ours
                        shutil.rmtree(old, ignore_errors=True)
                self._folder.mkdir(parents=True, exist_ok=True)
            return os.access(self._folder, os.W_OK)
        except OSError:
            return False


def program_hash(packages: Iterable[str], distributions: Iterable[str]) -> str:
    """A hash over the code of these packages of the platform and the versions of these libraries."""
    digest = hashlib.sha256()
    for name in distributions:
        digest.update(f"{name} {version(name)}\n".encode())
    for package in packages:
        for path in sorted(each for each in (PACKAGE / package).rglob("*") if each.suffix in _CODE):
            digest.update(path.read_bytes())
    return digest.hexdigest()
