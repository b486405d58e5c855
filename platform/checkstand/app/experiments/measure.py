"""What happened to everybody who was exposed: one grouped query over the rows that payments and pages left.

A unit (shopper, device or session, as the experiment says) counts once, however many sessions it had. Units that
were in two arms are told apart and counted in neither. Sums are made in the database, in floating point, because the
square of a revenue does not fit into an integer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CTE, JSON, ColumnElement, Connection, Float, and_, case, cast, exists, func, literal, select

from checkstand.cashier.store import cashier_session
from checkstand.experiment import experiment_exposure
from checkstand.infra.state_event import state_event
from checkstand.payment.store import attempt, payment

BEFORE: Final = timedelta(days=28)  # how far CUPED looks back
MULTIPLE: Final = ""  # stands for the arm of units that were in several

# What a unit is measured by, and which of them are multiplied for ratios and covariances.
NUMBERS: Final = (
    "bought", "revenue", "sessions", "started", "paid", "payments", "unknown", "failed", "succeeded", "refunded",
    "left", "seconds", "before",
)  # fmt: skip
PRODUCTS: Final = (
    ("paid", "started"), ("seconds", "paid"), ("unknown", "payments"), ("failed", "payments"),
    ("refunded", "succeeded"), ("left", "sessions"), ("bought", "before"), ("revenue", "before"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Which:
    """One experiment of one scenario, in one mode of one business unit."""

    tenant_id: str
    mode: str
    scenario_id: str
    experiment_id: str


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one arm: units, sums and sums of squares by number, and sums of products."""

    units: int
    total: Mapping[str, float]
    squares: Mapping[str, float]
    products: Mapping[tuple[str, str], float]


def measure(c: Connection, which: Which, *, first_at: datetime, look_back: bool) -> dict[str, Sums]:
    """Sums by arm; `MULTIPLE` for the units in several. `look_back` adds what shoppers had paid before."""
    units = _units(c, which, first_at if look_back else None)
    number = {name: cast(func.coalesce(units.c[name], 0), Float) for name in NUMBERS}
    columns: list[ColumnElement[Any]] = [units.c.arm, func.count().label("units")]
    columns += [func.sum(value).label(name) for name, value in number.items()]
    columns += [func.sum(value * value).label(f"{name}_2") for name, value in number.items()]
    columns += [func.sum(number[a] * number[b]).label(f"{a}_x_{b}") for a, b in PRODUCTS]
    rows = c.execute(select(*columns).group_by(units.c.arm))
    return {row.arm: _sums(row._mapping) for row in rows}


def measure_render(c: Connection, which: Which) -> dict[str, dict[float, int]]:
    """How many units of each arm had a page of so many milliseconds, on average over the unit's sessions."""
    units = _units(c, which, None)
    took = func.round(units.c.render_ms)
    query = select(units.c.arm, took.label("took"), func.count().label("units"))
    rows = c.execute(query.where(units.c.render_ms.is_not(None)).group_by(units.c.arm, took))
    found: dict[str, dict[float, int]] = {}
    for row in rows:
        found.setdefault(row.arm, {})[float(row.took)] = int(row.units)
    return found


def _units(c: Connection, which: Which, back_from: datetime | None) -> CTE:
    """One row per unit with its sums over its sessions."""
    visits = _visits(c, which)
    columns = [
        visits.c.unit,
        case((func.count(visits.c.variation.distinct()) > 1, MULTIPLE), else_=func.min(visits.c.variation)).label(
            "arm"
        ),
        func.count().label("sessions"),
        func.max(visits.c.paid).label("bought"),
        func.sum(case((visits.c.payments > 0, 1), else_=0)).label("started"),
        func.avg(visits.c.render_ms).label("render_ms"),
        *(
            func.sum(visits.c[name]).label(name)
            for name in NUMBERS
            if name not in ("bought", "sessions", "started", "before")
        ),
    ]
    if back_from is None:
        return select(*columns, literal(0).label("before")).group_by(visits.c.unit).cte("units")
    before = _before(c, which, back_from)
    joined = visits.outerjoin(before, visits.c.shopper == before.c.shopper)
    bought = func.max(before.c.bought).label("before")
    return select(*columns, bought).select_from(joined).group_by(visits.c.unit).cte("units")


