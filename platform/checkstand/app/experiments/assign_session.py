"""The arms of a new session: by hash, by what is remembered of a guest, or as a tester asked for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checkstand.app.platform import Platform
from checkstand.experiment import Arm, assign_arms, in_force
from checkstand.experiment.assign import Units
from checkstand.experiment.memory import known_units, sticky_layers, unit_ops, units_by_layer
from checkstand.experiment.state import ExperimentState, experiment_state, states_of
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError, Kind
from checkstand.monitoring import pseudonym
from checkstand.scenario.plan import Plan


class OverrideForbidden(CheckstandError):
    code = "experiment.override_forbidden"
    kind = Kind.FORBIDDEN
    message = "Arms can be chosen in test mode only; in live mode the hash decides."
    remedy = "Leave `experiments` out, or use a test key."


class OverrideUnknown(CheckstandError):
    code = "experiment.override_unknown"
    message = "The published scenario has no such experiment or arm."
    remedy = "Name an experiment of the scenario and one of its variations."


@dataclass(frozen=True, slots=True)
class Assigned:
    """What is frozen on the session, and what it was decided by.

    `units`: experiment → who counts; a forced arm counts for nobody. `by_layer`: layer → what this visit was hashed
    by, where that is remembered from an earlier one.
    """

    arms: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    ops: tuple[Op, ...] = ()
    by_layer: Mapping[str, Units] = field(default_factory=dict)
    states: Mapping[str, ExperimentState] = field(default_factory=dict)


def assign_session(
    platform: Platform, plan: Plan, tenant_id: str, mode: str, context: Mapping[str, Any],
    *, session_id: str, device_id: str | None, device: str, forced: Mapping[str, str],
) -> Assigned:  # fmt: skip
    """Decide every arm of this session. `device` is always there, `device_id` only if the shop knows the browser."""
    refuse_override(plan, mode, forced)
    if not plan.experiments:
        return Assigned()
    shopper_id = str(context["shopper.id"] or "")
    units = {"shopper": shopper_id, "device": device, "session": session_id}
    by_layer, ops = _remembered(platform, plan, tenant_id, mode, units, shopper_id, device_id)
    states = experiment_states(platform, tenant_id, mode, plan.scenario_id)
    arms = assign_arms(in_force(plan, states), context, by_layer, units)
    chosen = {name: arm.variation for name, arm in arms.items()} | dict(forced)
    counted = {name: counted_unit(tenant_id, arm) for name, arm in arms.items() if name not in forced}
    return Assigned(chosen, counted, ops, by_layer, states)


def refuse_override(plan: Plan, mode: str, forced: Mapping[str, str]) -> None:
    """A tester's choice names arms that exist, and no shopper's money is at stake."""
    if forced and mode != "test":
        raise OverrideForbidden(pointer="/experiments")
    known = {each.id: {arm.id for arm in each.variations} for each in plan.experiments}
    for experiment, variation in forced.items():
        if variation not in known.get(experiment, ()):
            raise OverrideUnknown(
                f"scenario {plan.scenario_id!r} has no arm {variation!r} of an experiment {experiment!r}",
                pointer=f"/experiments/{experiment}",
            )


def experiment_states(platform: Platform, tenant_id: str, mode: str, scenario_id: str) -> Mapping[str, ExperimentState]:
    """What was decided about the scenario's experiments, at most a second ago."""

    def read() -> Mapping[str, ExperimentState]:
        with platform.db.read() as connection:
            return states_of(connection, tenant_id, mode, scenario_id)

    return platform.memory.recall(("experiments", tenant_id, mode, scenario_id), (experiment_state,), read)


def counted_unit(tenant_id: str, arm: Arm) -> str:
    """A name for the unit that says nothing about it. A guest and the shopper who carries the guest's arm are one."""
    return pseudonym(tenant_id, f"unit/{arm.unit}")


def _remembered(
    platform: Platform, plan: Plan, tenant_id: str, mode: str, units: Mapping[str, str], shopper_id: str,
    device_id: str | None,
) -> tuple[Mapping[str, Any], tuple[Op, ...]]:  # fmt: skip
    layers = sticky_layers(plan)
    shopper = f"shopper:{pseudonym(tenant_id, shopper_id)}" if shopper_id else ""
    device = f"device:{device_id}" if device_id else ""
    if not layers or not (shopper or device):
        return {}, ()
    with platform.db.read() as connection:
        known = known_units(connection, tenant_id, mode, layers, [each for each in (shopper, device) if each])
    by_layer, fresh = units_by_layer(layers, known, units, shopper=shopper, device=device)
    return by_layer, tuple(unit_ops(tenant_id, mode, fresh, platform.clock.now()))
