"""Explain what one shopper gets and why: methods, rules, experiment arms, and the layer that set each value.

The answer is data. Words are made from it by `cashier.explain_words`, for the terminal and for the console alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from checkstand.app.channel_accounts import serving
from checkstand.app.create_session import ScenarioNotPublished, SessionRefused, refuse_command
from checkstand.app.experiments.assign_session import assign_session
from checkstand.app.open_cashier import SessionNotFound
from checkstand.app.platform import Platform
from checkstand.app.session_rows import CreateSession, session_context, units_of
from checkstand.app.session_view import Visit, read_visit, with_choice
from checkstand.cashier import SessionView
from checkstand.cashier.explain import VisitExplained, explain_visit
from checkstand.cashier.methods import moment
from checkstand.cashier.replay import first_view
from checkstand.cashier.store import get_session
from checkstand.channel.routing import switched_off
from checkstand.experiment.arithmetic import Bucketing, bucketings, frozen_bucketings
from checkstand.infra.resources import scenarios
from checkstand.kernel import new_id
from checkstand.scenario import Plan, with_variations
from checkstand.scenario.bases import Bases
from checkstand.scenario.compile import canonical
from checkstand.scenario.finding import Facts
from checkstand.scenario.layers import Setting, settings
from checkstand.scenario.load import load_bytes
from checkstand.scenario.node import Fields, Place, located
from checkstand.scenario.store import read_version


@dataclass(frozen=True, slots=True)
class ChannelFact:
    """One route of a method as it stands at this moment."""

    method_id: str
    channel: str
    account: str  # the account's id, `internal`, or empty: the business unit has none
    switched_off: Mapping[str, str] | None  # the message of a kill switch in force
    circuit_open: bool  # it failed a lot lately, so other routes come first
    open: bool  # takes payments of this method now


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one visit, real or imagined."""

    scenario_id: str
    version: str
    tenant_id: str  # empty: a file, of which no channel account is known
    mode: str
    session_id: str  # empty: the visit is imagined
    at: datetime
    form: str
    refused: str  # why no session would be made; empty when it would
    context: Mapping[str, Any]  # every variable but `method`
    visit: VisitExplained
    channels: tuple[ChannelFact, ...]  # empty for a file
    experiments: tuple[Bucketing, ...]
    settings: tuple[Setting, ...]

    def setting(self, path: str) -> Setting | None:
        """The value at this path and where it was set."""
        return next((each for each in self.settings if each.path == path), None)


def explain_order(platform: Platform, command: CreateSession, at: datetime | None = None) -> Explanation:
    """What an order would get from the version that is published; nothing is kept of it."""
    plan = platform.plans.published(command.tenant_id, command.scenario, command.mode)
    if plan is None:
        raise ScenarioNotPublished(pointer="scenario")
    refused = _refusal(plan, command)
    context, session_id = session_context(command), new_id("cs")
    units = units_of(context, session_id, command.device_id)
    assigned = assign_session(
        platform, plan, command.tenant_id, command.mode, context,
        session_id=session_id, device_id=command.device_id, device=units["device"], forced=command.experiments,
    )  # fmt: skip
    kinds, now = platform.registry.method_types(), at or platform.clock.now()
    varied = with_variations(plan, assigned.arms)
    view = first_view(varied, context, kinds, now, assigned.arms, session_id=session_id, mode=command.mode)
    view = replace(view, tenant_id=command.tenant_id)
    asked: Any = SimpleNamespace(
        tenant_id=command.tenant_id,
        mode=command.mode,
        context=view.context,
        currency=command.currency,
        payee_id=command.payee,
    )
    with platform.db.read() as connection:
        view = with_choice(platform, connection, Visit(view, asked, asked)).view
        tree = _tree_of_version(platform, connection, command.tenant_id, plan)
        channels = _channels(platform, connection, view)
    found = bucketings(plan, context, units, by_layer=assigned.by_layer, states=assigned.states)
    return _explanation(view, tree, channels, found, refused=refused)


