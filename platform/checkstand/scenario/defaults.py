"""Values for what a scenario leaves out. They stand in the schema, so editors and the reference show the same ones."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from checkstand.scenario.schema import SCHEMA


def default(*path: str) -> Any:
    """The schema's default at this path."""
    here: Any = SCHEMA
    for step in path:
        here = here["properties"][step]
    return here["default"]


DEFAULT_TIMEOUTS: Final = MappingProxyType(
    {name: part["default"] for name, part in SCHEMA["properties"]["timeouts"]["properties"].items()}
)
