"""Files in, checked documents out. Every mistake of every file in one go, each with its place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from checkstand.scenario.bases import BaseRefused, Bases
from checkstand.scenario.check import check_document, check_fragment, missing_path, problem_at, without_value
from checkstand.scenario.checks_kept import Checks
from checkstand.scenario.compile import canonical, content_hash
from checkstand.scenario.duties import removed_duties
from checkstand.scenario.finding import Facts, Finding, MethodFacts
from checkstand.scenario.merge import merged
from checkstand.scenario.node import Fields, Scalar, plain
from checkstand.scenario.problem import Problem, errors
from checkstand.scenario.read import MAX_BYTES, Unreadable, beginning, read_yaml
from checkstand.scenario.vocabulary import vocabulary_problem


@dataclass(frozen=True)
class Loaded:
    """One file: its merged document when it could be read, and what is wrong with it."""

    file: str
    source: str  # the text as it stands in the file
    document: Mapping[str, Any] | None
    problems: tuple[Problem, ...]
    tree: Fields | None = field(default=None, repr=False)
    is_base: bool = False

    @property
    def ok(self) -> bool:
        return self.document is not None and not errors(self.problems)

    @property
    def scenario_id(self) -> str:
        return str((self.document or {}).get("metadata", {}).get("id", ""))

    @property
    def version(self) -> str:
        """The content hash this file would be published under."""
        return content_hash(self.document or {})


@dataclass(frozen=True)
class Catalogue:
    """Several files, checked together."""

    files: tuple[Loaded, ...]

    @property
    def scenarios(self) -> tuple[Loaded, ...]:
        return tuple(loaded for loaded in self.files if not loaded.is_base)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Each once, also when several files extend the base that has it."""
        return tuple(dict.fromkeys(problem for loaded in self.files for problem in loaded.problems))

    @property
    def errors(self) -> list[Problem]:
        return errors(self.problems)


@dataclass(frozen=True)
class Merged:
    """One file, read and merged with its bases but not checked. `key` names what the checks will say."""

    file: str
    source: str
    own: Fields
    base: Fields | None
    tree: Fields
    is_base: bool
    key: str

    @cached_property
    def document(self) -> dict[str, Any]:
        return canonical(plain(self.tree))


def load(
    paths: Iterable[Path | str],
    method_types: Mapping[str, MethodFacts],
    *,
    progress: Callable[[Path], None] = lambda _path: None,
) -> Catalogue:
    """Load files and folders; of a folder every *.yaml below it."""
    facts, bases = Facts(method_types), Bases()
    checks = Checks(facts)
    files: list[Loaded] = []
    for path in yaml_files(paths):
        progress(path)
        files.append(checked(merge_file(path, bases, checks), facts, checks))
    return gathered(files)


def gathered(files: Iterable[Loaded]) -> Catalogue:
    """Files that were loaded one by one, as a catalogue."""
    return Catalogue(tuple(_without_twins(files)))


def load_file(path: Path, facts: Facts, bases: Bases | None = None, checks: Checks | None = None) -> Loaded:
    """Load one file."""
    checks = checks or Checks(facts)
    return checked(merge_file(path, bases or Bases(), checks), facts, checks)


def load_bytes(raw: bytes, file: str, folder: Path, facts: Facts, bases: Bases) -> Loaded:
    """Load a text that stands, or would stand, in this folder."""
    checks = Checks(facts)
    return checked(_merge(raw, file, folder, bases, checks), facts, checks)


def merge_file(path: Path, bases: Bases, checks: Checks) -> Merged | Loaded:
    """Read one file; it is loaded already when it cannot be read, or its base cannot."""
    shown = _shown(path)
    try:
        raw = beginning(path)
    except OSError as error:
        problem = Problem(shown, 1, 1, "", "file.unreadable", f"cannot be read: {error.strerror}", "Check the path.")
        return Loaded(shown, "", None, (problem,))
    return _merge(raw, shown, path.parent, bases, checks)


def checked(merged_file: Merged | Loaded, facts: Facts, checks: Checks) -> Loaded:
    """The file with what the checks say about it."""
    if isinstance(merged_file, Loaded):
        return merged_file
    each = merged_file
    problems = checks.of(each.key, lambda: _problems(each, facts))
    return Loaded(each.file, each.source, each.document, problems, each.tree, each.is_base)


