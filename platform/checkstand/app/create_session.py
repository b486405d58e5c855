"""A business unit asks for a checkout: order, transaction and session in one commit, pinned to a version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.facts import instant, money
from checkstand.app.payouts.bank import can_pay_out
from checkstand.app.platform import Platform
from checkstand.app.session_rows import CreateSession, SessionRow, session_context, session_writes
from checkstand.cashier.store import session_of_order
from checkstand.infra.idempotency import IdempotencyKey, refuse_repeat
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError, Kind
from checkstand.order import find_order
from checkstand.rule import VARIABLES
from checkstand.scenario.plan import Plan

_POINTERS: Final = {
    "amount": "/order/amount/minor",
    "currency": "/order/amount/currency",
    "order.category": "/order/category",
    "device.webview": "/webview",
}


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
    remedy = (
        "Use a scenario without recharge, open an account at a bank that keeps and pays out the money for you, "
        "or have the operator set CHECKSTAND_FUND_MODE=custody."
    )


def create_session(
    platform: Platform,
    command: CreateSession,
    *,
    idempotency: IdempotencyKey | None = None,
    told: Callable[[SessionRow], Op] | None = None,
) -> SessionRow:
    """Create the session, or tell the one that this order already has.

    `told` makes the line of the audit trail when a person asked and not a server: the line goes with the session in
    one commit, and a session that was there already is told nothing more about.
    """
    plan = platform.plans.published(command.tenant_id, command.scenario, command.mode)
    if plan is None:
        raise ScenarioNotPublished(
            f"scenario {command.scenario!r} has no published version in {command.mode} mode", pointer="/scenario"
        )
    _check(platform, plan, command)
    existing = _existing(platform, command, idempotency)
    if existing is not None:
        return existing
    row, writes = session_writes(platform, plan, command)
    if told is not None:
        writes += WriteSet(ops=[told(row)])
    if idempotency is not None:
        body = msgspec.json.encode(session_answer(platform, row, command.order_no))
        writes += WriteSet(ops=[idempotency.done_op(row.session_id, 201, body, platform.clock.now())])
    try:
        platform.poster.commit(writes)
    except EdgeRefused:  # the payee was frozen or closed in this moment: say so
        session_writes(platform, plan, command)
        raise
    except RowExists:
        again = _existing(platform, command, idempotency)
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
        "transaction_id": session.transaction_id,
        "amount": money(session.amount_minor, session.currency),
        "scenario": {"id": session.scenario_id, "version": session.scenario_version},
        "terminal": session.terminal,
        "locale": session.locale,
        "mode": session.mode,
        "payee": session.payee_id,
        "metadata": session.metadata,
        "expires_at": instant(session.expires_at),
        "created_at": instant(session.created_at),
    }


def refuse_command(plan: Plan, command: CreateSession) -> None:
    """`SessionRefused` when this plan takes no such order; pure."""
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
    for name, value in session_context(command).items():
        wrong = VARIABLES[name].refuses(value)
        if wrong:
            raise SessionRefused(f"{name}: {wrong}", pointer=_POINTERS.get(name, "/" + name.replace(".", "/")))
    if plan.mode == "recharge" and not command.shopper.get("id"):
        raise SessionRefused("a recharge needs shopper.id: the member whose balance grows", pointer="/shopper/id")


def _check(platform: Platform, plan: Plan, command: CreateSession) -> None:
    if plan.mode == "recharge" and command.mode == "live" and platform.settings.fund_mode != "custody":
        with platform.db.read() as connection:
            if not can_pay_out(platform, connection, command.tenant_id, command.mode):
                raise FundModeForbids()
    refuse_command(plan, command)


def _returnable(url: str, mode: str) -> bool:
    """Where a browser may be sent afterwards: a web address, never a script."""
    parts = urlsplit(url)
    return bool(parts.hostname) and parts.scheme in (("https",) if mode == "live" else ("https", "http"))


def _existing(platform: Platform, command: CreateSession, idempotency: IdempotencyKey | None) -> SessionRow | None:
    """The order number is the natural idempotency key: the same order again is the same checkout."""
    with platform.db.read() as connection:
        order = find_order(connection, command.tenant_id, command.mode, command.order_no)
        if order is None:
            return None
        refuse_repeat(connection, idempotency)
        session = session_of_order(connection, command.tenant_id, order.order_id)
    same = (order.amount_minor, order.currency, order.title) == (command.amount_minor, command.currency, command.title)
    same = same and session is not None and session.payee_id == command.payee
    if session is None or not same or session.scenario_id != command.scenario:
        raise OrderNumberTaken(pointer="/order/order_no")
    return session
