"""Publishing scenarios on a real database: all or nothing, versions for ever, pointers per mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from checkstand.accounting import Poster, WriteSet
from checkstand.app.apply_scenarios import Applied, NothingToApply, apply_scenarios
from checkstand.app.migrate import migrate
from checkstand.channel import Registry
from checkstand.experiment import experiment_exposure, exposure_ops
from checkstand.infra.db import Database
from checkstand.infra.memory import Memory
from checkstand.infra.settings import Settings
from checkstand.kernel import FrozenClock
from checkstand.risk import record_attempt, velocity_counts
from checkstand.risk.store import risk_event
from checkstand.scenario import ScenarioInvalid
from checkstand.scenario.store import (
    PlanCache,
    VersionUnknown,
    list_published,
    list_versions,
    publication_history,
    read_version,
    scenario_version,
)

LANTERN, RIVAL = "lantern", "rival"
FILE = """\
# Lantern Books, the plain case.
api_version: checkout/v1
kind: Scenario
metadata: {id: books, name: {en: Books}, owner: lantern}
amount_limits: {currency: CNY, max: 100000}
methods: [{id: wx, type: wechat_pay}]
locales: {default: en, supported: [en]}
risk: {velocity: [{id: often, key: shopper.id, window: PT1H, max_count: 2, effect: block}]}
"""


@dataclass
class Stage:
    """The parts of a platform that publishing needs."""

    db: Database
    poster: Poster
    clock: FrozenClock
    registry: Registry
    plans: PlanCache
    folder: Path
    settings: Settings

    def apply(
        self, text: str = FILE, *, tenant: str = LANTERN, mode: str = "test", name: str = "books.yaml"
    ) -> Applied:
        (self.folder / name).write_text(text, encoding="utf-8")
        return apply_scenarios(self, tenant, [self.folder], mode, "otto")  # type: ignore[arg-type]

    def read(self, question: Any, *args: Any, **more: Any) -> Any:
        with self.db.read() as connection:
            return question(connection, *args, **more)


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    db, clock = Database(database_url), FrozenClock(datetime(2026, 5, 1, tzinfo=UTC))
    migrate(db)
    poster = Poster(db, clock)
    poster.start()
    registry = Registry.load()
    folder = tmp_path / "scenarios"
    folder.mkdir()
    plans = PlanCache(db, registry.method_types(), Memory())
    yield Stage(db, poster, clock, registry, plans, folder, Settings(var_dir=tmp_path / "var"))
    poster.stop()
    db.close()


def test_what_is_applied_is_what_sessions_get(stage: Stage) -> None:
    [done] = stage.apply().scenarios
    plan = stage.plans.published(LANTERN, "books", "test")

    assert (done.verb, done.previous) == ("created", None)
    assert plan is not None
    assert plan.content_hash == done.version


def test_applying_the_same_files_again_changes_nothing(stage: Stage) -> None:
    stage.apply()
    again = stage.apply()

    assert [scenario.verb for scenario in again.scenarios] == ["unchanged"]
    assert not again.changed
    assert len(stage.read(publication_history, LANTERN, "books", "test")) == 1


def test_a_comment_is_no_new_version(stage: Stage) -> None:
    stage.apply()

    assert not stage.apply("# Another comment.\n" + FILE).changed


def test_an_older_version_can_be_published_again(stage: Stage) -> None:
    [first] = stage.apply().scenarios
    stage.apply(FILE.replace("100000", "5000"))
    [back] = stage.apply().scenarios

    assert (back.verb, back.version) == ("published", first.version)
    hashes = [row.content_hash for row in stage.read(publication_history, LANTERN, "books", "test")]
    assert (len(hashes), hashes[0], hashes[2]) == (3, first.version, first.version)


def test_a_session_keeps_its_version_after_another_was_published(stage: Stage) -> None:
    [first] = stage.apply().scenarios
    stage.apply(FILE.replace("100000", "5000"))

    assert stage.plans.get(LANTERN, first.version).max_minor == 100_000


def test_test_and_live_are_published_apart(stage: Stage) -> None:
    stage.apply()

    assert stage.plans.published(LANTERN, "books", "live") is None
    assert stage.apply(mode="live").scenarios[0].verb == "published"


def test_one_wrong_file_keeps_all_of_them_out(stage: Stage) -> None:
    (stage.folder / "a.yaml").write_text(FILE.replace("id: books", "id: maps"), encoding="utf-8")
    with pytest.raises(ScenarioInvalid) as refused:
        stage.apply(FILE.replace("wechat_pay", "wechatpay"))

    assert [problem.code for problem in refused.value.problems] == ["shape.unknown_value"]
    assert stage.read(lambda c: c.execute(select(func.count()).select_from(scenario_version)).scalar()) == 0
    assert stage.read(list_published, LANTERN, "test") == []


def test_a_folder_without_scenarios_is_refused(stage: Stage) -> None:
    with pytest.raises(NothingToApply):
        stage.apply(FILE.replace("kind: Scenario", "kind: Base"))


def test_a_rival_sees_nothing_of_it(stage: Stage) -> None:
    [done] = stage.apply().scenarios

    assert stage.plans.published(RIVAL, "books", "test") is None
    assert stage.read(read_version, RIVAL, done.version) is None
    with pytest.raises(VersionUnknown):
        stage.plans.get(RIVAL, done.version)


def test_the_source_is_kept_as_it_was_written(stage: Stage) -> None:
    [done] = stage.apply().scenarios

    assert stage.read(read_version, LANTERN, done.version).source_yaml == FILE


def test_versions_are_listed_newest_first_by_page(stage: Stage) -> None:
    made = []
    for largest in (1000, 2000, 3000):
        stage.clock.advance(minutes=1)
        made.append(stage.apply(FILE.replace("100000", str(largest))).scenarios[0].version)
    page = stage.read(list_versions, LANTERN, "books", limit=2)
    rest = stage.read(list_versions, LANTERN, "books", before=page[-1].created_at)

    assert [row.content_hash for row in (*page, *rest)] == made[::-1]


def test_what_is_published_is_listed_by_page(stage: Stage) -> None:
    for name in ("atlas", "books", "maps"):
        stage.apply(FILE.replace("id: books", f"id: {name}"), name=f"{name}.yaml")
    page = stage.read(list_published, LANTERN, "test", limit=2)

    assert [row.scenario_id for row in page] == ["atlas", "books"]
    assert [row.scenario_id for row in stage.read(list_published, LANTERN, "test", after="books")] == ["maps"]


def test_attempts_within_the_window_are_counted_per_shopper_and_mode(stage: Stage) -> None:
    stage.apply()
    plan = stage.plans.published(LANTERN, "books", "test")
    assert plan is not None
    mei, known = {"shopper.id": "mei"}, {"tenant_id": LANTERN, "mode": "test"}

    def attempt(minutes_ago: int, context: dict[str, str], mode: str = "test") -> None:
        at = stage.clock.now() - timedelta(minutes=minutes_ago)
        more = {"tenant_id": LANTERN, "mode": mode, "scenario_id": "books", "session_id": "cs_1", "at": at}
        stage.poster.commit(WriteSet(ops=record_attempt(plan.risk, context, **more)))

    for minutes_ago, context, mode in [(5, mei, "test"), (59, mei, "test"), (61, mei, "test"), (5, mei, "live")]:
        attempt(minutes_ago, context, mode)
    attempt(5, {"shopper.id": "otto"})

    assert stage.read(velocity_counts, plan.risk, mei, **known, now=stage.clock.now()) == {"often": 2}
    assert stage.read(velocity_counts, plan.risk, {"shopper.id": ""}, **known, now=stage.clock.now()) == {}
    stored = stage.read(lambda c: c.execute(select(risk_event.c.value_hash)).scalars().all())
    assert all("mei" not in value for value in stored)


def test_an_exposure_is_counted_once_per_session(stage: Stage) -> None:
    for session_id, arm in [("cs_1", "control"), ("cs_1", "control"), ("cs_2", "ali_first")]:
        ops = exposure_ops(
            LANTERN, "test", session_id, "books", {"order": arm}, {"order": session_id}, stage.clock.now()
        )
        stage.poster.commit(WriteSet(ops=list(ops)))

    with stage.db.read() as connection:
        seen = connection.execute(select(experiment_exposure.c.session_id, experiment_exposure.c.variation_id)).all()
    assert sorted(map(tuple, seen)) == [("cs_1", "control"), ("cs_2", "ali_first")]