def _merge(raw: bytes, file: str, folder: Path, bases: Bases, checks: Checks) -> Merged | Loaded:
    try:
        own = read_yaml(raw, file)
    except Unreadable as error:
        return Loaded(file, raw[:MAX_BYTES].decode("utf-8", "replace"), None, (error.problem,))
    source = raw.decode("utf-8-sig")
    kind = own.get("kind")
    is_base = isinstance(kind, Scalar) and kind.value == "Base"
    if refusal := vocabulary_problem(own) or _stranger(own):
        return Loaded(file, source, None, (refusal,), is_base=is_base)
    try:
        base = bases.of(own, file, folder)
    except BaseRefused as refused:
        return Loaded(file, source, None, refused.problems, is_base=is_base)
    tree = merged(base, own) if base is not None else merged(None, own)
    assert isinstance(tree, Fields)  # noqa: S101 - for the type checker: a mapping over anything is a mapping
    key = checks.key(raw, file, base)
    return Merged(file, source, own, base, _without(tree, "extends"), is_base, key)


def _problems(each: Merged, facts: Facts) -> list[Problem]:
    own, base, tree = each.own, each.base, each.tree
    idle = list(without_value(base, own))
    forgotten = {problem.path for problem in idle}
    found = check_fragment(tree, facts) if each.is_base else check_document(tree, facts)
    if base is not None and not errors(found):
        found += _without_duties(plain(base), plain(tree), own)
    # A name without a value is also a missing name; the first says better what happened.
    told = [problem for problem in found if missing_path(problem) not in forgotten]
    return sorted([*idle, *told], key=lambda problem: (problem.line, problem.column))


def _stranger(own: Fields) -> Problem | None:
    """A mapping that does not even begin like a scenario is one mistake, not one for each of its names."""
    if "api_version" in own.fields or "kind" in own.fields:
        return None
    message = "this is not a scenario: it says neither api_version nor kind"
    return Problem(own.place.file, own.place.line, own.place.column, "", "file.no_scenario", message)


def _without_duties(base: Mapping[str, Any], document: Mapping[str, Any], own: Fields) -> Iterable[Problem]:
    """A file cannot take away what the regulatory base that it extends demands."""
    for path, _, sentence in removed_duties(base, document):
        message = f"{sentence}, and the base that this file extends demands it"
        remedy = "Leave it as the base has it, or extend a base that is not regulatory."
        yield problem_at(Finding(path, "regulatory.duty_removed", message, remedy), own)


def yaml_files(paths: Iterable[Path | str]) -> Sequence[Path]:
    """The files themselves, and for folders all *.yaml and *.yml in them, sorted, bases last."""
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        inside = sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml")) if path.is_dir() else [path]
        found.update(dict.fromkeys(sorted(inside, key=lambda p: ("base" in p.relative_to(path).parts, p))))
    return list(found)


def _without_twins(files: Iterable[Loaded]) -> Iterable[Loaded]:
    """Two files cannot describe one scenario."""
    first: dict[str, str] = {}
    for loaded in files:
        scenario_id = "" if loaded.is_base else loaded.scenario_id
        if scenario_id and scenario_id in first and loaded.tree is not None:
            message = f'the id "{scenario_id}" already belongs to {first[scenario_id]}'
            metadata = loaded.tree.get("metadata")
            place = metadata.fields["id"].place if isinstance(metadata, Fields) else loaded.tree.place
            twin = Problem(place.file, place.line, place.column, "metadata.id", "scenario.id_twice", message)
            yield Loaded(loaded.file, loaded.source, loaded.document, (*loaded.problems, twin), loaded.tree)
            continue
        first.setdefault(scenario_id, loaded.file)
        yield loaded


def _without(tree: Fields, *names: str) -> Fields:
    keep = {name: node for name, node in tree.fields.items() if name not in names}
    return Fields(keep, {name: tree.keys[name] for name in keep}, tree.place)


def _shown(path: Path) -> str:
    """The path as people know it: from where they stand, if it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(path)
