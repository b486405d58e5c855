"""Whether this installation is well: the database answers, and every published version can be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from checkstand.app.platform import Platform
from checkstand.member import tenant
from checkstand.scenario.store import VersionUnusable, list_published

MODES: Final = ("test", "live")
PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Unusable:
    """A published version that cannot be loaded."""

    tenant_id: str
    mode: str
    scenario_id: str
    version: str
    why: str
    served: str | None  # the older version that new sessions get instead; None: they are refused


def unusable_versions(platform: Platform) -> Iterator[Unusable]:
    """Load every published version of every business unit; what cannot be loaded, and what stands in for it."""
    with platform.db.read() as connection:
        tenants = list(connection.execute(select(tenant.c.tenant_id).order_by(tenant.c.tenant_id)).scalars())
    for tenant_id in tenants:
        for mode in MODES:
            yield from _of_unit(platform, tenant_id, mode)


def _of_unit(platform: Platform, tenant_id: str, mode: str) -> Iterator[Unusable]:
    after = ""
    while True:
        with platform.db.read() as connection:
            rows = list_published(connection, tenant_id, mode, after=after, limit=PAGE)
        for row in rows:
            try:
                platform.plans.get(tenant_id, row.content_hash)
            except VersionUnusable as error:
                served = _stand_in(platform, tenant_id, row.scenario_id, mode)
                yield Unusable(tenant_id, mode, row.scenario_id, row.content_hash, error.detail, served)
        if len(rows) < PAGE:
            return
        after = rows[-1].scenario_id


def _stand_in(platform: Platform, tenant_id: str, scenario_id: str, mode: str) -> str | None:
    try:
        plan = platform.plans.published(tenant_id, scenario_id, mode)
    except VersionUnusable:
        return None
    return plan.content_hash if plan is not None else None
