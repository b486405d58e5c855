"""Start, stop and widen an experiment without a new version: a decision with a reason, audited in the same commit.

Nothing here moves a shopper to another arm. Stopping gives new sessions the control, which is the checkout without
the experiment; open ones keep what they have. Widening lets more shoppers in and leaves those who are in where they
are. Narrowing would push shoppers out in the middle, so it is refused: stop instead.
"""

from __future__ import annotations

from typing import Any, Final

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.experiments.measure import Which
from checkstand.app.experiments.publishing import watch_op
from checkstand.app.experiments.results import Running, find_experiment
from checkstand.app.platform import Platform
from checkstand.experiment.state import state_op
from checkstand.kernel import CheckstandError, Kind

MAX_REASON: Final = 500


class ExperimentReasonMissing(CheckstandError):
    code = "experiment.reason_missing"
    message = f"Say why, in at most {MAX_REASON} characters."
    remedy = "A sentence that helps whoever reads the results later is enough."


class ExperimentUnchanged(CheckstandError):
    code = "experiment.unchanged"
    kind = Kind.CONFLICT
    message = "The experiment is in this state already."
    remedy = "Open it again and look at its state."


class ExperimentChanged(CheckstandError):
    code = "experiment.changed"
    kind = Kind.CONFLICT
    message = "Somebody, or a guardrail, decided about this experiment since you opened the page. Nothing was changed."
    remedy = "Look at its state and its reason, then decide again."


class RampInvalid(CheckstandError):
    code = "experiment.ramp_invalid"
    message = "An experiment can only be widened: more than it covers now, and at most 100 %."
    remedy = "To send shoppers out of it, stop it."


class RampStopped(CheckstandError):
    code = "experiment.ramp_stopped"
    kind = Kind.CONFLICT
    message = "A stopped experiment cannot be widened."
    remedy = "Start it first."


def start_experiment(platform: Platform, who: Actor, which: Which, reason: str, *, seen: int | None = None) -> None:
    """Let new sessions take part again. `seen` is the revision of the state that the person decided on."""
    found = _found(platform, which, seen)
    if found.state.running:
        raise ExperimentUnchanged()
    _decide(platform, who, which, found, "experiment.start", "running", found.state.coverage, reason)


def stop_experiment(platform: Platform, who: Actor, which: Which, reason: str, *, seen: int | None = None) -> None:
    """Give every new session the control."""
    found = _found(platform, which, seen)
    if not found.state.running:
        raise ExperimentUnchanged()
    _decide(platform, who, which, found, "experiment.stop", "stopped", found.state.coverage, reason)


def ramp_experiment(
    platform: Platform, who: Actor, which: Which, coverage: float, reason: str, *, seen: int | None = None
) -> None:
    """Widen it to this share of its range."""
    found = _found(platform, which, seen)
    if not found.state.running:
        raise RampStopped()
    if not found.coverage < coverage <= 1:  # also what is no number
        raise RampInvalid(f"it covers {100 * found.coverage:g} % now", pointer="coverage")
    _decide(platform, who, which, found, "experiment.ramp", "running", coverage, reason)


def _found(platform: Platform, which: Which, seen: int | None) -> Running:
    found = find_experiment(platform, which)
    if seen is not None and seen != found.state.revision:
        raise ExperimentChanged()
    return found


def _decide(
    platform: Platform, who: Actor, which: Which, found: Running, action: str, status: str, coverage: float, reason: str
) -> None:
    reason = reason.strip()
    if not 0 < len(reason) <= MAX_REASON:
        raise ExperimentReasonMissing(pointer="reason")
    now = platform.clock.now()
    values: dict[str, Any] = {
        "status": status,
        "coverage": coverage,
        "reason": reason,
        "changed_by": who.email,
        "changed_at": now,
    }
    before = {"status": found.state.status, "coverage": found.coverage}
    after = {"status": status, "coverage": max(coverage, found.coverage), "reason": reason}
    audit = who.audit(
        which.tenant_id, action, "experiment", f"{which.scenario_id}/{which.experiment_id}", now, mode=which.mode,
        before=before, after=after,
    )  # fmt: skip
    key = (which.tenant_id, which.mode, which.scenario_id, which.experiment_id)
    ops = [state_op(*key, values, found.state.revision), audit]
    if status == "running" and found.experiment.guardrail_metrics:
        ops.append(watch_op(*key, at=now))
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except (EdgeRefused, RowExists):
        raise ExperimentChanged() from None
