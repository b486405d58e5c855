"""A visit that never happened: the view that `create_session` and the first page would have given this order.

Explaining and planning ask what a shopper would see. They have to ask the same code as a real visit, but may
leave no order and no session behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from checkstand.cashier import SessionView
from checkstand.kernel import Money
from checkstand.scenario import with_variations
from checkstand.scenario.plan import Plan

if TYPE_CHECKING:
    from checkstand.channel import MethodType


def units_of(context: Mapping[str, Any], session_id: str, device_id: str | None = None) -> dict[str, str]:
    """What experiments are assigned by. Without a device of its own, a visit is one."""
    device = device_id or hashlib.blake2b(session_id.encode(), digest_size=8).hexdigest()
    return {"shopper": context["shopper.id"], "device": device, "session": session_id}


def first_view(
    plan: Plan,
    context: Mapping[str, Any],
    method_types: Mapping[str, MethodType],
    at: datetime,
    assignments: Mapping[str, str],
    *,
    session_id: str,
    mode: str = "test",
) -> SessionView:
    """A new order in the cashier, with nothing paid and every channel open."""
    plan = with_variations(plan, assignments) if assignments else plan
    terminal = str(context["terminal"])
    return SessionView(
        tenant_id="",
        session_id=session_id,
        token="",
        mode=mode,
        status="open",
        plan=plan,
        version=plan.content_hash,
        merchant_name="",
        order_no="",
        title="",
        lines=(),
        amount=Money(int(context["amount"]), str(context["currency"])),
        order_status="CREATED",
        context=context,
        terminal=terminal,
        locale=plan.default_locale,
        form=plan.form.for_terminal(terminal),
        created_at=at,
        expires_at=at + timedelta(seconds=plan.timeouts.session_s),
        return_url=None,
        now=at,
        assignments=assignments,
        method_types=method_types,
    )
