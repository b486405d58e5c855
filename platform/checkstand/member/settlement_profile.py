"""How a payee is settled: how often, to where, and what is kept back. A payee without a profile has the defaults."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, CheckConstraint, Column, Connection, Integer, String, Table, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert, Update

CYCLE: Final = re.compile(r"T\+(\d|[12]\d|30)")  # T+0 … T+30: working days after the day of the sale
DESTINATIONS: Final = ("wallet", "bank")

settlement_profile = Table(
    "settlement_profile",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("mode", String(4), primary_key=True),
    Column("owner_id", String(80), primary_key=True),  # the payee: an enterprise member, or `lantern/live`
    Column("cycle", String(5), nullable=False),
    Column("destination", String(6), nullable=False),  # bank | wallet (the available balance, 2103)
    Column("card_id", String(40)),  # of the payee; for destination bank
    Column("min_minor", BigInteger, nullable=False),  # less than this is carried to the next cycle
    Column("reserve_ppm", Integer, nullable=False),  # the share that goes to the rolling reserve (2104) …
    Column("reserve_days", Integer, nullable=False),  # … and for how many days
    Column("auto_approve_minor", BigInteger, nullable=False),  # a batch above this needs two people
    Column("credit_limit_minor", BigInteger, nullable=False, server_default="0"),  # how much refunds may leave it owing
    Column("updated_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("credit_limit_minor >= 0", name="credit"),
    CheckConstraint("destination <> 'bank' OR card_id IS NOT NULL", name="bank_has_card"),
    CheckConstraint("reserve_ppm BETWEEN 0 AND 1000000", name="reserve_share"),
    CheckConstraint("min_minor >= 0 AND reserve_days >= 0 AND auto_approve_minor >= 0", name="not_negative"),
)


class Profile(NamedTuple):
    """`version` is 0 until somebody has saved one."""

    tenant_id: str
    mode: str
    owner_id: str
    cycle: str = "T+1"
    destination: str = "wallet"
    card_id: str | None = None
    min_minor: int = 0
    reserve_ppm: int = 0
    reserve_days: int = 0
    auto_approve_minor: int = 0  # every batch is approved by two people
    credit_limit_minor: int = 0
    updated_at: datetime | None = None
    version: int = 0

    @property
    def cycle_days(self) -> int:
        return int(self.cycle.removeprefix("T+"))


def get_profile(connection: Connection, tenant_id: str, mode: str, owner_id: str) -> Profile:
    """What was saved for this payee, or the defaults."""
    t = settlement_profile
    query = select(*(t.c[name] for name in Profile._fields)).where(
        t.c.tenant_id == tenant_id, t.c.mode == mode, t.c.owner_id == owner_id
    )
    row = connection.execute(query).one_or_none()
    return Profile(tenant_id, mode, owner_id) if row is None else Profile._make(row)


def profile_op(profile: Profile, now: datetime) -> Insert | Update:
    """Save it; refused (`EdgeRefused`, `RowExists`) when somebody has saved since `profile.version` was read."""
    values: dict[str, Any] = {**profile._asdict(), "updated_at": now, "version": profile.version + 1}
    if profile.version == 0:
        return Insert(settlement_profile, values)
    key = {name: values.pop(name) for name in ("tenant_id", "mode", "owner_id")}
    return Update(settlement_profile, key, values, guard={"version": profile.version})
