"""What publishing a scenario means for its experiments: its place in the layers, and who watches the guardrails."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from checkstand.app.platform import Platform
from checkstand.experiment.layers import layer_ops, layers_of
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Op

WATCH: Final = "experiment.watch"  # the kind of job
WATCH_EVERY: Final = timedelta(hours=1)


def experiment_ops(
    platform: Platform, tenant_id: str, mode: str, documents: Mapping[str, Mapping[str, Any]],
    *, moved: Collection[str], at: datetime,
) -> list[Op]:  # fmt: skip
    """For one commit with the pointers that `moved`. Raises `LayerTaken` when others have the shoppers already."""
    with platform.db.read() as connection:
        layers = layers_of(connection, tenant_id, mode)
    if not layers and not any(document.get("experiments") for document in documents.values()):
        return []
    ops = layer_ops(layers, tenant_id, mode, documents)
    for scenario_id in moved:
        for each in documents[scenario_id].get("experiments", ()):
            if each.get("guardrail_metrics"):
                ops.append(watch_op(tenant_id, mode, scenario_id, each["id"], at=at))
    return ops


def watch_op(tenant_id: str, mode: str, scenario_id: str, experiment_id: str, *, at: datetime) -> Op:
    """A job that looks at the guardrails every hour; the one that runs already is kept."""
    payload = {"mode": mode, "scenario_id": scenario_id, "experiment_id": experiment_id}
    key = f"{mode}:{scenario_id}:{experiment_id}"
    return job_op(tenant_id, WATCH, key, payload, due_at=at + WATCH_EVERY, now=at)
