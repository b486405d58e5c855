"""A job that looks at the guardrails of one experiment every hour, and stops it when one is surely worse.

The intervals hold at every look (`experiment/stats/sequential.py`), so looking every hour stops no more experiments by
chance than looking once. Nobody has to be awake: new sessions get the control with the commit of this job.
"""

from __future__ import annotations

from typing import Any, Final

from checkstand.accounting import WriteSet
from checkstand.app.experiments.measure import Which
from checkstand.app.experiments.publishing import WATCH_EVERY
from checkstand.app.experiments.results import ExperimentUnknown, Results, evaluate, find_experiment
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.write_mail import console_link, mail_ops
from checkstand.experiment.state import GUARDRAIL, state_op
from checkstand.experiment.stats.words import harm_words, value_words
from checkstand.infra.jobs import Job
from checkstand.infra.ops import Op
from checkstand.monitoring.audit import audit_op

MAX_REASON: Final = 500


def watch_guardrails(platform: Platform, job: Job) -> Finished | Again:
    """Evaluate; stop, or look again later. Ends with the experiment."""
    payload = job.payload
    which = Which(job.tenant_id, payload["mode"], payload["scenario_id"], payload["experiment_id"])
    try:
        running = find_experiment(platform, which)
    except ExperimentUnknown:
        return Finished()
    if not running.state.running or not running.experiment.guardrail_metrics:
        return Finished()
    results = evaluate(platform, which, running)
    if not results.report.guardrails_hit:
        return Again(platform.clock.now() + WATCH_EVERY)
    return Finished(WriteSet(ops=_stopped(platform, which, results)))


def _stopped(platform: Platform, which: Which, results: Results) -> list[Op]:
    """Refused when a person decides at this very moment; the job then reads again."""
    now, state = platform.clock.now(), results.running.state
    reason = harm_words(results.report, "en", results.running.plan.currency)[:MAX_REASON]
    values: dict[str, Any] = {
        "status": "stopped",
        "coverage": state.coverage,
        "reason": reason,
        "changed_by": GUARDRAIL,
        "changed_at": now,
    }
    hit = [{"metric": each.metric, "variation": each.variation} for each in results.report.guardrails_hit]
    after = {"status": "stopped", "reason": reason, "guardrails": hit}
    told = audit_op(
        which.tenant_id, "experiment.pause", "experiment", f"{which.scenario_id}/{which.experiment_id}",
        actor_id=GUARDRAIL, actor_email=GUARDRAIL, ip="", at=now, mode=which.mode,
        before={"status": state.status}, after=after,
    )  # fmt: skip
    key = (which.tenant_id, which.mode, which.scenario_id, which.experiment_id)
    return [state_op(*key, values, state.revision), told, *_mails(platform, which, results)]


def _mails(platform: Platform, which: Which, results: Results) -> list[Op]:
    """To the contacts of the business unit; figures and names that read the same in every language."""
    currency = results.running.plan.currency
    harm = "; ".join(
        f"{each.variation}, {each.metric} {value_words(each.metric, each.control, 'en', currency)} → "
        f"{value_words(each.metric, each.value, 'en', currency)}"
        for each in results.report.guardrails_hit
    )
    facts = {"experiment": which.experiment_id, "scenario": which.scenario_id, "mode": which.mode, "harm": harm}
    link = console_link(
        platform, "u", which.tenant_id, which.mode, "experiments", which.scenario_id, which.experiment_id
    )
    return mail_ops(platform, which.tenant_id, "experiment_paused", link, facts, platform.clock.now())
