"""Prove loaded files: what the proof finds stands among their other mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from checkstand.proof.cache import Proofs
from checkstand.proof.locate import problems_of
from checkstand.scenario.load import Catalogue, Loaded
from checkstand.scenario.problem import errors


def proven_catalogue(
    catalogue: Catalogue, proofs: Proofs, *, progress: Callable[[Path], None] = lambda _path: None
) -> Catalogue:
    """Every scenario of the catalogue proven; a file with mistakes is left as it is, because it means nothing yet."""
    files = []
    for loaded in catalogue.files:
        progress(Path(loaded.file))
        files.append(proven(loaded, proofs))
    return Catalogue(tuple(files))


def proven(loaded: Loaded, proofs: Proofs) -> Loaded:
    """The file with what its proof finds."""
    if loaded.is_base or loaded.document is None or loaded.tree is None or errors(loaded.problems):
        return loaded
    found = problems_of(proofs.of(loaded.document), loaded.tree)
    told = sorted([*loaded.problems, *found], key=lambda problem: (problem.line, problem.column))
    return replace(loaded, problems=tuple(told)) if found else loaded
