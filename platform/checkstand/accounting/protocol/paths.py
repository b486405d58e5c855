"""Every way an object can go, with what is booked on it: money in transit must have arrived at the end.

The state graph is our own transition table, so nobody has to list its paths, nor can forget one. From
the first state on, each state is given every balance that the clearing accounts can have when it is
reached; a cycle adds nothing new unless it does not return what it took. In a terminal state each
balance must be zero, for all amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from checkstand.accounting.chart import IN_TRANSIT
from checkstand.accounting.protocol.errors import Problem, ProtocolInvalid
from checkstand.accounting.protocol.notation import resolved, written
from checkstand.accounting.protocol.protocol import Flow, Move, Protocol
from checkstand.kernel import TransitionTable

Tables = Mapping[str, TransitionTable[Any, Any]]
# What stands on clearing accounts: (account, amount's name, how often), sorted, zero left out.
Standing = frozenset[tuple[str, str, int]]

# More different balances in one state than any real flow has: something is taken again and again.
_MANY: Final = 32


def check_paths(protocol: Protocol, tables: Tables) -> None:
    """Walk every flow through its state tables; `ProtocolInvalid` tells where money would be left behind."""
    problems = [problem for flow in protocol.flows.values() for problem in _of_flow(protocol, flow, tables)]
    if problems:
        raise ProtocolInvalid(problems)


def _of_flow(protocol: Protocol, flow: Flow, tables: Tables) -> Iterable[Problem]:
    for name in dict.fromkeys(move.table for move in flow.moves):
        moves = [move for move in flow.moves if move.table == name]
        if name not in tables:
            yield Problem(moves[0].place, f"there is no state table {name!r}", f"there are {', '.join(sorted(tables))}")
            continue
        unknown = [problem for move in moves if (problem := _unknown(tables[name], move)) is not None]
        yield from unknown or _left_behind(protocol, flow, tables[name], moves)
    for name, steps in flow.paths.items():
        left = _after(protocol, flow, frozenset(), steps)
        if left:
            yield Problem(flow.place, f"path {name!r} of {flow.flow_id} ends with {_told(left)}", _FIX)


_FIX: Final = "let a journal on the way hand it on"


def _unknown(table: TransitionTable[Any, Any], move: Move) -> Problem | None:
    events = {str(event): source for source, event, _ in table.edges()}
    if move.event not in events:
        return Problem(
            move.place, f"{table.name} has no event {move.event!r}", f"there are {', '.join(sorted(events))}"
        )
    sources = sorted(str(source) for source, event, _ in table.edges() if event == move.event)
    if move.source and move.source not in sources:
        fix = f"it happens in {', '.join(sources)}"
        return Problem(move.place, f"{move.event} of {table.name} does not happen in {move.source}", fix)
    return None


def _left_behind(
    protocol: Protocol, flow: Flow, table: TransitionTable[Any, Any], moves: list[Move]
) -> Iterable[Problem]:
    targets = {target for source, _, target in table.edges() if source != target}
    first = [source for source, _, _ in table.edges() if source not in targets]
    reached: dict[Any, dict[Standing, str]] = {state: {frozenset(): str(state)} for state in first}
    waiting = list(reached)
    while waiting:
        state = waiting.pop(0)
        for source, event, target in table.edges():
            if source != state:
                continue
            there = reached.setdefault(target, {})
            for standing, path in list(reached[state].items()):
                for way, steps in _ways(moves, state, event).items():
                    after = _after(protocol, flow, standing, steps)
                    if after not in there:
                        there[after] = f"{path} –{event}{f' ({way})' if way else ''}→ {target}"
                        waiting.append(target)
                    if len(there) > _MANY:
                        yield Problem(flow.place, f"{flow.flow_id}: {event} takes more each time it happens", _FIX)
                        return
    for state in table.terminal:
        for standing, path in reached.get(state, {}).items():
            if standing:
                yield Problem(moves[0].place, f"{flow.flow_id}: {path} ends with {_told(standing)}", _FIX)


def _ways(moves: list[Move], state: Any, event: Any) -> Mapping[str, tuple[str, ...]]:
    """What an event books in this state: the rule for just this state goes before the one for all."""
    exact = next((move.ways for move in moves if move.event == event and move.source == state), None)
    if exact is not None:
        return exact
    return next((move.ways for move in moves if move.event == event and not move.source), {"": ()})


def _after(protocol: Protocol, flow: Flow, standing: Standing, steps: Iterable[str]) -> Standing:
    sums = {(account, name): times for account, name, times in standing}
    for step in steps:
        for line in protocol.templates[step].lines:
            if line.codes[0] not in IN_TRANSIT:
                continue
            for name, times in resolved(line.amount, flow.where).items():
                key = (line.account, name)
                sums[key] = sums.get(key, 0) + line.sign * times
    return frozenset((account, name, times) for (account, name), times in sums.items() if times)


def _told(standing: Standing) -> str:
    accounts: dict[str, dict[str, int]] = {}
    for account, name, times in sorted(standing):
        accounts.setdefault(account, {})[name] = -times  # these are credit accounts: what is owed is positive
    return " and ".join(f"{written(amount)} on {account}" for account, amount in accounts.items())
