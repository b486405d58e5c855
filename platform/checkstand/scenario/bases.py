"""`extends`: find the base, read it once, merge what it extends itself."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from checkstand.infra.resources import ResourceMissing, scenarios
from checkstand.scenario.merge import merged
from checkstand.scenario.node import Fields, Place, Scalar
from checkstand.scenario.problem import Problem
from checkstand.scenario.read import Unreadable, read_yaml

# What belongs to the base alone and is not inherited.
_OWN = ("kind", "extends")
_OWN_METADATA = ("id", "name", "description")


class BaseRefused(Exception):
    """The base is missing, broken, or extends itself."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*map(str, problems))
        self.problems = problems


class Bases:
    """The bases of one run, each read once."""

    def __init__(self) -> None:
        self._read: dict[Path, Fields] = {}

    def of(self, tree: Fields, file: str, folder: Path, chain: Sequence[Path] = ()) -> Fields | None:
        """What this document extends, everything above it merged in; None when it extends nothing."""
        node = tree.get("extends")
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return None  # a wrong type is told by the schema
        name, place = node.value, node.place
        path = _find(name, folder)
        if path is None:
            raise BaseRefused(_problem(place, "base.missing", f'there is no base "{name}"{_near(name, folder)}'))
        if path in chain or (path.name == Path(file).name and path.parent.resolve() == folder.resolve()):
            loop = " → ".join([*(p.stem for p in chain), path.stem])
            raise BaseRefused(_problem(place, "base.cycle", f'"{name}" extends itself: {loop}'))
        if path not in self._read:
            self._read[path] = self._load(path, name, place, chain)
        return self._read[path]

    def _load(self, path: Path, name: str, place: Place, chain: Sequence[Path]) -> Fields:
        shown = _shown_beside(path, place)
        try:
            own = read_yaml(path.read_bytes(), shown, layer=name)
        except Unreadable as error:
            raise BaseRefused(error.problem) from None
        kind = own.get("kind")
        if not isinstance(kind, Scalar) or kind.value != "Base":
            raise BaseRefused(_problem(place, "base.not_a_base", f'"{name}" is no base: its kind is not Base'))
        above = self.of(own, shown, path.parent, (*chain, path))
        tree = merged(above, _inherited(own))
        assert isinstance(tree, Fields)  # noqa: S101 - for the type checker: a mapping over anything is a mapping
        return tree


def _find(name: str, folder: Path) -> Path | None:
    """Beside the file, beside its folder (bases of bases), or in the catalogue that ships with the platform."""
    for start in _starts(folder):
        path = (start / f"{name}.yaml").resolve()
        if path.is_file() and path.is_relative_to(start.resolve()):
            return path
    return None


def _starts(folder: Path) -> list[Path]:
    try:
        return [folder, folder.parent, scenarios()]
    except ResourceMissing:
        return [folder, folder.parent]


def _near(name: str, folder: Path) -> str:
    known = {str(p.relative_to(start).with_suffix("")) for start in _starts(folder) for p in start.glob("base/*.yaml")}
    near = get_close_matches(name, known, n=1)
    return f'; did you mean "{near[0]}"?' if near else f"; there are {', '.join(sorted(known))}" if known else ""


def _inherited(own: Fields) -> Fields:
    fields = {name: node for name, node in own.fields.items() if name not in _OWN}
    metadata = fields.get("metadata")
    if isinstance(metadata, Fields):
        shared = {name: node for name, node in metadata.fields.items() if name not in _OWN_METADATA}
        fields["metadata"] = Fields(shared, {name: metadata.keys[name] for name in shared}, metadata.place)
    return Fields(fields, {name: own.keys[name] for name in fields}, own.place)


def _shown_beside(path: Path, place: Place) -> str:
    """The base's path as seen from where the extending file's path is seen."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path) if place.file else path.name


def _problem(place: Place, code: str, message: str) -> Problem:
    return Problem(
        place.file, place.line, place.column, "extends", code, message, "Name a file below base/, without .yaml."
    )
