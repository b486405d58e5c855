"""What happened since midnight: payments begun, the share that was paid, money in and money back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select

from checkstand.app.platform import Platform
from checkstand.payment import payment

PAID: Final = "SUCCEEDED"
OVER: Final = ("SUCCEEDED", "FAILED", "CLOSED")


@dataclass(frozen=True, slots=True)
class Figures:
    """One currency's day. Those still under way count for neither side of the share."""

    currency: str
    payments: int
    over: int
    paid: int
    paid_minor: int
    refunded: int
    refunded_minor: int

    @property
    def paid_percent(self) -> int | None:
        return round(100 * self.paid / self.over) if self.over else None


def todays_figures(platform: Platform, tenant_id: str, mode: str, zone: ZoneInfo) -> tuple[datetime, list[Figures]]:
    """When the day began in this time zone, and its payments by currency."""
    midnight = platform.clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    t = payment
    paid, refunded = t.c.status == PAID, t.c.refund_reserved_minor > 0
    query = (
        select(
            t.c.currency,
            func.count().label("payments"),
            func.sum(case((t.c.status.in_(OVER), 1), else_=0)).label("over"),
            func.sum(case((paid, 1), else_=0)).label("paid"),
            func.sum(case((paid, t.c.captured_minor), else_=0)).label("paid_minor"),
            func.sum(case((refunded, 1), else_=0)).label("refunded"),
            func.sum(t.c.refund_reserved_minor).label("refunded_minor"),
        )
        .where(t.c.tenant_id == tenant_id, t.c.mode == mode, t.c.created_at >= midnight)
        .group_by(t.c.currency)
        .order_by(t.c.currency)
    )
    with platform.db.read() as connection:
        rows = connection.execute(query).all()
    return midnight, [Figures(row.currency, *(int(value) for value in row[1:])) for row in rows]