def explain_plan(
    plan: Plan, tree: Fields, command: CreateSession, method_types: Mapping[str, Any], at: datetime
) -> Explanation:
    """What an order would get from a file. Which channels are open is not known, so all of them are taken to be."""
    context, session_id = session_context(command), new_id("cs")
    units = units_of(context, session_id, command.device_id)
    found = bucketings(plan, context, units)
    arms = {each.experiment: each.variation for each in found if each.variation is not None}
    varied = with_variations(plan, arms)
    view = first_view(varied, context, method_types, at, arms, session_id=session_id, mode=command.mode, solvent=True)
    return _explanation(view, tree, (), found, refused=_refusal(plan, command))


def explain_session(
    platform: Platform, tenant_id: str, session_id: str, *, mode: str | None = None, at: datetime | None = None
) -> Explanation:
    """What a recorded session gets: its pinned version and its frozen arms, at the moment when it was first seen.

    Whether channels are open, the balance and the velocity are those of now; nobody has recorded the others.
    """
    with platform.db.read() as connection:
        session = get_session(connection, tenant_id, session_id)
        if session is None or (mode is not None and session.mode != mode):
            raise SessionNotFound()
        visit = with_choice(platform, connection, read_visit(platform, connection, session))
        seen = at or session.viewed_at or session.created_at
        view = replace(visit.view, now=seen, payments=())
        pinned = platform.plans.get(tenant_id, session.scenario_version)
        tree = _tree_of_version(platform, connection, tenant_id, pinned)
        channels = _channels(platform, connection, view)
    units = units_of(session.context, session.session_id)
    found = frozen_bucketings(pinned, session.context, units, session.assignments)
    return _explanation(view, tree, channels, found, session_id=session_id)


def _explanation(
    view: SessionView,
    tree: Fields,
    channels: tuple[ChannelFact, ...],
    experiments: tuple[Bucketing, ...],
    *,
    session_id: str = "",
    refused: str = "",
) -> Explanation:
    context = {name: value for name, value in moment(view).values.items() if name != "method"}
    return Explanation(
        scenario_id=view.plan.scenario_id,
        version=view.version,
        tenant_id=view.tenant_id,
        mode=view.mode,
        session_id=session_id,
        at=view.now,
        form=view.form,
        refused=refused,
        context=context,
        visit=explain_visit(view),
        channels=channels,
        experiments=experiments,
        settings=settings(tree, view.assignments),
    )


def _refusal(plan: Plan, command: CreateSession) -> str:
    try:
        refuse_command(plan, command)
    except SessionRefused as refused:
        return refused.detail
    return ""


def _tree_of_version(platform: Platform, connection: Connection, tenant_id: str, plan: Plan) -> Fields:
    """The tree with the lines of the text it came from; without lines when the bases read differently today."""
    row = read_version(connection, tenant_id, plan.content_hash)
    name = f"{plan.scenario_id}@{plan.content_hash[:12]}"
    if row is not None:
        facts = Facts(platform.registry.method_types())
        loaded = load_bytes(row.source_yaml.encode(), name, scenarios(), facts, Bases())
        if loaded.tree is not None and loaded.document is not None and loaded.version == plan.content_hash:
            return loaded.tree
    tree = located(canonical(plan.document), Place(name, 0, 0, "stored"))
    assert isinstance(tree, Fields)  # noqa: S101 - for the type checker: a document is a mapping
    return tree


def _channels(platform: Platform, connection: Connection, view: SessionView) -> tuple[ChannelFact, ...]:
    found, now = serving(platform, connection, view.tenant_id, view.mode), platform.clock.now()
    facts = []
    for method in view.plan.methods:
        for route in method.routes:
            account = found.accounts.get(route.channel)
            switch = switched_off(found.switches, route.channel, method.type, now)
            facts.append(
                ChannelFact(
                    method_id=method.id,
                    channel=route.channel,
                    account="" if account is None else account or "internal",
                    switched_off=switch.message if switch is not None else None,
                    circuit_open=route.channel in found.broken,
                    open=account is not None and switch is None,
                )
            )
    return tuple(facts)
