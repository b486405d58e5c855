"""The demo's administrator: runs the platform and owns the demo's business unit."""

from __future__ import annotations

import secrets
from typing import Final

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor, create_operator, password_is, reset_password
from checkstand.app.demo_seed import TENANT
from checkstand.app.platform import Platform
from checkstand.infra.ops import Insert
from checkstand.member import operators

ADMIN: Final = "admin@checkstand.example"


def seed_admin(platform: Platform, known: str) -> str:
    """The password that works: the one of last time, or a new one when that was lost or changed."""
    with platform.db.read() as connection:
        row = operators.operator_by_email(connection, ADMIN)
    if row is not None and known and password_is(platform, row.operator_id, known):
        return known
    password = secrets.token_urlsafe(12)
    if row is not None:
        reset_password(platform, Actor(row.operator_id, ADMIN, ""), password)
        return password
    _own(platform, Actor(create_operator(platform, ADMIN, "Ada", password, is_admin=True), ADMIN, ""))
    return password


def _own(platform: Platform, who: Actor) -> None:
    now = platform.clock.now()
    row = {"tenant_id": TENANT, "operator_id": who.operator_id, "role": "owner", "created_at": now, "ended_at": None}
    told = who.audit(TENANT, "people.join", "operator", who.operator_id, now, after={"role": "owner"})
    platform.poster.commit(WriteSet(ops=[Insert(operators.membership, row), told]))
