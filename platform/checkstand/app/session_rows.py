"""The rows of a new checkout: order, transaction and session, pinned to a version and to experiment arms."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.clearing_rule import pinned_rule
from checkstand.app.experiments.assign_session import assign_session
from checkstand.app.members.payee import payee_of
from checkstand.app.platform import Platform
from checkstand.cashier.store import cashier_session
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Insert, Op
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import new_id, new_token
from checkstand.order import business_order
from checkstand.rule import DEFAULTS
from checkstand.scenario import with_variations
from checkstand.scenario.plan import Plan
from checkstand.transaction import transaction

# Variables that belong to a moment or a method, not to a session; the cashier adds them per decision.
MOMENTARY: Final = frozenset(("hour", "method"))
SessionRow = Row[Any] | SimpleNamespace  # as read, or as just written


@dataclass(frozen=True, slots=True)
class CreateSession:
    """What the API was told, already of the right types."""

    tenant_id: str
    mode: str
    scenario: str
    order_no: str
    amount_minor: int
    currency: str
    title: str
    terminal: str
    category: str = ""
    lines: Sequence[Mapping[str, Any]] = ()
    shopper: Mapping[str, Any] = field(default_factory=dict)
    device_id: str | None = None
    webview: str | None = None
    locale: str | None = None
    return_url: str | None = None
    payee: str | None = None  # the enterprise member that sells; none: the business unit itself
    metadata: Mapping[str, str] = field(default_factory=dict)
    experiments: Mapping[str, str] = field(default_factory=dict)  # test mode: arms that a tester asks for


def session_writes(platform: Platform, plan: Plan, command: CreateSession) -> tuple[SessionRow, WriteSet]:
    now = platform.clock.now()
    order_id, session_id, transaction_id = new_id("ord"), new_id("cs"), new_id("txn")
    context = session_context(command)
    device = units_of(context, session_id, command.device_id)["device"]
    assigned = assign_session(
        platform, plan, command.tenant_id, command.mode, context,
        session_id=session_id, device_id=command.device_id, device=device, forced=command.experiments,
    )  # fmt: skip
    plan = with_variations(plan, assigned.arms) if assigned.arms else plan
    expires_at = now + timedelta(seconds=plan.timeouts.session_s)
    payee = payee_of(
        platform, plan, tenant_id=command.tenant_id, mode=command.mode,
        payee=command.payee, shopper_id=command.shopper.get("id"),
    )  # fmt: skip
    clearing = None
    if plan.mode != "recharge":
        clearing = pinned_rule(platform, plan, command.tenant_id, command.mode, payee.owner_id, command.amount_minor)
    locale = _locale(plan, command.locale)
    common = {"tenant_id": command.tenant_id, "mode": command.mode, "order_id": order_id}
    amount = {"amount_minor": command.amount_minor, "currency": command.currency}
    order_row = {
        **common,
        **amount,
        "order_no": command.order_no,
        "title": command.title,
        "category": command.category,
        "lines": [dict(line) for line in command.lines],
        "status": "CREATED",
        "version": 1,
        "refunded_minor": 0,
        "expires_at": expires_at,
        "paid_at": None,
        "closed_at": None,
        "created_at": now,
    }
    transaction_row = {
        **amount,
        "tenant_id": command.tenant_id,
        "transaction_id": transaction_id,
        "order_id": order_id,
        "kind": "recharge" if plan.mode == "recharge" else "pay",
        "flow": plan.flow,
        "payee": payee.owner_id,
        "fee_rate_ppm": plan.fee.rate_ppm,
        "fee_min_minor": plan.fee.min_minor,
        "clearing": clearing,
        "late_success": plan.late_success,
        "status": "WAIT_PAY",
        "version": 1,
        "terms": dict(plan.terms) or None,
        "created_at": now,
    }
    session_row = {
        **common,
        **amount,
        "session_id": session_id,
        "transaction_id": transaction_id,
        "token": new_token(),
        "scenario_id": plan.scenario_id,
        "scenario_version": plan.content_hash,
        "assignments": dict(assigned.arms),
        "units": dict(assigned.units),
        "context": context,
        "terminal": command.terminal,
        "form": plan.form.for_terminal(command.terminal),
        "locale": locale,
        "return_url": command.return_url or _return_url(plan, command),
        "metadata": dict(command.metadata),
        "status": "open",
        "version": 1,
        "challenged": False,
        "viewed_at": None,
        "expires_at": expires_at,
        "created_at": now,
        "payee_id": command.payee,
    }
    ops: list[Op] = [
        *payee.ops,
        *assigned.ops,
        Insert(business_order, order_row),
        Insert(transaction, transaction_row),
        Insert(cashier_session, session_row),
        state_event_op(command.tenant_id, "order", order_id, None, "create", "CREATED", now),
        state_event_op(command.tenant_id, "transaction", transaction_id, None, "create", "WAIT_PAY", now),
        job_op(command.tenant_id, "order.expire", order_id, {"order_id": order_id}, due_at=expires_at, now=now),
    ]
    return SimpleNamespace(**session_row), WriteSet(ops=ops)


def units_of(context: Mapping[str, Any], session_id: str, device_id: str | None = None) -> dict[str, str]:
    """What experiments are assigned by. A visit whose device the shop does not know is a device of its own."""
    device = device_id or hashlib.blake2b(session_id.encode(), digest_size=8).hexdigest()
    return {"shopper": context["shopper.id"], "device": device, "session": session_id}


def session_context(command: CreateSession) -> dict[str, Any]:
    """The CEL variables that stay the same for the whole session; method and hour are added per decision."""
    context = {name: value for name, value in DEFAULTS.items() if name not in MOMENTARY}
    context |= {f"shopper.{name}": value for name, value in command.shopper.items() if value is not None}
    context |= {
        "amount": command.amount_minor,
        "currency": command.currency,
        "terminal": command.terminal,
        "order.category": command.category,
    }
    if command.webview:
        context["device.webview"] = command.webview
    return context


def _locale(plan: Plan, wanted: str | None) -> str:
    """The wanted locale, else one of the same language, else the scenario's default."""
    if wanted in plan.locales:
        return wanted
    language = (wanted or "").partition("-")[0].lower()
    return next(
        (locale for locale in plan.locales if locale.partition("-")[0].lower() == language), plan.default_locale
    )


def _return_url(plan: Plan, command: CreateSession) -> str | None:
    return plan.return_url.replace("{order_no}", command.order_no) if plan.return_url else None
