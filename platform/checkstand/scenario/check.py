"""Check a merged tree: its shape, its meaning, its conditions, and every variation of its experiments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any, Final

from checkstand.scenario.checks import check_meaning
from checkstand.scenario.finding import Facts, Finding
from checkstand.scenario.merge import idle_nulls, merged
from checkstand.scenario.node import Fields, Items, Node, Path, Place, Scalar, at, key_place, plain
from checkstand.scenario.problem import Problem, errors, path_words
from checkstand.scenario.schema import SCHEMA
from checkstand.scenario.shape import check_shape

_KINDS: Final[Mapping[str, type]] = {"array": list, "object": dict, "string": str}
Arms = tuple[tuple[str, str, Node], ...]  # experiment id, variation id, patch


def check_document(tree: Fields, facts: Facts) -> list[Problem]:
    """All problems of a scenario; its variations are checked once the scenario itself is right."""
    problems = _problems(tree, facts)
    if not errors(problems):
        problems += _idle_patches(tree)
    if not errors(problems):
        known = set(map(_identity, problems))
        for arms in _combinations(tree):
            for problem in _of_variation(tree, arms, facts):
                if _identity(problem) not in known:
                    known.add(_identity(problem))
                    problems.append(naming_arms(problem, arms))
    return problems


def without_value(base: Node | None, written: Fields, prefix: Path = ()) -> Iterator[Problem]:
    """Names without a value that remove nothing. They would be dropped silently, and somebody meant something."""
    for path in idle_nulls(base, written):
        place = key_place(written, path)
        message = f'"{path[-1]}" has no value, and there is nothing to remove'
        remedy = "Write a value (a # starts a comment unless it is in quotes), or leave the line out."
        yield Problem(
            place.file, place.line, place.column, path_words((*prefix, *path)), "value.missing", message, remedy
        )


def missing_path(problem: Problem) -> str:
    """The path of the name that a "missing" problem is about; empty for other problems."""
    if problem.code != "shape.missing":
        return ""
    name = problem.message.split('"')[1]
    return f"{problem.path}.{name}" if problem.path else name


def check_fragment(tree: Fields, facts: Facts) -> list[Problem]:
    """Problems of a base: whatever stands in it has to have the right shape, and nothing has to stand in it."""
    findings = check_shape(plain(tree), frozenset(facts.method_types), is_base=True)
    return [problem_at(finding, tree) for finding in findings]


def _problems(tree: Fields, facts: Facts) -> list[Problem]:
    document = plain(tree)
    shape = check_shape(document, frozenset(facts.method_types))
    # A missing part is broken for those who read it, a misspelt or unknown one is not there at all.
    broken = [finding.path for finding in shape] + [(name,) for name in _missing_parts(document)]
    meaning = check_meaning(_well_formed(document), facts, broken)
    return sorted((problem_at(finding, tree) for finding in [*shape, *meaning]), key=lambda p: (p.line, p.column))


def _well_formed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without the parts that are a word where a list or a mapping belongs: the shape has told them already."""
    return {name: part for name, part in document.items() if isinstance(part, _kinds(name))}


def _kinds(name: str) -> tuple[type, ...]:
    kinds = SCHEMA["properties"].get(name, {}).get("type", [])
    return tuple(_KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)) or (object,)


def _missing_parts(document: Mapping[str, Any]) -> Iterator[str]:
    return (name for name in ("metadata", "amount_limits", "methods", "locales") if name not in document)


def _combinations(tree: Fields) -> Iterator[Arms]:
    """Every set of patches that one shopper can get: an arm or nothing from each layer."""
    layers: dict[str, list[Arms]] = {}
    for experiment in _items(tree.get("experiments")):
        name, layer = str(_text(experiment, "id")), str(_text(experiment, "layer"))
        for variation in _items(experiment.get("variations")):
            patch = variation.get("patch")
            if isinstance(patch, Fields) and patch.fields:
                arm = (name, str(_text(variation, "id")), patch)
                layers.setdefault(layer, [()]).append((arm,))
    # One arm at a time first, so that a mistake is told with the arm that makes it.
    chosen = sorted(product(*layers.values()), key=lambda choice: sum(map(bool, choice)))
    for choice in chosen:
        arms = tuple(arm for part in choice for arm in part)
        if arms:
            yield arms


