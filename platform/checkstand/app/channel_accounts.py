"""Which channels of a business unit can take a new payment right now, and with which account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from checkstand.app.platform import Platform
from checkstand.channel import store
from checkstand.channel.port import ChannelAccount
from checkstand.channel.routing import Switch, candidates, ordered_channels
from checkstand.scenario.plan import MethodPlan


@dataclass(frozen=True, slots=True)
class Serving:
    """What is open: channel → account id (empty for an internal channel), kill switches, broken circuits."""

    accounts: Mapping[str, str]
    switches: tuple[Switch, ...]
    broken: frozenset[str]

    def candidates(
        self, platform: Platform, method: MethodPlan, payment_id: str, context: Mapping[str, Any]
    ) -> list[str]:
        """The channels to try for this payment, best first."""
        ordered = ordered_channels(method.strategy, method.routes, payment_id=payment_id, context=context)
        present = [channel for channel in ordered if channel in self.accounts]
        now = platform.clock.now()
        return list(candidates(present, method=method.type, switches=self.switches, broken=self.broken, now=now))

    def serves(self, platform: Platform, method: MethodPlan) -> bool:
        """Whether any route of the method is open; a broken circuit alone hides nothing (routing.candidates)."""
        present = [route.channel for route in method.routes if route.channel in self.accounts]
        now = platform.clock.now()
        return bool(candidates(present, method=method.type, switches=self.switches, broken=self.broken, now=now))


def serving(platform: Platform, connection: Connection, tenant_id: str, mode: str) -> Serving:
    """Read the active accounts and switches of a business unit."""
    now = platform.clock.now()
    rows, open_switches = platform.memory.recall(
        ("serving", tenant_id, mode),
        (store.channel_account, store.channel_switch),
        lambda: (store.active_accounts(connection, tenant_id, mode), store.open_switches(connection, tenant_id, now)),
    )
    accounts = {channel.manifest.name: "" for channel in platform.registry.channels() if channel.manifest.internal}
    broken = set()
    for row in rows:
        accounts.setdefault(row.channel, row.channel_account_id)
        if platform.breaker.is_open(row.channel_account_id, now):
            broken.add(row.channel)
    switches = tuple(Switch(row.channel, row.method, row.message, row.expires_at) for row in open_switches)
    return Serving(accounts, switches, frozenset(broken))


def current_account(platform: Platform, tenant_id: str, channel_account_id: str) -> ChannelAccount:
    """The account with the credentials that new attempts are pinned to."""
    return platform.channel_accounts.load(tenant_id, channel_account_id)
