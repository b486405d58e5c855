"""A member fills up the balance: a checkout of the business unit's recharge scenario, told as a recharge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checkstand.app.create_session import create_session
from checkstand.app.members.find import own_member
from checkstand.app.platform import Platform
from checkstand.app.recharges.read_recharges import read_recharge
from checkstand.app.session_rows import CreateSession
from checkstand.kernel import CheckstandError, Kind


class RechargeScenarioUnclear(CheckstandError):
    code = "recharge.scenario_unclear"
    kind = Kind.CONFLICT
    message = "It is not clear which scenario takes this recharge."
    remedy = "Publish one scenario with `mode: recharge`, or name one of them in `scenario`."


class NoRechargeScenario(CheckstandError):
    code = "recharge.wrong_scenario"
    message = "This scenario sells something and recharges nothing."
    remedy = "Name a scenario with `mode: recharge`, or use POST /v1/checkout-sessions."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecharge:
    """`recharge_no` is the order number of its checkout, so it is unique among the orders of the business unit."""

    tenant_id: str
    mode: str
    recharge_no: str
    member_id: str
    amount_minor: int
    currency: str
    terminal: str
    title: str
    scenario: str | None = None
    locale: str | None = None
    return_url: str | None = None


def open_recharge(platform: Platform, command: OpenRecharge) -> dict[str, Any]:
    """The recharge with the address of its checkout; the same number again tells the first one."""
    with platform.db.read() as connection:
        row = own_member(connection, command.tenant_id, command.mode, command.member_id)
    session = create_session(
        platform,
        CreateSession(
            tenant_id=command.tenant_id,
            mode=command.mode,
            scenario=_scenario(platform, command),
            order_no=command.recharge_no,
            amount_minor=command.amount_minor,
            currency=command.currency,
            title=command.title,
            terminal=command.terminal,
            shopper={"id": row.external_id},
            locale=command.locale,
            return_url=command.return_url,
        ),
    )
    return read_recharge(platform, command.tenant_id, command.mode, session.session_id)


def _scenario(platform: Platform, command: OpenRecharge) -> str:
    if command.scenario is not None:
        plan = platform.plans.published(command.tenant_id, command.scenario, command.mode)
        if plan is not None and plan.mode != "recharge":
            raise NoRechargeScenario(pointer="/scenario", scenario=command.scenario)
        return command.scenario  # an unknown one is refused with the checkout's own words
    plans = platform.plans.all_published(command.tenant_id, command.mode)
    found = [plan.scenario_id for plan in plans if plan.mode == "recharge"]
    if len(found) != 1:
        known = ", ".join(found) or "none"
        raise RechargeScenarioUnclear(f"scenarios that recharge: {known}", pointer="/scenario")
    return found[0]
