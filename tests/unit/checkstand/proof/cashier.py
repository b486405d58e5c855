"""The real cashier, asked about one order: what a witness is checked against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from checkstand.cashier import decide
from checkstand.cashier.methods import Decisions
from checkstand.kernel import Money
from checkstand.proof.facts import ChannelFacts, Installed, of_channels
from checkstand.rule.variables import TERMINALS
from checkstand.scenario import Plan, compile_plan
from checkstand.web.pages.sample import sample_view

ALL = frozenset(TERMINALS)


def channel(
    method: str, *, terminals: frozenset[str] = ALL, currencies: tuple[str, ...] = ("CNY",),
    capabilities: tuple[str, ...] = ("pay", "refund"), limits: Mapping[str, tuple[int, int]] | None = None,
    internal: bool = False,
) -> ChannelFacts:  # fmt: skip
    return ChannelFacts({method: terminals}, frozenset(currencies), frozenset(capabilities), internal, limits or {})


def channels(**different: ChannelFacts) -> Installed:
    """WeChat Pay, Alipay and balances; and whatever a test installs besides or instead."""
    usual = {
        "wechat_pay": channel("wechat_pay"),
        "alipay": channel("alipay"),
        "balance": channel("balance", internal=True, capabilities=("pay", "refund", "hold")),
    }
    return of_channels(usual | different)


def method_types(installed: Installed) -> Mapping[str, Any]:
    """The same channels as the registry tells the cashier about them."""
    found: dict[str, Any] = {}
    for type_ in sorted({name for each in installed.channels.values() for name in each.terminals}):
        serving = [installed.channels[name] for name in installed.serving(type_)]
        found[type_] = SimpleNamespace(
            channels=installed.serving(type_),
            terminals=frozenset(t for each in serving for t in each.terminals[type_]),
            currencies=frozenset(c for each in serving for c in each.currencies),
        )
    return found


def plan_of(document: Mapping[str, Any], installed: Installed) -> Plan:
    return compile_plan(document, method_types(installed))


def decisions(plan: Plan, installed: Installed, order: Mapping[str, Any]) -> Decisions:
    """What the cashier shows for this order, to a member with a large balance."""
    now = datetime(2026, 4, 1, (int(order["hour"]) - 8) % 24, tzinfo=UTC)  # the hour is China's
    view = replace(
        sample_view(),
        plan=plan,
        amount=Money(int(order["amount"]), str(order["currency"])),
        terminal=str(order["terminal"]),
        context={name: value for name, value in order.items() if name not in ("hour", "method")},
        now=now,
        balance_minor=10**15,
        risk_effect=None,
        unavailable=frozenset(),
        payments=(),
        method_types=method_types(installed),
    )
    return decide(view)
