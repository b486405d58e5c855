"""Channel accounts, their versioned credentials, and kill switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    select,
)

from checkstand.channel.manifest import Manifest
from checkstand.channel.vault import Vault
from checkstand.infra.db import Instant, Json, metadata
from checkstand.infra.ops import Insert, Op, Update, Upsert
from checkstand.kernel import CheckstandError, Kind

LIMIT = 1000
SIMULATOR_PREFIX = "sim_"

channel_account = Table(
    "channel_account",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("channel_account_id", String(40), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("status", String(10), nullable=False),  # active | disabled
    Column("base_url", Text),  # null: the manifest's endpoint in live mode, the simulator in test mode
    Column("merchant_ref", String(64), nullable=False),  # the merchant number at the channel
    Column("credential_version", Integer, nullable=False),  # what new attempts are pinned to
    Column("cost_ppm", Integer, nullable=False),  # what the channel keeps by contract, parts per million
    Column("created_at", Instant, nullable=False),
    CheckConstraint("cost_ppm BETWEEN 0 AND 1000000", name="cost_ppm"),
    CheckConstraint("mode IN ('test', 'live')", name="mode"),
    CheckConstraint("status IN ('active', 'disabled')", name="status"),
    Index("ix_channel_account_merchant", "channel", "merchant_ref"),
)

channel_credential = Table(
    "channel_credential",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("channel_account_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("secret", Text, nullable=False),  # vault.py
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),  # from then on not even notifications are read with it
    ForeignKeyConstraint(
        ["tenant_id", "channel_account_id"], ["channel_account.tenant_id", "channel_account.channel_account_id"]
    ),
)

channel_switch = Table(
    "channel_switch",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("method", String(32), primary_key=True),  # a method type; empty: all methods of the channel
    Column("message", Json, nullable=False),  # locale → what shoppers read
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),  # a switch always ends by itself
)


class CredentialsInvalid(CheckstandError):
    code = "channel.credentials_invalid"
    message = "These credentials do not fit the channel."
    remedy = "Fill in every required field of the channel's credential list, and nothing else."


class NoSuchAccount(CheckstandError):
    code = "channel.account_not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such channel account."
    remedy = "List the channel accounts of this business unit."


# ── writes, as operations for the poster ────────────────────────────────────────────────────────


def create_account(
    manifest: Manifest,
    vault: Vault,
    *,
    tenant_id: str,
    channel_account_id: str,
    mode: str,
    credentials: Mapping[str, str],
    at: datetime,
    base_url: str | None = None,
    cost_ppm: int = 0,
) -> list[Op]:
    """A new account with version 1 of its credentials, checked against the manifest."""
    check_credentials(manifest, credentials, mode)
    account = {
        "tenant_id": tenant_id,
        "channel_account_id": channel_account_id,
        "channel": manifest.name,
        "mode": mode,
        "status": "active",
        "base_url": base_url,
        "merchant_ref": manifest.payee_of(credentials) or "",
        "credential_version": 1,
        "cost_ppm": cost_ppm,
        "created_at": at,
    }
    return [Insert(channel_account, account), _credential(vault, tenant_id, channel_account_id, 1, credentials, at)]


def rotate_credentials(
    manifest: Manifest, vault: Vault, account: Row[Any], credentials: Mapping[str, str], at: datetime
) -> list[Op]:
    """New credentials for new attempts. Older versions keep serving the attempts pinned to them."""
    check_credentials(manifest, credentials, account.mode)
    if (manifest.payee_of(credentials) or "") != account.merchant_ref:
        raise CredentialsInvalid(
            "rotation cannot change the merchant number; create a new account for another merchant",
            pointer=manifest.merchant_ref,
        )
    version = account.credential_version + 1
    key = {"tenant_id": account.tenant_id, "channel_account_id": account.channel_account_id}
    guard = {"credential_version": account.credential_version}
    return [
        Update(channel_account, key, {"credential_version": version}, guard=guard),
        _credential(vault, account.tenant_id, account.channel_account_id, version, credentials, at),
    ]


def retire_credentials(account: Row[Any], version: int, at: datetime) -> list[Op]:
    """Stop using an old version for good; the current one cannot be retired."""
    if version >= account.credential_version:
        raise CredentialsInvalid("the current version cannot be retired; rotate first")
    key = {"tenant_id": account.tenant_id, "channel_account_id": account.channel_account_id, "version": version}
    return [Update(channel_credential, key, {"retired_at": at})]


def switch_off(
    *, tenant_id: str, channel: str, method: str, message: Mapping[str, str], at: datetime, until: datetime
) -> Op:
    """Hide a channel (or one of its methods) until then; open attempts are not touched."""
    return Upsert(
        channel_switch,
        {
            "tenant_id": tenant_id,
            "channel": channel,
            "method": method,
            "message": dict(message),
            "created_at": at,
            "expires_at": until,
        },
    )


def switch_on(switch: Row[Any], at: datetime) -> Op:
    """End a switch now; refused when somebody has changed its end meanwhile."""
    key = {"tenant_id": switch.tenant_id, "channel": switch.channel, "method": switch.method}
    return Update(channel_switch, key, {"expires_at": at}, guard={"expires_at": switch.expires_at})


def check_credentials(manifest: Manifest, credentials: Mapping[str, str], mode: str) -> None:
    """Refuse missing, unknown and, in live mode, simulator values; one message per field."""
    fields = {field.name: field for field in manifest.credentials}
    problems = [f"{name}: unknown credential" for name in credentials if name not in fields]
    problems += [f"{name}: required" for name, field in fields.items() if field.required and not credentials.get(name)]
    if mode == "live":
        problems += [f"{name}: for test mode only" for name in credentials if name.startswith(SIMULATOR_PREFIX)]
    if problems:
        raise CredentialsInvalid("; ".join(problems))


def _credential(
    vault: Vault, tenant_id: str, account_id: str, version: int, values: Mapping[str, str], at: datetime
) -> Insert:
    sealed = vault.seal(values, tenant_id=tenant_id, account_id=account_id, version=version)
    row = {"tenant_id": tenant_id, "channel_account_id": account_id, "version": version, "secret": sealed}
    return Insert(channel_credential, {**row, "created_at": at, "retired_at": None})


# ── reads ───────────────────────────────────────────────────────────────────────────────────────


def account_row(connection: Connection, tenant_id: str, channel_account_id: str) -> Row[Any]:
    query = select(channel_account).where(
        channel_account.c.tenant_id == tenant_id, channel_account.c.channel_account_id == channel_account_id
    )
    row = connection.execute(query).first()
    if row is None:
        raise NoSuchAccount(f"no channel account {channel_account_id!r}")
    return row


def account_anywhere(connection: Connection, channel: str, channel_account_id: str) -> Row[Any]:
    """The account a notification's address names; its id is unguessable, its tenant follows from it."""
    query = select(channel_account).where(
        channel_account.c.channel == channel, channel_account.c.channel_account_id == channel_account_id
    )
    row = connection.execute(query).first()
    if row is None:
        raise NoSuchAccount(f"no {channel} account {channel_account_id!r}")
    return row


