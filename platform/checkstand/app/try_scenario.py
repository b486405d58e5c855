"""Try what is published to test: a sample order through the same use case that a business unit's server calls."""

from __future__ import annotations

import re
from typing import Any, Final

from checkstand.app.console_access import Actor
from checkstand.app.create_session import ScenarioNotPublished, create_session
from checkstand.app.platform import Platform
from checkstand.app.preview_page import TITLES, sample_amount
from checkstand.app.session_rows import CreateSession, SessionRow
from checkstand.cashier.store import session_of_order
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError
from checkstand.order import find_order

MODE: Final = "test"  # a try never costs money
ORDER_NO: Final = re.compile(r"TRY-[0-9A-Za-z]{6,40}")
SHOPPER: Final = "sample-shopper"


class TryInvalid(CheckstandError):
    code = "try.invalid"
    message = "This is not the number of a sample order."
    remedy = "Open the page again and press the button there."


def try_scenario(platform: Platform, who: Actor, tenant_id: str, scenario_id: str, order_no: str, locale: str) -> None:
    """Create a checkout in test mode, with its audit line; the same order number again is the same checkout."""
    if not ORDER_NO.fullmatch(order_no):
        raise TryInvalid(pointer="order_no")
    plan = platform.plans.published(tenant_id, scenario_id, MODE)
    if plan is None:
        raise ScenarioNotPublished(pointer="scenario")
    amount = sample_amount(plan)
    command = CreateSession(
        tenant_id=tenant_id,
        mode=MODE,
        scenario=scenario_id,
        order_no=order_no,
        amount_minor=amount.minor,
        currency=amount.currency,
        title=TITLES.get(locale.partition("-")[0], TITLES["en"]),
        terminal=plan.terminals[0],
        locale=locale,
        shopper={"id": SHOPPER},
    )

    def told(session: SessionRow) -> Op:
        now, facts = platform.clock.now(), {"session": session.session_id, "order_no": order_no}
        return who.audit(tenant_id, "scenario.try", "scenario", scenario_id, now, mode=MODE, after=facts)

    create_session(platform, command, told=told)


def tried_url(platform: Platform, tenant_id: str, order_no: str) -> str | None:
    """Where the checkout of a sample order is, or None."""
    if not ORDER_NO.fullmatch(order_no):
        return None
    with platform.db.read() as connection:
        order = find_order(connection, tenant_id, MODE, order_no)
        session: Any = session_of_order(connection, tenant_id, order.order_id) if order is not None else None
    return f"{platform.settings.base_url}/c/{session.token}" if session is not None else None
