"""The methods of a plan, in the order of the page, each with the channels that may be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checkstand.scenario.conditions import ConditionCompiler
from checkstand.scenario.plan import MethodPlan, RoutePlan


def compile_methods(
    items: Sequence[Mapping[str, Any]], channels: Mapping[str, tuple[str, ...]], conditions: ConditionCompiler
) -> tuple[MethodPlan, ...]:
    """Compile and sort by order, then id."""
    methods = [_method(i, item, channels.get(item["type"], ()), conditions) for i, item in enumerate(items)]
    return tuple(sorted(methods, key=lambda method: (method.order, method.id)))


def _method(index: int, item: Mapping[str, Any], channels: Sequence[str], conditions: ConditionCompiler) -> MethodPlan:
    routing = item.get("routing", {})
    routes = tuple(
        RoutePlan(
            route["channel"],
            route.get("weight", 1),
            conditions.maybe(route, ("methods", index, "routing", "routes", i, "when")),
        )
        for i, route in enumerate(routing.get("routes", ()))
    )
    return MethodPlan(
        id=item["id"],
        type=item["type"],
        display=item.get("display", "regular"),
        order=item.get("order", 100),
        preselect=item.get("preselect", False),
        fallback=item.get("fallback", False),
        when=conditions.maybe(item, ("methods", index, "when")),
        strategy=routing.get("strategy", "priority"),
        # Without a routing of its own, a method is served by every channel that offers its type.
        routes=routes or tuple(RoutePlan(channel) for channel in channels),
        failover=routing.get("failover", False),
        label=item.get("label", {}),
        hint=item.get("hint", {}),
    )