_ACTIVE = (
    select(channel_account)
    .where(
        channel_account.c.tenant_id == bindparam("tenant_id"),
        channel_account.c.mode == bindparam("mode"),
        channel_account.c.status == "active",
    )
    .order_by(channel_account.c.created_at, channel_account.c.channel_account_id)
    .limit(LIMIT)
)
_OPEN_SWITCHES = (
    select(channel_switch)
    .where(channel_switch.c.tenant_id == bindparam("tenant_id"), channel_switch.c.expires_at > bindparam("now"))
    .order_by(channel_switch.c.channel, channel_switch.c.method)
    .limit(LIMIT)
)


def active_accounts(connection: Connection, tenant_id: str, mode: str) -> Sequence[Row[Any]]:
    """Every account that may take new attempts, oldest first."""
    return connection.execute(_ACTIVE, {"tenant_id": tenant_id, "mode": mode}).all()


def merchant_accounts(connection: Connection, channel: str, merchant_ref: str) -> Sequence[Row[Any]]:
    """The test accounts of one merchant number over all tenants; only the simulators ask this."""
    query = (
        select(channel_account)
        .where(
            channel_account.c.channel == channel,
            channel_account.c.merchant_ref == merchant_ref,
            channel_account.c.mode == "test",
        )
        .order_by(channel_account.c.created_at.desc(), channel_account.c.channel_account_id)
        .limit(LIMIT)
    )
    return connection.execute(query).all()


def credential_rows(connection: Connection, tenant_id: str, channel_account_id: str) -> Sequence[Row[Any]]:
    """Every version that is not retired, newest first."""
    query = (
        select(channel_credential)
        .where(
            channel_credential.c.tenant_id == tenant_id,
            channel_credential.c.channel_account_id == channel_account_id,
            channel_credential.c.retired_at.is_(None),
        )
        .order_by(channel_credential.c.version.desc())
        .limit(LIMIT)
    )
    return connection.execute(query).all()


def credential_row(connection: Connection, tenant_id: str, channel_account_id: str, version: int) -> Row[Any]:
    """One version, retired or not: a query about an old attempt still needs the keys it was made with."""
    query = select(channel_credential).where(
        channel_credential.c.tenant_id == tenant_id,
        channel_credential.c.channel_account_id == channel_account_id,
        channel_credential.c.version == version,
    )
    row = connection.execute(query).first()
    if row is None:
        raise NoSuchAccount(f"channel account {channel_account_id!r} has no credential version {version}")
    return row


def open_switches(connection: Connection, tenant_id: str, now: datetime) -> Sequence[Row[Any]]:
    """The kill switches in force; an expired one needs no cleaning up to stop working."""
    return connection.execute(_OPEN_SWITCHES, {"tenant_id": tenant_id, "now": now}).all()
