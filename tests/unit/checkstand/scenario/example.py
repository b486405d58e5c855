"""A small scenario that tests build on: Lantern Books sells books."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from types import SimpleNamespace
from typing import Any, Final

from checkstand.rule.variables import TERMINALS
from checkstand.scenario import Plan, compile_plan

METHOD_TYPES: Final = {
    name: SimpleNamespace(channels=(name,), terminals=frozenset(TERMINALS), currencies=frozenset(("CNY",)))
    for name in ("wechat_pay", "alipay", "balance")
}

BOOKS: Final[dict[str, Any]] = {
    "api_version": "checkout/v1",
    "kind": "Scenario",
    "metadata": {"id": "books", "name": {"en": "Books"}, "owner": "lantern"},
    "amount_limits": {"currency": "CNY", "max": 100_000},
    "methods": [
        {"id": "wx", "type": "wechat_pay", "order": 10},
        {"id": "ali", "type": "alipay", "order": 20},
        {"id": "bal", "type": "balance", "order": 30},
    ],
    "locales": {"default": "en", "supported": ["en"]},
}


def document(**parts: Any) -> dict[str, Any]:
    """The scenario with these parts instead of its own."""
    return {**deepcopy(BOOKS), **parts}


def plan(**parts: Any) -> Plan:
    return compile_plan(document(**parts), METHOD_TYPES)


def rule(
    effect: str, when: str = "true", *, applies_to: list[str] | None = None, rule_id: str = "r"
) -> Mapping[str, Any]:
    named = {"applies_to": applies_to} if applies_to else {}
    return {"id": rule_id, "effect": effect, "when": when, **named}