def _idle_patches(tree: Fields) -> Iterator[Problem]:
    for i, experiment in enumerate(_items(tree.get("experiments"))):
        for j, variation in enumerate(_items(experiment.get("variations"))):
            patch = variation.get("patch")
            if isinstance(patch, Fields):
                yield from without_value(tree, patch, ("experiments", i, "variations", j, "patch"))


def _of_variation(tree: Fields, arms: Arms, facts: Facts) -> Iterable[Problem]:
    varied = varied_by(tree, arms)
    return _problems(varied, facts) if isinstance(varied, Fields) else ()


def naming_arms(problem: Problem, arms: Arms) -> Problem:
    """The problem as one of a variation."""
    names = " and ".join(f'"{variation}" of "{experiment}"' for experiment, variation, _ in arms)
    return replace(problem, message=f"{problem.message} (in variation {names})")


def arms_named(tree: Fields, names: Iterable[tuple[str, str]]) -> Arms:
    """The arms of these experiments and variations, with their patches."""
    wanted = tuple(names)
    return tuple(
        (name, arm, patch)
        for experiment in _items(tree.get("experiments"))
        for variation in _items(experiment.get("variations"))
        for name, arm in [(str(_text(experiment, "id")), str(_text(variation, "id")))]
        if (name, arm) in wanted and isinstance(patch := variation.get("patch"), Fields)
    )


def varied_by(tree: Fields, arms: Arms) -> Node:
    """The tree with the patches of these arms."""
    varied: Node = tree
    for _, _, patch in arms:
        varied = merged(varied, patch)
    return varied


def _identity(problem: Problem) -> tuple[str, int, int, str, str]:
    return problem.file, problem.line, problem.column, problem.code, problem.message


def problem_at(finding: Finding, tree: Fields) -> Problem:
    """The finding with its place in the file."""
    node = at(tree, finding.path)
    place = key_place(tree, finding.path) if finding.on_key else node.place
    line, column = place.line, place.column
    if finding.offset is not None and isinstance(node, Scalar):
        line, column = _inside(node, finding.offset)
    return Problem(
        place.file,
        line,
        column,
        path_words(finding.path),
        finding.code,
        finding.message,
        finding.remedy,
        finding.severity,
    )


def _inside(node: Scalar, offset: int) -> tuple[int, int]:
    """The place of one character of a text, found in the text as the file has it."""
    value, place = str(node.value), node.place
    before, written = value[:offset], place.text
    line_value = value[before.rfind("\n") + 1 :].partition("\n")[0]
    column_in_line = offset - (before.rfind("\n") + 1)
    if "\n" not in value.rstrip("\n") and "\n" not in written:
        start = written.find(value)  # behind the quote, if there is one
        return (place.line, place.column + start + offset) if start >= 0 else (place.line, place.column)
    for number, line in enumerate(written.split("\n")):
        start = line.find(line_value) if line_value.strip() else -1
        if start >= 0:
            return place.line + number, start + column_in_line + (1 if number else place.column)
    return _folded(value, offset, place)


def _folded(value: str, offset: int, place: Place) -> tuple[int, int]:
    """A text folded over several lines: find the word that the character belongs to."""
    start = max(value.rfind(" ", 0, offset), value.rfind("\n", 0, offset)) + 1
    word = value[start:].split(maxsplit=1)[0] if value[start:].strip() else ""
    occurrence = value[:start].count(word) if word else 0
    for number, line in enumerate(place.text.split("\n")):
        here = line.count(word) if word else 0
        if occurrence < here:
            at_column = -1
            for _ in range(occurrence + 1):
                at_column = line.find(word, at_column + 1)
            return place.line + number, at_column + (offset - start) + (1 if number else place.column)
        occurrence -= here
    return place.line, place.column


def _items(node: Node | None) -> Iterator[Fields]:
    for item in node.items if isinstance(node, Items) else ():
        if isinstance(item, Fields):
            yield item


def _text(node: Fields, name: str) -> object:
    value = node.get(name)
    return value.value if isinstance(value, Scalar) else ""
