"""`checkstand plan`: the working files held against what is published. Reads everything, writes nothing.

The answer is data with a documented shape (`to_json`); `plan_words` makes the text of it. The console asks the same
about two versions of one scenario.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from checkstand.app.platform import Platform
from checkstand.app.replay_sessions import Replay, open_sessions, replay
from checkstand.scenario import Catalogue, Loaded, Problem, compile_plan
from checkstand.scenario.effects import Effect, effects, is_breaking
from checkstand.scenario.layers import Setting, settings
from checkstand.scenario.plan import Plan
from checkstand.scenario.store import published_pointer

NOTHING: Final = 0
CHANGES: Final = 2
BREAKING: Final = 3


@dataclass(frozen=True, slots=True)
class ScenarioChange:
    """What publishing one file would change."""

    scenario_id: str
    file: str
    before: Plan | None
    after: Plan
    effects: tuple[Effect, ...]
    replay: Replay | None  # None when nothing changes or nothing was published
    open_sessions: int
    experiments: tuple[str, ...]  # of the published version, whose shoppers the change reaches
    written: Mapping[str, Setting]  # path → where it is written

    @property
    def breaking(self) -> bool:
        """Somebody loses something: by the plan, or in the replay."""
        lost = self.replay is not None and any(each.kind in ("lost", "refused", "empty") for each in self.replay.counts)
        return is_breaking(self.effects) or lost

    def places(self, effect: Effect) -> tuple[Setting, ...]:
        """Where an effect was written; nothing for what was taken away."""
        found = (self._place(path) for path in effect.paths)
        return tuple(dict.fromkeys(place for place in found if place is not None and place.line))

    def _place(self, path: str) -> Setting | None:
        below = (place for name, place in self.written.items() if name == path or name.startswith(f"{path}."))
        return next(below, None)


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What publishing all files would change."""

    tenant_id: str
    mode: str
    days: int
    scenarios: tuple[ScenarioChange, ...]
    problems: tuple[Problem, ...]

    @property
    def changed(self) -> tuple[ScenarioChange, ...]:
        return tuple(each for each in self.scenarios if each.effects)

    @property
    def code(self) -> int:
        """What a command exits with."""
        if any(each.breaking for each in self.scenarios):
            return BREAKING
        return CHANGES if self.changed else NOTHING


def plan_changes(platform: Platform, tenant_id: str, catalogue: Catalogue, mode: str, *, days: int = 1) -> ChangePlan:
    """Compare each file with what is published in this mode. The catalogue has no errors; warnings are passed on."""
    found = tuple(_of_file(platform, tenant_id, loaded, mode, days) for loaded in catalogue.scenarios)
    return ChangePlan(tenant_id, mode, days, found, catalogue.problems)


def plan_change(
    platform: Platform, tenant_id: str, before: Plan | None, after: Plan, mode: str, *, days: int = 1,
    most: int | None = None,
) -> ScenarioChange:  # fmt: skip
    """The same about two versions; without a file nothing is said about lines."""
    return _compare(platform, tenant_id, before, after, mode, days, "", {}, most)


def _of_file(platform: Platform, tenant_id: str, loaded: Loaded, mode: str, days: int) -> ScenarioChange:
    with platform.db.read() as connection:
        pointer = published_pointer(connection, tenant_id, loaded.scenario_id, mode)
    before = platform.plans.get(tenant_id, pointer) if pointer is not None else None
    after = compile_plan(loaded.document or {}, platform.registry.method_types())
    written = settings(loaded.tree, {}) if loaded.tree is not None else ()
    return _compare(
        platform, tenant_id, before, after, mode, days, loaded.file, {each.path: each for each in written}
    )  # fmt: skip


def _compare(
    platform: Platform, tenant_id: str, before: Plan | None, after: Plan, mode: str, days: int, file: str,
    written: Mapping[str, Setting], most: int | None = None,
) -> ScenarioChange:  # fmt: skip
    found = effects(before, after, platform.registry.method_types())
    replayed, still_open = None, 0
    if found and before is not None:
        if days > 0:
            replayed = replay(platform, tenant_id, mode, before, after, days, most=most)
        still_open = open_sessions(platform, tenant_id, mode, after.scenario_id)
    touched = tuple(each.id for each in before.experiments) if found and before is not None else ()
    return ScenarioChange(after.scenario_id, file, before, after, found, replayed, still_open, touched, written)


def to_json(plan: ChangePlan) -> dict[str, Any]:
    """The answer for machines; docs/recipes/change-a-scenario-safely.md describes it."""
    return {
        "tenant": plan.tenant_id,
        "mode": plan.mode,
        "days": plan.days,
        "code": plan.code,
        "scenarios": [_scenario_json(each) for each in plan.scenarios],
        "warnings": [problem.to_json() for problem in plan.problems],
    }


def _scenario_json(change: ScenarioChange) -> dict[str, Any]:
    return {
        "scenario": change.scenario_id,
        "file": change.file,
        "before": change.before.content_hash if change.before is not None else None,
        "after": change.after.content_hash,
        "breaking": change.breaking,
        "effects": [_effect_json(change, effect) for effect in change.effects],
        "replay": asdict(change.replay) if change.replay is not None else None,
        "open_sessions": change.open_sessions,
        "experiments": list(change.experiments),
    }


def _effect_json(change: ScenarioChange, effect: Effect) -> dict[str, Any]:
    return {
        **{name: value for name, value in asdict(effect).items() if name not in ("within", "paths")},
        "witness": dict(effect.witness),
        "within": [_effect_json(change, each) for each in effect.within],
        "places": [place.place for place in change.places(effect)],
        "layers": sorted({place.layer for place in change.places(effect)}),
    }
