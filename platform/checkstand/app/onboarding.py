"""How far a business unit has come on its way to live: computed from what is there, never ticked off by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, select

from checkstand.app.live_checks import Check, live_checks
from checkstand.app.platform import Platform
from checkstand.app.preview_page import Preview
from checkstand.cashier.store import cashier_session
from checkstand.infra.webhooks import endpoints
from checkstand.infra.webhooks.store import webhook_delivery
from checkstand.payment import payment
from checkstand.scenario.draft import list_drafts
from checkstand.scenario.live_request import live_request
from checkstand.scenario.store import VersionUnusable, list_published, read_version

# Task → the tasks without which it makes no sense to begin.
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "unit": (),
    "template": (),
    "publish": ("template",),
    "try": ("publish",),
    "webhook": (),
    "checks": ("try",),
    "request": ("webhook", "checks"),
    "approved": ("request",),
}
State = Literal["done", "next", "blocked"]


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the list. `waits_for` says why it is blocked, `failing` which checks are not passed yet."""

    name: str
    state: State
    waits_for: tuple[str, ...] = ()
    scenario_id: str = ""
    failing: tuple[str, ...] = ()


def onboarding(platform: Platform, preview: Preview, tenant_id: str) -> tuple[Task, ...]:
    """The tasks in their order. Both modes are one way, so the list is the same in test and live."""
    with platform.db.read() as connection:
        live = list_published(connection, tenant_id, "live", limit=1)
        tried = _tried(connection, tenant_id)
        scenario = live[0] if live else _furthest(connection, tenant_id)
        requested = _requested(connection, tenant_id)
        done = {
            "unit": True,
            "template": scenario is not None or bool(list_drafts(connection, tenant_id)),
            "publish": scenario is not None,
            "try": tried,
            "webhook": _webhook_heard(connection, tenant_id),
        }
        version = _version(connection, tenant_id, scenario.content_hash) if scenario is not None else None
    failing = _failing(live_checks(platform, preview, tenant_id, version)) if version is not None and not live else ()
    done["checks"] = bool(live) or (version is not None and not failing)
    done["request"] = bool(live) or requested
    done["approved"] = bool(live)
    scenario_id = scenario.scenario_id if scenario is not None else ""
    return tuple(_task(name, done, scenario_id, failing) for name in NEEDS)


def _version(connection: Connection, tenant_id: str, content_hash: str) -> Row[Any] | None:
    """The version; a damaged one is not there, and the log has said so."""
    try:
        return read_version(connection, tenant_id, content_hash)
    except VersionUnusable:
        return None


def _task(name: str, done: Mapping[str, bool], scenario_id: str, failing: tuple[str, ...]) -> Task:
    waits_for = () if done[name] else tuple(need for need in NEEDS[name] if not done[need])
    state: State = "done" if done[name] else "blocked" if waits_for else "next"
    return Task(name, state, waits_for, scenario_id, failing if name == "checks" else ())


def _failing(checks: Iterable[Check]) -> tuple[str, ...]:
    return tuple(check.name for check in checks if not check.passed)


def _furthest(connection: Connection, tenant_id: str) -> Row[Any] | None:
    """Of what is published to test: what live was asked for last, else what was paid last, else the newest."""
    published = {row.scenario_id: row for row in list_published(connection, tenant_id, "test")}
    asked = select(live_request.c.scenario_id).where(live_request.c.tenant_id == tenant_id)
    asked = asked.order_by(live_request.c.request_id.desc()).limit(1)
    same = (cashier_session.c.tenant_id == payment.c.tenant_id, cashier_session.c.session_id == payment.c.session_id)
    paid = select(cashier_session.c.scenario_id).join(payment, and_(*same)).where(*_paid_in_test(tenant_id))
    paid = paid.order_by(payment.c.created_at.desc()).limit(1)
    for query in (asked, paid):
        row = published.get(connection.execute(query).scalar_one_or_none() or "")
        if row is not None:
            return row
    return max(published.values(), key=lambda row: row.published_at, default=None)


def _requested(connection: Connection, tenant_id: str) -> bool:
    t = live_request
    query = select(t.c.request_id).where(t.c.tenant_id == tenant_id, t.c.state.in_(("requested", "approved")))
    return connection.execute(query.limit(1)).first() is not None


def _tried(connection: Connection, tenant_id: str) -> bool:
    query = select(payment.c.payment_id).where(*_paid_in_test(tenant_id)).limit(1)
    return connection.execute(query).first() is not None


def _paid_in_test(tenant_id: str) -> tuple[ColumnElement[bool], ...]:
    return (payment.c.tenant_id == tenant_id, payment.c.mode == "test", payment.c.status == "SUCCEEDED")


def _webhook_heard(connection: Connection, tenant_id: str) -> bool:
    """An endpoint that still stands has answered a message."""
    ids = [end.endpoint_id for end in endpoints(connection, tenant_id, "test") if end.status != "disabled"]
    t = webhook_delivery
    query = select(t.c.delivery_id).where(
        t.c.tenant_id == tenant_id, t.c.endpoint_id.in_(ids), t.c.state == "delivered"
    )
    return bool(ids) and connection.execute(query.limit(1)).first() is not None
