"""One damaged row stops neither the start nor any other scenario; its own goes on with the version before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from structlog.testing import capture_logs
from tests.world import LANTERN, ROOT, World

from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.bootstrap import build_platform
from checkstand.app.check_health import unusable_versions
from checkstand.cli import cli

BOOKS = ROOT / "tests" / "data" / "plans" / "books.yaml"
DAMAGE = ("{", "[]", "null", '{"metadata": {"id": "books"}}', '{"methods": 7}', '"text"')


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url, scenarios=[BOOKS, ROOT / "tests" / "data" / "scenarios"])
    yield made
    made.close()


def damage(world: World, version: str, document: str) -> None:
    with world.platform.db.engine.begin() as connection:
        connection.execute(
            text("UPDATE scenario_version SET document = :document WHERE content_hash = :version"),
            {"document": document, "version": version},
        )


def published(world: World, file: Path) -> str:
    return apply_scenarios(world.platform, LANTERN, [file], "test", "tests").scenarios[0].version


@pytest.mark.parametrize("document", DAMAGE)
def test_a_damaged_version_gives_way_to_the_one_before_and_touches_no_other(world: World, document: str) -> None:
    first = published(world, BOOKS)
    second = published(world, BOOKS.with_name("raise-the-limit.yaml"))
    damage(world, second, document)

    with capture_logs() as logs:
        sessions = [world.session("books"), world.session("books")]

    assert {session["scenario"]["version"] for session in sessions} == {first}
    assert [(line["event"], line["version"]) for line in logs if line["log_level"] == "error"] == [
        ("scenario.version_unusable", second)
    ]
    other = world.session("mall-order")
    world.pay(other, "wx")
    world.shop(other)
    world.settle()
    assert world.view(other).order_status == "PAID"


def test_an_installation_starts_and_names_the_damaged_version(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second = published(world, BOOKS), published(world, BOOKS.with_name("raise-the-limit.yaml"))
    damage(world, second, "{")
    again = build_platform(world.platform.settings)
    again.start(jobs=True)
    try:
        plans = [plan.scenario_id for plan in again.plans.all_published(LANTERN, "test")]
        assert {"books", "mall-order", "top-up"} <= set(plans)
        (found,) = unusable_versions(again)
        assert (found.scenario_id, found.version, found.served) == ("books", second, first)
    finally:
        again.stop()
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", world.platform.settings.database_url)
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path))
    told = CliRunner().invoke(cli, ["health"])
    assert (told.exit_code, f"{first[:12]} serves instead" in told.stdout) == (1, True)
    assert f"{LANTERN} test books: version {second[:12]} cannot be" in told.stdout


def test_without_an_older_version_the_answer_says_what_to_do(world: World) -> None:
    damage(world, published(world, BOOKS), "{")

    answer = world.api("POST", "/v1/checkout-sessions", world.session_body("books"))

    assert (answer.status, answer.json()["code"]) == (503, "scenario.version_unusable")
    assert world.session("mall-order")["status"] == "open"


def test_a_well_installation_has_nothing_to_tell(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", world.platform.settings.database_url)
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path))

    told = CliRunner().invoke(cli, ["health"])

    assert (told.exit_code, told.stdout) == (0, "0 versions cannot be loaded\n")
