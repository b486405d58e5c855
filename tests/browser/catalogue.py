"""Every way to pay that the scenario catalogue promises: read from the compiled plans, never written down twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from checkstand.channel import Registry
from checkstand.scenario import Plan, compile_plan, load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
ORDINARY_MINOR = 3200  # no review, no rule, and no outcome that a simulator reads from the last digits


@dataclass(frozen=True)
class Way:
    """One scenario, terminal and method; the form follows from the terminal."""

    plan: Plan
    terminal: str
    method: str

    @property
    def amount_minor(self) -> int:
        return max(self.plan.min_minor, ORDINARY_MINOR)

    @property
    def form(self) -> str:
        return self.plan.form.for_terminal(self.terminal)

    @property
    def in_browser(self) -> bool:
        return self.terminal in ("pc", "h5")


@cache
def plans() -> tuple[Plan, ...]:
    """Every scenario of the catalogue, compiled."""
    types = Registry.load().method_types()
    return tuple(compile_plan(loaded.document, types) for loaded in load([SCENARIOS], types).scenarios)


def ways() -> Iterator[Way]:
    types = Registry.load().method_types()
    for plan in plans():
        for terminal in plan.terminals:
            for method in plan.methods:
                if terminal in types[method.type].terminals:
                    yield Way(plan, terminal, method.id)


def as_params(chosen: list[Way]) -> list[object]:
    """The ways as pytest shows them: `travel-booking-h5-mobile_site-wx`."""
    return [pytest.param(way, id=f"{way.plan.scenario_id}-{way.terminal}-{way.form}-{way.method}") for way in chosen]
