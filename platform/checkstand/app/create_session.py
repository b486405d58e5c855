"""A business unit asks for a checkout: order, transaction and session in one commit, pinned to a version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Row

from checkstand.accounting import RowExists, WriteSet
from checkstand.app.facts import instant, money
from checkstand.cashier.store import cashier_session, session_of_order
from checkstand.experiment import assign
from checkstand.infra.idempotency import IdempotencyKey
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Insert, Op
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import CheckstandError, Kind, new_id, new_token
from checkstand.member import find_member, member_op
from checkstand.order import business_order, find_order
from checkstand.rule import DEFAULTS, VARIABLES
from checkstand.scenario import with_variations
from checkstand.scenario.plan import Plan
from checkstand.transaction import transaction

if TYPE_CHECKING:
    from checkstand.app.platform import Platform


# Variables that belong to a moment or a method, not to a session; the cashier adds them per decision.
MOMENTARY: Final = frozenset(("hour", "method"))
_POINTERS: Final = {
    "amount": "/order/amount/minor",
    "currency": "/order/amount/currency",
    "order.category": "/order/category",
    "device.webview": "/webview",
}

SessionRow = Row[Any] | SimpleNamespace  # as read, or as just written


class ScenarioNotPublished(CheckstandError):
    code = "scenario.not_published"
    kind = Kind.NOT_FOUND
    message = "No version of this scenario is published."
    remedy = "Publish it with `checkstand apply`, or name another scenario."


class SessionRefused(CheckstandError):
    code = "session.refused"
    message = "This checkout cannot be created from the scenario."
    remedy = "Change the field that `pointer` names, or the scenario."


class OrderNumberTaken(CheckstandError):
    code = "order.number_taken"
    kind = Kind.MISMATCH
    message = "This order_no was used before for a different order."
    remedy = "Use a new order_no for a new order; repeat one only with exactly the same order."


class FundModeForbids(CheckstandError):
    code = "session.fund_mode_forbids"
    kind = Kind.FORBIDDEN
    message = "Keeping shoppers' balances needs a payment licence, and this installation runs in hosted fund mode."
    remedy = "Use a scenario without recharge, or have the operator set CHECKSTAND_FUND_MODE=custody."


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
    metadata: Mapping[str, str] = field(default_factory=dict)


def create_session(
    platform: Platform, command: CreateSession, *, idempotency: IdempotencyKey | None = None
) -> SessionRow:
    """Create the session, or tell the one that this order already has."""
    plan = platform.plans.published(command.tenant_id, command.scenario, command.mode)
    if plan is None:
        raise ScenarioNotPublished(
            f"scenario {command.scenario!r} has no published version in {command.mode} mode", pointer="/scenario"
        )
    _check(platform, plan, command)
    existing = _existing(platform, command)
    if existing is not None:
        return existing
    row, writes = _writes(platform, plan, command)
    if idempotency is not None:
        body = msgspec.json.encode(session_answer(platform, row, command.order_no))
        writes += WriteSet(ops=[idempotency.done_op(row.session_id, 201, body, platform.clock.now())])
    try:
        platform.poster.commit(writes)
    except RowExists:
        again = _existing(platform, command)
        if again is None:
            raise
        return again
    return row


def session_answer(platform: Platform, session: SessionRow, order_no: str) -> dict[str, Any]:
    """The public form of a session (design.md §6)."""
    expired = session.status == "open" and platform.clock.now() >= session.expires_at
    return {
        "id": session.session_id,
        "url": f"{platform.settings.base_url}/c/{session.token}",
        "status": "expired" if expired else session.status,
        "order_no": order_no,
        "amount": money(session.amount_minor, session.currency),
        "scenario": {"id": session.scenario_id, "version": session.scenario_version},
        "terminal": session.terminal,
        "locale": session.locale,
        "mode": session.mode,
        "metadata": session.metadata,
        "expires_at": instant(session.expires_at),
        "created_at": instant(session.created_at),
    }


def _check(platform: Platform, plan: Plan, command: CreateSession) -> None:
    if command.currency != plan.currency:
        raise SessionRefused(
            f"scenario {plan.scenario_id!r} takes {plan.currency}, not {command.currency}",
            pointer="/order/amount/currency",
        )
    if not plan.min_minor <= command.amount_minor <= plan.max_minor:
        raise SessionRefused(
            f"the amount must be from {plan.min_minor} to {plan.max_minor} minor units of {plan.currency}",
            pointer="/order/amount/minor",
        )
    if command.terminal not in plan.terminals:
        known = ", ".join(plan.terminals)
        raise SessionRefused(
            f"scenario {plan.scenario_id!r} serves {known}, not {command.terminal!r}", pointer="/terminal"
        )
    if command.return_url is not None and not _returnable(command.return_url, command.mode):
        raise SessionRefused("return_url must be an absolute https address (http in test mode)", pointer="/return_url")
    for name, value in _context(command).items():
        wrong = VARIABLES[name].refuses(value)
        if wrong:
            raise SessionRefused(f"{name}: {wrong}", pointer=_POINTERS.get(name, "/" + name.replace(".", "/")))
    if plan.mode == "recharge":
        if command.mode == "live" and platform.settings.fund_mode != "custody":
            raise FundModeForbids()
        if not command.shopper.get("id"):
            raise SessionRefused("a recharge needs shopper.id: the member whose balance grows", pointer="/shopper/id")


def _returnable(url: str, mode: str) -> bool:
    """Where a browser may be sent afterwards: a web address, never a script."""
    parts = urlsplit(url)
    return bool(parts.hostname) and parts.scheme in (("https",) if mode == "live" else ("https", "http"))


def _existing(platform: Platform, command: CreateSession) -> SessionRow | None:
    """The order number is the natural idempotency key: the same order again is the same checkout."""
    with platform.db.read() as connection:
        order = find_order(connection, command.tenant_id, command.mode, command.order_no)
        if order is None:
            return None
        session = session_of_order(connection, command.tenant_id, order.order_id)
    same = (order.amount_minor, order.currency, order.title) == (command.amount_minor, command.currency, command.title)
    if session is None or not same or session.scenario_id != command.scenario:
        raise OrderNumberTaken(pointer="/order/order_no")
    return session


def _writes(platform: Platform, plan: Plan, command: CreateSession) -> tuple[SessionRow, WriteSet]:
    now = platform.clock.now()
    order_id, session_id, transaction_id = new_id("ord"), new_id("cs"), new_id("txn")
    context = _context(command)
    device = command.device_id or hashlib.blake2b(session_id.encode(), digest_size=8).hexdigest()
    units = {"shopper": context["shopper.id"], "device": device, "session": session_id}
    assignments = assign(plan, context, units) if plan.experiments else {}
    plan = with_variations(plan, assignments) if assignments else plan
    expires_at = now + timedelta(seconds=plan.timeouts.session_s)
    payee, member_ops = _payee(platform, plan, command)
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
        "payee": payee,
        "fee_rate_ppm": plan.fee.rate_ppm,
        "fee_min_minor": plan.fee.min_minor,
        "late_success": plan.late_success,
        "status": "WAIT_PAY",
        "version": 1,
        "created_at": now,
    }
    session_row = {
        **common,
        **amount,
        "session_id": session_id,
        "token": new_token(),
        "scenario_id": plan.scenario_id,
        "scenario_version": plan.content_hash,
        "assignments": assignments,
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
    }
    ops: list[Op] = [
        *member_ops,
        Insert(business_order, order_row),
        Insert(transaction, transaction_row),
        Insert(cashier_session, session_row),
        state_event_op(command.tenant_id, "order", order_id, None, "create", "CREATED", now),
        state_event_op(command.tenant_id, "transaction", transaction_id, None, "create", "WAIT_PAY", now),
        job_op(command.tenant_id, "order.expire", order_id, {"order_id": order_id}, due_at=expires_at, now=now),
    ]
    return SimpleNamespace(**session_row), WriteSet(ops=ops)


def _context(command: CreateSession) -> dict[str, Any]:
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


def _payee(platform: Platform, plan: Plan, command: CreateSession) -> tuple[str, list[Op]]:
    """Who is credited: the merchant (one per tenant and mode), or the member who recharges."""
    if plan.mode != "recharge":
        return merchant_owner(command.tenant_id, command.mode), []
    external_id = str(command.shopper["id"])
    with platform.db.read() as connection:
        known = find_member(connection, command.tenant_id, command.mode, external_id)
    if known is not None:
        return known.member_id, []
    member_id, op = member_op(command.tenant_id, command.mode, external_id, platform.clock.now())
    return member_id, [op]


def merchant_owner(tenant_id: str, mode: str) -> str:
    """The owner of the merchant's accounts; test money and live money never share an account."""
    return f"{tenant_id}/{mode}"


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
