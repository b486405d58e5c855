"""What a business unit sets for itself; a unit that has set nothing has the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, String, Table, select

from checkstand.infra.db import Json, metadata
from checkstand.infra.ops import Insert, Update

TIME_ZONE: Final = "Asia/Shanghai"

unit_settings = Table(
    "unit_settings",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("time_zone", String(60), nullable=False),
    Column("contacts", Json, nullable=False),  # e-mail addresses that the platform's operators write to
    Column("retention", Json),  # kind → days, of what was chosen; the rest follows the platform
    Column("withdrawals", Json),  # fees and the limit of approval (settlement/withdrawal_rules.py); null: the defaults
    Column("revision", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class UnitSettings:
    """`revision` is 0 until something is saved."""

    time_zone: str = TIME_ZONE
    contacts: tuple[str, ...] = ()
    retention: Mapping[str, int] = field(default_factory=dict)
    revision: int = 0
    withdrawals: Mapping[str, int] = field(default_factory=dict)


def settings_of(connection: Connection, tenant_id: str) -> UnitSettings:
    t = unit_settings
    row = connection.execute(select(t).where(t.c.tenant_id == tenant_id)).one_or_none()
    if row is None:
        return UnitSettings()
    return UnitSettings(row.time_zone, tuple(row.contacts), row.retention or {}, row.revision, row.withdrawals or {})


def settings_op(tenant_id: str, values: Mapping[str, Any], revision: int) -> Insert | Update:
    """Write them; refused when somebody has saved since `revision` was read."""
    key = {"tenant_id": tenant_id}
    if revision == 0:
        return Insert(unit_settings, {**key, **values, "revision": 1})
    return Update(unit_settings, key, {**values, "revision": revision + 1}, guard={"revision": revision})
