"""`extends`: find the base, read it once, merge what it extends itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from checkstand.infra.resources import ResourceMissing, scenarios
from checkstand.rule.wording import quoted
from checkstand.scenario.merge import merged
from checkstand.scenario.node import Fields, Place, Scalar
from checkstand.scenario.problem import Problem
from checkstand.scenario.read import Unreadable, beginning, read_yaml
from checkstand.scenario.schema import SCHEMA
from checkstand.scenario.vocabulary import vocabulary_problem

# What belongs to the base alone and is not inherited.
_OWN = ("kind", "extends")
_NAME: Final = re.compile(SCHEMA["properties"]["extends"]["pattern"])
_LONGEST_NAME: Final[int] = SCHEMA["properties"]["extends"]["maxLength"]
_OWN_METADATA = ("id", "name", "description")


class BaseRefused(Exception):
    """The base is missing, broken, or extends itself."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*map(str, problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class _Link:
    """One `extends`: the file that says it, the name it says, and where."""

    source: Path
    name: str
    place: Place


class Bases:
    """The bases of one run, each read once."""

    def __init__(self) -> None:
        self._read: dict[Path, Fields] = {}

    def of(self, tree: Fields, file: str, folder: Path, chain: Sequence[_Link] = ()) -> Fields | None:
        """What this document extends, everything above it merged in; None when it extends nothing."""
        node = tree.get("extends")
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return None
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            raise BaseRefused(_problem(node.place, "base.name", "must be one name like base/retail"))
        name, place = node.value, node.place
        path = _find(name, folder) if _NAME.fullmatch(name) and len(name) <= _LONGEST_NAME else None
        if path is None:
            message = f"there is no base {quoted(name)}{_near(name, folder)}"
            raise BaseRefused(_problem(place, "base.missing", message))
        links = (*chain, _Link((folder / Path(file).name).resolve(), name, place))
        if circle := _circle(links, path):
            raise BaseRefused(circle)
        if path not in self._read:
            self._read[path] = self._load(path, name, place, links)
        return self._read[path]

    def _load(self, path: Path, name: str, place: Place, links: Sequence[_Link]) -> Fields:
        shown = _shown_beside(path, place)
        try:
            own = read_yaml(beginning(path), shown, layer=name)
        except OSError as error:
            message = f"{quoted(name)} cannot be read: {error.strerror}"
            raise BaseRefused(_problem(place, "base.unreadable", message)) from None
        except Unreadable as error:
            raise BaseRefused(error.problem) from None
        if refusal := vocabulary_problem(own):
            raise BaseRefused(refusal)
        kind = own.get("kind")
        if not isinstance(kind, Scalar) or kind.value != "Base":
            raise BaseRefused(_problem(place, "base.not_a_base", f'"{name}" is no base: its kind is not Base'))
        above = self.of(own, shown, path.parent, links)
        tree = merged(above, _inherited(own))
        assert isinstance(tree, Fields)  # noqa: S101 - for the type checker: a mapping over anything is a mapping
        return tree


def _circle(links: Sequence[_Link], target: Path) -> Problem | None:
    """The one problem of bases that extend each other, the same from whichever of them one comes."""
    start = next((index for index, link in enumerate(links) if link.source == target), None)
    if start is None:
        return None
    around = list(links[start:])
    first = min(range(len(around)), key=lambda index: around[index].source)
    around = around[first:] + around[:first]
    names = [each.source.stem for each in (*around[1:], around[0])]
    message = f'"{around[0].name}" extends itself: {" → ".join([*names, names[0]])}'
    return _problem(around[0].place, "base.cycle", message)


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
    found = (
        path.relative_to(start) for start in _starts(folder) for path in start.glob("base/*.yaml") if path.is_file()
    )
    known = {str(path.with_suffix("")) for path in found}
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
    return Problem(place.file, place.line, place.column, "extends", code, message)