def _visits(c: Connection, which: Which) -> CTE:
    """One row per session that saw the experiment."""
    e, s, p = experiment_exposure, cashier_session, payment
    succeeded = p.c.status == "SUCCEEDED"
    joined = e.join(s, and_(s.c.tenant_id == e.c.tenant_id, s.c.session_id == e.c.session_id)).outerjoin(
        p, and_(p.c.tenant_id == s.c.tenant_id, p.c.order_id == s.c.order_id)
    )
    paid_at = func.min(case((succeeded, p.c.paid_at)))
    columns = [
        func.coalesce(func.nullif(e.c.unit_id, ""), e.c.session_id).label("unit"),
        e.c.variation_id.label("variation"),
        e.c.render_ms,
        _shopper(c).label("shopper"),
        func.count(p.c.payment_id).label("payments"),
        func.max(case((succeeded, 1), else_=0)).label("paid"),
        func.sum(case((succeeded, 1), else_=0)).label("succeeded"),
        func.sum(case((p.c.status == "FAILED", 1), else_=0)).label("failed"),
        func.sum(case((_was_unknown(), 1), else_=0)).label("unknown"),
        func.sum(case((and_(succeeded, p.c.refunded_minor > 0), 1), else_=0)).label("refunded"),
        func.sum(case((succeeded, p.c.captured_minor - p.c.refunded_minor), else_=0)).label("revenue"),
        case((and_(s.c.status == "expired", func.count(p.c.payment_id) == 0), 1), else_=0).label("left"),
        func.coalesce(_seconds(c, e.c.exposed_at, paid_at), 0).label("seconds"),
    ]
    mine = (
        e.c.tenant_id == which.tenant_id,
        e.c.scenario_id == which.scenario_id,
        e.c.experiment_id == which.experiment_id,
        e.c.mode == which.mode,
    )
    keys = (e.c.session_id, e.c.unit_id, e.c.variation_id, e.c.render_ms, e.c.exposed_at, s.c.status, s.c.context)
    return select(*columns).select_from(joined).where(*mine).group_by(*keys).cte("visits")


def _before(c: Connection, which: Which, first_at: datetime) -> CTE:
    """How many payments each shopper had made in the weeks before anybody saw the experiment."""
    s, p = cashier_session, payment
    joined = p.join(s, and_(s.c.tenant_id == p.c.tenant_id, s.c.session_id == p.c.session_id))
    mine = (
        p.c.tenant_id == which.tenant_id,
        p.c.mode == which.mode,
        p.c.created_at >= first_at - BEFORE,
        p.c.created_at < first_at,
        p.c.status == "SUCCEEDED",
    )
    paid = select(_shopper(c).label("shopper")).select_from(joined).where(*mine).cte("paid")
    query = select(paid.c.shopper, func.count().label("bought")).where(paid.c.shopper.is_not(None))
    return query.group_by(paid.c.shopper).cte("before")


def _was_unknown() -> ColumnElement[bool]:
    """The outcome of this payment was unknown at some time, whatever became of it."""
    same = and_(state_event.c.tenant_id == attempt.c.tenant_id, state_event.c.object_id == attempt.c.attempt_id)
    found = select(attempt.c.attempt_id).join(state_event, same).where(state_event.c.target == "UNKNOWN")
    mine = and_(attempt.c.tenant_id == payment.c.tenant_id, attempt.c.payment_id == payment.c.payment_id)
    return exists(found.where(mine).correlate(payment))


def _shopper(c: Connection) -> ColumnElement[Any]:
    """The shopper of a session, or null."""
    context = cashier_session.c.context
    if c.dialect.name == "sqlite":
        return func.nullif(func.json_extract(context, '$."shopper.id"'), "")
    return func.nullif(func.json_extract_path_text(cast(context, JSON), "shopper.id"), "")


def _seconds(c: Connection, since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[Any]:
    if c.dialect.name == "sqlite":
        return (func.julianday(until) - func.julianday(since)) * 86_400
    return func.extract("epoch", until - since)


def _sums(row: Any) -> Sums:
    return Sums(
        units=int(row["units"]),
        total={name: float(row[name]) for name in NUMBERS},
        squares={name: float(row[f"{name}_2"]) for name in NUMBERS},
        products={(a, b): float(row[f"{a}_x_{b}"]) for a, b in PRODUCTS},
    )
