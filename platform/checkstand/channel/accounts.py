"""Channel accounts ready to use: decrypted, with the address of their endpoint."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Row

from checkstand.channel import store
from checkstand.channel.port import ChannelAccount
from checkstand.channel.registry import Registry
from checkstand.channel.vault import Vault
from checkstand.infra.db import Database


class AccountBook:
    """Loads accounts by tenant and version. A credential version never changes, so it is opened once."""

    def __init__(self, db: Database, registry: Registry, vault: Vault, simulators_url: str) -> None:
        self._db, self._registry, self._vault = db, registry, vault
        self._simulators_url = simulators_url  # where the simulators are mounted, no trailing slash
        self._opened: dict[tuple[str, str, int], dict[str, str]] = {}
        self._lock = threading.Lock()

    def load(self, tenant_id: str, channel_account_id: str, version: int | None = None) -> ChannelAccount:
        """The account with this credential version, or with the current one for a new attempt."""
        with self._db.read() as connection:
            row = store.account_row(connection, tenant_id, channel_account_id)
            wanted = row.credential_version if version is None else version
            if (tenant_id, channel_account_id, wanted) not in self._opened:
                self._open(store.credential_row(connection, tenant_id, channel_account_id, wanted))
        return self._account(row, wanted)

    def active(self, tenant_id: str, mode: str) -> Sequence[Row[Any]]:
        with self._db.read() as connection:
            return store.active_accounts(connection, tenant_id, mode)

    def for_notification(self, channel: str, channel_account_id: str) -> list[ChannelAccount]:
        """The account once per usable credential version, newest first: callbacks may use older keys."""
        with self._db.read() as connection:
            row = store.account_anywhere(connection, channel, channel_account_id)
            return [self._account(row, version) for version in self._usable(connection, row)]

    def of_merchant(self, channel: str, merchant_ref: str) -> list[dict[str, str]]:
        """Credentials of a test merchant, newest first; what `SimulatorEnv.accounts` is for."""
        with self._db.read() as connection:
            rows = store.merchant_accounts(connection, channel, merchant_ref)
            # What the merchant pays by contract goes with them: the simulator writes it into its bills.
            return [
                {**self._opened[row.tenant_id, row.channel_account_id, version], "sim_cost_ppm": str(row.cost_ppm)}
                for row in rows
                for version in self._usable(connection, row)
            ]

    def _usable(self, connection: Any, row: Row[Any]) -> list[int]:
        versions = store.credential_rows(connection, row.tenant_id, row.channel_account_id)
        for version in versions:
            self._open(version)
        return [version.version for version in versions]

    def _open(self, row: Row[Any]) -> None:
        key = row.tenant_id, row.channel_account_id, row.version
        if key in self._opened:
            return
        values = self._vault.open(row.secret, tenant_id=key[0], account_id=key[1], version=key[2])
        with self._lock:
            self._opened[key] = values

    def _account(self, row: Row[Any], version: int) -> ChannelAccount:
        manifest = self._registry.channel(row.channel).manifest
        simulated = f"{self._simulators_url}/{row.channel}"
        return ChannelAccount(
            tenant_id=row.tenant_id,
            channel_account_id=row.channel_account_id,
            channel=row.channel,
            mode=row.mode,
            base_url=row.base_url or (simulated if row.mode == "test" else manifest.live_base_url or ""),
            credential_version=version,
            credentials=self._opened[row.tenant_id, row.channel_account_id, version],
            cost_ppm=row.cost_ppm,
        )


class HasAccounts(Protocol):
    """Whoever carries the account book through the use cases."""

    @property
    def channel_accounts(self) -> AccountBook: ...


def load_account(source: HasAccounts, tenant_id: str, channel_account_id: str, version: int) -> ChannelAccount:
    """The account as an attempt is pinned to it; key rotation does not change it."""
    return source.channel_accounts.load(tenant_id, channel_account_id, version)
