"""What a check found, by path; `load` turns it into a problem with the place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from checkstand.scenario.node import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake. `on_key` points at the name instead of the value, `offset` into a condition's text."""

    path: Path
    code: str
    message: str
    remedy: str = ""
    severity: Literal["error", "warning"] = "error"
    on_key: bool = False
    offset: int | None = None


class MethodFacts(Protocol):
    """What the checks need to know about a payment method type; a channel registry's `MethodType` has it."""

    @property
    def channels(self) -> tuple[str, ...]: ...
    @property
    def terminals(self) -> frozenset[str]: ...
    @property
    def currencies(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What is installed around the scenario."""

    method_types: Mapping[str, MethodFacts] = field(default_factory=dict)

    @property
    def channels(self) -> frozenset[str]:
        return frozenset(channel for kind in self.method_types.values() for channel in kind.channels)


Document = Mapping[str, Any]


def section(document: Document, *path: str) -> Mapping[str, Any]:
    """A nested mapping of the document, empty where it was left out."""
    here: Any = document
    for step in path:
        here = here.get(step, {}) if isinstance(here, Mapping) else {}
    return here if isinstance(here, Mapping) else {}
