"""Payment methods: an installed channel serves each of them where and in what the scenario needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkstand.rule.wording import closest
from checkstand.scenario.defaults import default
from checkstand.scenario.finding import Document, Facts, Finding


def installed(document: Document, facts: Facts) -> Iterator[Finding]:
    """Some installed channel serves the type."""
    for index, method in enumerate(document["methods"]):
        if method["type"] not in facts.method_types:
            known = ", ".join(sorted(facts.method_types))
            message = f'payment method "{method["type"]}" is not available yet: no installed channel serves it'
            yield Finding(("methods", index, "type"), "method.no_channel", message, f"Use one of {known}.")


def routes(document: Document, facts: Facts) -> Iterator[Finding]:
    """A routing names channels that serve the method, and what its strategy needs."""
    for index, method in enumerate(document["methods"]):
        kind = facts.method_types.get(method["type"])
        routing = method.get("routing")
        if kind is None or routing is None:
            continue
        path = ("methods", index, "routing", "routes")
        seen: set[str] = set()
        for number, route in enumerate(routing["routes"]):
            yield from _route(route, (*path, number), method["type"], kind.channels, facts, seen)
        if routing.get("strategy") == "rules" and "when" in routing["routes"][-1]:
            message = "the last route of strategy rules needs no condition, so that every order has a channel"
            yield Finding((*path, len(routing["routes"]) - 1, "when"), "route.no_last", message)


def _route(
    route: Mapping[str, Any],
    path: tuple[str | int, ...],
    kind: str,
    serving: tuple[str, ...],
    facts: Facts,
    seen: set[str],
) -> Iterator[Finding]:
    channel = route["channel"]
    if channel not in facts.channels:
        hint = closest(channel, facts.channels) or f"; installed are {', '.join(sorted(facts.channels))}"
        yield Finding((*path, "channel"), "route.unknown_channel", f'unknown channel "{channel}"{hint}')
    elif channel not in serving:
        message = f'channel "{channel}" does not serve {kind}; {", ".join(serving)} does'
        yield Finding((*path, "channel"), "route.wrong_channel", message)
    elif channel in seen:
        yield Finding((*path, "channel"), "route.twice", f'channel "{channel}" is already a route of this method')
    seen.add(channel)


def terminals(document: Document, facts: Facts) -> Iterator[Finding]:
    """Each method works on some terminal of the scenario, each terminal has some method."""
    wanted = document.get("terminals", default("terminals"))
    served: set[str] = set()
    for index, method in enumerate(document["methods"]):
        kind = facts.method_types.get(method["type"])
        if kind is None:
            return  # told by `installed`; which terminals remain is unknown until then
        served |= kind.terminals
        if not kind.terminals & set(wanted):
            message = (
                f"{method['type']} works on {', '.join(sorted(kind.terminals))} only, none of this scenario's terminals"
            )
            yield Finding(("methods", index, "type"), "method.wrong_terminal", message)
    for terminal in wanted:
        if terminal not in served:
            path = ("terminals", wanted.index(terminal)) if "terminals" in document else ("methods",)
            yield Finding(path, "terminal.no_method", f"no method works on {terminal}", "Add a method or leave it out.")


def currency(document: Document, facts: Facts) -> Iterator[Finding]:
    """Each method takes the scenario's currency."""
    wanted = document["amount_limits"]["currency"]
    kinds = [(index, facts.method_types.get(method["type"])) for index, method in enumerate(document["methods"])]
    refusing = [(index, kind) for index, kind in kinds if kind is not None and wanted not in kind.currencies]
    if refusing and len(refusing) == len(kinds):
        known = ", ".join(sorted({currency for _, kind in refusing for currency in kind.currencies}))
        yield Finding(
            ("amount_limits", "currency"), "method.no_currency", f"no method takes {wanted}; they take {known}"
        )
        return
    for index, kind in refusing:
        message = f"{document['methods'][index]['type']} takes {', '.join(sorted(kind.currencies))}, not {wanted}"
        yield Finding(("methods", index, "type"), "method.wrong_currency", message)


def one_preselected(document: Document, _facts: Facts) -> Iterator[Finding]:
    """At most one method is chosen in advance, and it can be seen."""
    chosen = [index for index, method in enumerate(document["methods"]) if method.get("preselect")]
    for index in chosen[1:]:
        first = document["methods"][chosen[0]]["id"]
        message = f'only one method can be preselected, and "{first}" is already'
        yield Finding(("methods", index, "preselect"), "method.two_preselected", message)
    for index in chosen[:1]:
        if document["methods"][index].get("display") == "folded":
            message = "a folded method cannot be preselected: nobody would see what is chosen"
            yield Finding(("methods", index, "preselect"), "method.preselected_folded", message)
