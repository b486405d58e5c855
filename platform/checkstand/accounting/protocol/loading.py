"""Packs from files: the product's own, then an operator's, which may add flows and replace journals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from checkstand.accounting.chart import CHART
from checkstand.accounting.protocol.document import Item, read
from checkstand.accounting.protocol.errors import Place, Problem, ProtocolInvalid
from checkstand.accounting.protocol.notation import (
    Amount,
    Line,
    NotationWrong,
    read_amount,
    read_entry,
    resolved,
    written,
)
from checkstand.accounting.protocol.protocol import Flow, Move, Protocol
from checkstand.accounting.protocol.template import Template

BUILT_IN: Final = Path(__file__).parent / "packs"
_FLOW_FIELDS: Final = frozenset({"flow", "name", "for", "where", "journals", "moves", "paths"})
_JOURNAL_FIELDS: Final = frozenset({"about", "kind", "source", "dr", "cr"})


@lru_cache(maxsize=16)
def load_packs(directory: Path | None = None) -> Protocol:
    """Every pack of the product and, on top, those of this directory; `ProtocolInvalid` names each mistake."""
    reader = _Reader()
    for path in sorted(BUILT_IN.glob("*.yaml")):
        reader.pack(read(path), own=True)
    if directory is not None:
        if not directory.is_dir():
            place = Place(str(directory), 1)
            raise ProtocolInvalid([Problem(place, "there is no such directory", "create it or unset the setting")])
        for path in sorted(directory.glob("*.yaml")):
            reader.pack(read(path), own=False)
    reader.check_names()
    if reader.problems:
        raise ProtocolInvalid(sorted(reader.problems, key=lambda problem: problem.place))
    return Protocol(reader.flows, reader.templates)


@dataclass
class _Reader:
    """Gathers flows and templates, and everything that is wrong with them."""

    flows: dict[str, Flow] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _own: set[str] = field(default_factory=set)  # templates of the product: an operator's pack may replace these
    _served: dict[tuple[str, str], str] = field(default_factory=dict)

    def pack(self, item: Item, *, own: bool) -> None:
        flow_id = item.text("flow")
        if not flow_id:
            self._wrong(item, "a pack needs its flow", "begin with `flow: F1`")
            return
        self._known(item, _FLOW_FIELDS)
        where = self._where(item.get("where"))
        templates = []
        for template_id, journal in self._fields(item, "journals"):
            templates.append(template_id)
            self._journal(template_id, journal, where, own=own)
        if flow_id in self.flows and own:
            self._wrong(item, f"flow {flow_id} is there twice", "give it another name")
        if flow_id in self.flows and not own and not item.get("moves") and not item.get("paths"):
            return  # it only replaces journals of a flow that stays as it is
        names = {language: name.value for language, name in self._fields(item, "name")}
        moves = [self._move(table, events) for table, events in self._fields(item, "moves")]
        self.flows[flow_id] = Flow(
            flow_id, names, self._serves(flow_id, item), tuple(templates),
            tuple(each for group in moves for each in group),
            {name: tuple(step.value for step in steps.items()) for name, steps in self._fields(item, "paths")},
            where, item.place,
        )  # fmt: skip

    def check_names(self) -> None:
        """Every template that is posted somewhere exists."""
        for flow in self.flows.values():
            steps = [(move.place, step) for move in flow.moves for way in move.ways.values() for step in way]
            steps += [(flow.place, step) for way in flow.paths.values() for step in way]
            for place, step in steps:
                if step not in self.templates:
                    self.problems.append(
                        Problem(place, f"there is no journal {step}", "write it under `journals`, or correct the name")
                    )

    def _journal(self, template_id: str, item: Item, where: Mapping[str, Amount], *, own: bool) -> None:
        self._known(item, _JOURNAL_FIELDS)
        kind, source = item.text("kind"), item.text("source")
        if not kind or not source:
            self._wrong(item, f"{template_id} has no kind or no source", "say `kind: pay` and `source: payment`")
            return
        lines = [*self._lines(template_id, item.get("dr"), 1), *self._lines(template_id, item.get("cr"), -1)]
        made = Template(template_id, kind, source, item.text("about"), tuple(lines), item.place)
        difference = self._difference(lines, where)
        if difference:
            fix = f"debits less credits are {written(difference)}, and must be 0"
            self._wrong(item, f"{template_id} does not balance", fix)
        before = self.templates.get(template_id)
        if before is not None:
            self._replaces(item, before, made, own=own)
        self.templates[template_id] = made
        if own:
            self._own.add(template_id)

    def _replaces(self, item: Item, before: Template, made: Template, *, own: bool) -> None:
        if own or before.template_id not in self._own:
            self._wrong(item, f"{made.template_id} is there twice ({before.place})", "give one of them another name")
        elif (before.kind, before.source) != (made.kind, made.source):
            fix = f"keep `kind: {before.kind}` and `source: {before.source}`"
            self._wrong(item, f"{made.template_id} replaces a journal of another kind or source", fix)
        elif unknown := made.names - before.names:
            fix = f"use only {', '.join(sorted(before.names))}"
            self._wrong(item, f"{made.template_id} needs {', '.join(sorted(unknown))}, which is not given to it", fix)

    def _lines(self, template_id: str, items: Item | None, sign: int) -> list[Line]:
        found = []
        for item in items.items() if items is not None else ():
            try:
                line = read_entry(str(item.value), sign)
            except NotationWrong as wrong:
                self._wrong(item, f"{template_id}: {wrong}", "write it like `2102[payee] amount - fee`")
                continue
            for code in line.codes:
                if code not in CHART:
                    self._wrong(item, f"{template_id}: the chart has no account {code}", _nearest(code))
            found.append(line)
        return found

    def _difference(self, lines: Sequence[Line], where: Mapping[str, Amount]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for line in lines:
            for name, times in resolved(line.amount, where).items():
                sums[name] = sums.get(name, 0) + line.sign * times
        return {name: times for name, times in sums.items() if times}

    def _where(self, item: Item | None) -> dict[str, Amount]:
        found: dict[str, Amount] = {}
        for name, amount in item.fields() if item is not None else ():
            try:
                found[name] = read_amount(str(amount.value))
            except NotationWrong as wrong:
                self._wrong(amount, str(wrong), "write it like `amount: pending + available`")
        return found

    def _move(self, table: str, events: Item) -> list[Move]:
        moves = []
        for name, ways in events.fields():
            source, _, event = name.rpartition(".")
            if isinstance(ways.value, dict):
                named = {way: tuple(step.value for step in steps.items()) for way, steps in ways.fields()}
            else:
                named = {"": tuple(step.value for step in ways.items())}
            moves.append(Move(table, event, source, named, ways.place))
        return moves

    def _serves(self, flow_id: str, item: Item) -> tuple[tuple[str, str], ...]:
        pairs = []
        listed = item.get("for")
        for each in listed.items() if listed is not None else ():
            pair = (each.text("product"), each.text("payment"))
            if not all(pair):
                self._wrong(
                    each, "a product code and a payment code are needed", "{product: instant, payment: channel}"
                )
            elif self._served.setdefault(pair, flow_id) != flow_id:
                self._wrong(each, f"{pair[0]} with {pair[1]} is flow {self._served[pair]} already", "serve it once")
            pairs.append(pair)
        return tuple(pairs)

    def _fields(self, item: Item, name: str) -> list[tuple[str, Item]]:
        found = item.get(name)
        return list(found.fields()) if found is not None else []

    def _known(self, item: Item, names: frozenset[str]) -> None:
        for name, each in item.fields():
            if name not in names:
                self._wrong(each, f"{name!r} means nothing here", f"there are {', '.join(sorted(names))}")

    def _wrong(self, item: Item, says: str, fix: str) -> None:
        self.problems.append(Problem(item.place, says, fix))


def _nearest(code: str) -> str:
    alike: Callable[[str], int] = lambda known: sum(a == b for a, b in zip(code, known, strict=True))  # noqa: E731
    near = max(CHART, key=alike)
    return f"the nearest is {near}, {CHART[near].name} {CHART[near].name_zh}"
