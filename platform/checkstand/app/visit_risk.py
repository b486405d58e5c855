"""How risky this visit is: velocity limits read from the attempts that were recorded, and recorded anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from checkstand.app.platform import Platform
from checkstand.cashier import SessionView
from checkstand.cashier.store import cashier_session
from checkstand.infra.ops import Op, Update
from checkstand.monitoring import event_op
from checkstand.risk import RiskVerdict, record_attempt, velocity_counts, velocity_verdict
from checkstand.scenario.plan import Plan


def visit_verdict(platform: Platform, connection: Connection, session: Row[Any], plan: Plan) -> RiskVerdict:
    """The velocity verdict about this session at this moment."""
    counts = velocity_counts(
        connection,
        plan.risk,
        session.context,
        tenant_id=session.tenant_id,
        mode=session.mode,
        now=platform.clock.now(),
    )
    return velocity_verdict(plan.risk, session.context, counts)


def risk_events(platform: Platform, view: SessionView) -> list[Op]:
    """The rows that make this attempt count for the next verdict."""
    return list(
        record_attempt(
            view.plan.risk,
            view.context,
            tenant_id=view.tenant_id,
            mode=view.mode,
            scenario_id=view.plan.scenario_id,
            session_id=view.session_id,
            at=platform.clock.now(),
        )
    )


def pass_challenge(view: SessionView) -> list[Op]:
    """The shopper has confirmed: this session is not challenged again."""
    if view.challenged:
        return []
    key = {"tenant_id": view.tenant_id, "session_id": view.session_id}
    props = {"passed": True}
    return [
        Update(cashier_session, key, {"challenged": True}),
        event_op("risk_challenge", view.tenant_id, view.mode, view.now, session_id=view.session_id, props=props),
    ]
