"""What a version has to pass before it may take real money. Computed from the stored version, never from a draft."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, select, text

from checkstand.app.channel_accounts import serving
from checkstand.app.platform import Platform
from checkstand.app.preview_page import Axes, Preview, preview_page
from checkstand.app.prove_scenarios import proofs_of
from checkstand.cashier.store import cashier_session
from checkstand.order.states import OrderState
from checkstand.order.store import business_order
from checkstand.proof import problems_of
from checkstand.scenario import Plan, compile_plan
from checkstand.scenario.check import check_document
from checkstand.scenario.finding import Facts
from checkstand.scenario.node import Fields, Node, located
from checkstand.scenario.problem import Problem, errors
from checkstand.scenario.store import override_of

# Check → how the codes of the problems begin that fail it; whatever else is wrong fails "schema".
_BY_CODE: Final = {"copy": ("copy.", "text.", "locale."), "contrast": ("theme.contrast",)}
_PAID: Final = (OrderState.PAID, OrderState.PART_REFUNDED, OrderState.REFUNDED)


@dataclass(frozen=True, slots=True)
class Check:
    """One check with its reasons: problems of the text, methods without an account, or the order that was paid."""

    name: str  # schema | copy | contrast | proof | weight | paid_test | live_accounts
    passed: bool
    problems: tuple[Problem, ...] = ()
    methods: tuple[str, ...] = ()
    order_no: str = ""
    weight: int = 0  # bytes of the heaviest first page
    budget: int = 0
    override: str = ""  # why the version was published to test in spite of its proof


def live_checks(platform: Platform, preview: Preview, tenant_id: str, version: Row[Any]) -> tuple[Check, ...]:
    """Every check of this version, passed or not."""
    tree = located(version.document)
    facts = Facts(platform.registry.method_types())
    found = errors(check_document(tree, facts)) if isinstance(tree, Fields) else []
    plan = None if found else compile_plan(version.document, platform.registry.method_types())
    return (
        _of_text("schema", (problem for problem in found if _check_of(problem) == "schema")),
        *(_of_text(name, (problem for problem in found if _check_of(problem) == name)) for name in _BY_CODE),
        _proof(platform, tenant_id, version, tree if plan is not None else None),
        _weight(platform, preview, tenant_id, plan),
        _paid_test(platform, tenant_id, version.content_hash),
        _live_accounts(platform, tenant_id, plan),
    )


def all_passed(checks: Iterable[Check]) -> bool:
    return all(check.passed for check in checks)


def _check_of(problem: Problem) -> str:
    return next((name for name, codes in _BY_CODE.items() if problem.code.startswith(codes)), "schema")


def _of_text(name: str, problems: Iterable[Problem]) -> Check:
    told = tuple(problems)
    return Check(name, not told, problems=told)


def _proof(platform: Platform, tenant_id: str, version: Row[Any], tree: Node | None) -> Check:
    """No order of this version is left without a way to pay, or somebody has said why that may be."""
    if not isinstance(tree, Fields):
        return Check("proof", passed=False)
    found = tuple(errors(problems_of(proofs_of(platform).of(version.document), tree)))
    if not found:
        return Check("proof", passed=True)
    with platform.db.read() as connection:
        override = override_of(connection, tenant_id, version.content_hash)
    return Check("proof", passed=bool(override), problems=found, override=override)


def _paid_test(platform: Platform, tenant_id: str, content_hash: str) -> Check:
    """Somebody has paid a test order on exactly this version; one that was refunded afterwards was paid too."""
    session, order = cashier_session, business_order
    query = (
        select(order.c.order_no)
        .join(session, (session.c.tenant_id == order.c.tenant_id) & (session.c.order_id == order.c.order_id))
        .where(
            session.c.tenant_id == tenant_id,
            session.c.scenario_version == content_hash,
            text("cashier_session.mode = 'test'"),  # as the index is written
            order.c.status.in_(_PAID),
        )
        .limit(1)
    )
    with platform.db.read() as connection:
        order_no = connection.execute(query).scalar_one_or_none()
    return Check("paid_test", order_no is not None, order_no=order_no or "")


def _weight(platform: Platform, preview: Preview, tenant_id: str, plan: Plan | None) -> Check:
    """On no terminal is the first page heavier than the scenario's own budget."""
    if plan is None:
        return Check("weight", passed=False)
    pages = (preview_page(platform, tenant_id, plan, Axes(terminal=terminal)) for terminal in plan.terminals)
    weight, budget = max(map(preview.weigh, pages)), plan.budget_first_load_bytes
    return Check("weight", weight <= budget, weight=weight, budget=budget)


def _live_accounts(platform: Platform, tenant_id: str, plan: Plan | None) -> Check:
    """Each method has a channel that takes real money for this business unit."""
    if plan is None:
        return Check("live_accounts", passed=False)
    with platform.db.read() as connection:
        open_channels = serving(platform, connection, tenant_id, "live").accounts
    without = (m.id for m in plan.methods if not any(route.channel in open_channels for route in m.routes))
    missing = tuple(without)
    return Check("live_accounts", not missing, methods=missing)
