"""Plans are loaded when somebody asks for them, few of many are kept, and a publication is seen by every process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.world import LANTERN, ROOT, World

from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.bootstrap import build_platform
from checkstand.app.platform import Platform
from checkstand.cli import serving
from checkstand.infra.memory import Memory
from checkstand.infra.settings import Settings
from checkstand.scenario import store
from checkstand.scenario.store import PlanCache

BOOKS = ROOT / "tests" / "data" / "plans" / "books.yaml"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url, scenarios=[BOOKS, ROOT / "tests" / "data" / "scenarios"])
    yield made
    made.close()


@pytest.fixture
def compiled(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scenarios that were compiled since the world was made."""
    done: list[str] = []
    real = store.compile_plan

    def compile_plan(document: Any, method_types: Any) -> Any:
        done.append(document["metadata"]["id"])
        return real(document, method_types)

    monkeypatch.setattr(store, "compile_plan", compile_plan)
    return done


@pytest.fixture
def second(world: World, tmp_path: Path) -> Iterator[Platform]:
    """Another process on the same database, as it stands when it has just started."""
    settings = Settings(var_dir=tmp_path / "second", database_url=world.platform.settings.database_url, jobs=False)
    platform = build_platform(settings)
    platform.start()
    serving.web(platform, serving.simulators(platform))
    yield platform
    platform.stop()


def test_the_start_compiles_nothing_and_the_first_session_one(
    world: World, compiled: list[str], second: Platform
) -> None:
    assert compiled == []

    assert second.plans.published(LANTERN, "books", "test") is not None
    assert second.plans.published(LANTERN, "books", "test") is not None
    assert compiled == ["books"]


def test_a_server_starts_without_the_solver() -> None:
    started = (
        "import sys, checkstand.app.bootstrap, checkstand.web.app, checkstand_admin.app; print('z3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", started], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_the_plans_used_last_are_kept_and_no_more(world: World, compiled: list[str]) -> None:
    platform = world.platform
    plans = PlanCache(platform.db, platform.registry.method_types(), Memory(), most=2)
    for scenario in ("books", "mall-order", "books", "top-up", "books", "mall-order"):
        assert plans.published(LANTERN, scenario, "test") is not None

    assert compiled == ["books", "mall-order", "top-up", "mall-order"]


def test_a_setting_says_how_many_are_kept(tmp_path: Path, database_url: str) -> None:
    settings = Settings.from_env({"CHECKSTAND_PLANS_KEPT": "7", "CHECKSTAND_DATABASE_URL": database_url})
    platform = build_platform(settings)

    assert platform.plans.most == 7
    platform.db.close()


def test_a_publication_is_seen_by_the_other_process_within_a_second(world: World, second: Platform) -> None:
    before = second.plans.published(LANTERN, "books", "test")
    [done] = apply_scenarios(
        world.platform, LANTERN, [BOOKS.with_name("raise-the-limit.yaml")], "test", "tests"
    ).scenarios
    published = time.monotonic()
    seen = before
    while seen is not None and seen.content_hash != done.version and time.monotonic() < published + 10:
        time.sleep(0.01)
        seen = second.plans.published(LANTERN, "books", "test")

    assert before is not None
    assert seen is not None
    assert (before.content_hash != done.version, seen.content_hash) == (True, done.version)
