"""`checkstand plan` on three prepared edits: texts that a product manager understands, counts that are right."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, inspect, select, table
from tests.world import LANTERN, ROOT, World

from checkstand.app.create_session import create_session
from checkstand.app.plan_changes import plan_changes
from checkstand.app.replay_sessions import PAGE, Count
from checkstand.app.session_rows import CreateSession
from checkstand.cli import cli
from checkstand.rule.variables import TERMINALS, TIERS
from checkstand.scenario import load

PLANS = ROOT / "tests" / "data" / "plans"
SESSIONS = 300


@dataclass(frozen=True)
class Visit:
    """What one generated session was made from."""

    session_id: str
    amount: int
    tier: str
    terminal: str
    risk: int
    shopper: str


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url, scenarios=[PLANS / "books.yaml"])
    yield made
    made.close()


@pytest.fixture
def visits(world: World) -> list[Visit]:
    """A few hundred sessions of all kinds."""
    chance, made = random.Random(11), []
    for number in range(SESSIONS):
        visit = Visit(
            "",
            chance.choice((chance.randint(100, 9_999), chance.randint(10_000, 1_000_000))),
            chance.choice(TIERS),
            chance.choice(TERMINALS),
            chance.randint(0, 100),
            chance.choice((f"s{number}", "mei", "")),
        )
        shopper = {"id": visit.shopper or None, "tier": visit.tier, "risk": visit.risk}
        command = CreateSession(
            LANTERN, "test", "books", f"N-{number}", visit.amount, "CNY", "A novel", visit.terminal, shopper=shopper
        )
        session = create_session(world.platform, command)
        made.append(replace(visit, session_id=session.session_id))
    return made


def plan(world: World, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", world.platform.settings.database_url)
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(world.folder))
    monkeypatch.chdir(ROOT)
    return CliRunner().invoke(cli, ["plan", *arguments, "--tenant", LANTERN])


def saw_alipay(visit: Visit) -> bool:
    """The published scenario, written down once more by hand."""
    return visit.risk < 80 and not (visit.terminal == "ios" and visit.amount < 5000)


def fnv(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) % 2**32
    return value


def position(seed: str, unit: str) -> float:
    """GrowthBook's hash version 2, written down once more by hand."""
    return fnv(str(fnv(seed + unit))) % 10_000 / 10_000


def counted(world: World, edit: str) -> dict[tuple[str, str], Count]:
    catalogue = load([PLANS / f"{edit}.yaml"], world.platform.registry.method_types())
    (change,) = plan_changes(world.platform, LANTERN, catalogue, "test").scenarios
    assert change.replay is not None
    assert change.replay.sessions == SESSIONS
    return {(each.kind, each.subject): each for each in change.replay.counts}


# ── counts ──────────────────────────────────────────────────────────────────────────────────────


def test_hiding_a_method_counts_exactly_those_who_saw_it(world: World, visits: list[Visit]) -> None:
    losing = [v for v in visits if saw_alipay(v) and v.tier == "new" and v.amount > 500_000]
    found = counted(world, "hide-for-new-shoppers")

    assert losing
    assert {kind: each.sessions for kind, each in found.items()} == {("lost", "ali"): len(losing)}
    assert found["lost", "ali"].example == losing[0].session_id


def test_a_higher_limit_changes_no_recorded_order_and_a_lower_one_those_above_it(
    world: World, visits: list[Visit], tmp_path: Path
) -> None:
    assert counted(world, "raise-the-limit") == {}

    lower = tmp_path / "lower.yaml"
    lower.write_text((PLANS / "books.yaml").read_text("utf-8").replace("max: 1000000", "max: 200000"), "utf-8")
    catalogue = load([lower], world.platform.registry.method_types())
    found = plan_changes(world.platform, LANTERN, catalogue, "test")
    (change,) = found.scenarios

    assert change.replay is not None
    assert {each.kind: each.sessions for each in change.replay.counts} == {
        "refused": sum(visit.amount > 200_000 for visit in visits)
    }
    assert found.code == 3


def test_an_experiment_counts_exactly_those_whom_the_hash_puts_into_it(world: World, visits: list[Visit]) -> None:
    known = [v for v in visits if v.shopper and position("checkout", v.shopper) < 0.5]
    found = counted(world, "start-an-experiment")

    assert known
    assert {kind: each.sessions for kind, each in found.items()} == {("arm", "alipay-first"): len(known)}


def test_a_replay_reads_page_by_page_and_only_the_days_that_were_asked_for(
    world: World, visits: list[Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkstand.app.replay_sessions.PAGE", 7)
    assert PAGE > SESSIONS
    whole = counted(world, "hide-for-new-shoppers")["lost", "ali"]
    monkeypatch.undo()

    assert whole.sessions == counted(world, "hide-for-new-shoppers")["lost", "ali"].sessions
    world.clock.advance(days=2)
    catalogue = load([PLANS / "hide-for-new-shoppers.yaml"], world.platform.registry.method_types())
    for days, sessions in ((1, 0), (3, SESSIONS)):
        (change,) = plan_changes(world.platform, LANTERN, catalogue, "test", days=days).scenarios
        assert change.replay is not None
        assert change.replay.sessions == sessions
    world.jobs()  # the orders are overdue by now


def test_planning_writes_nothing(world: World, visits: list[Visit]) -> None:
    def rows() -> dict[str, int]:
        with world.platform.db.read() as connection:
            names = inspect(connection).get_table_names()
            return {
                name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names
            }

    before = rows()
    counted(world, "hide-for-new-shoppers")

    assert rows() == before


# ── texts ───────────────────────────────────────────────────────────────────────────────────────

HIDE = """\
books tests/data/plans/hide-for-new-shoppers.yaml breaking
  ✗ Shoppers no longer see Alipay when the shopper is new and the amount is above ¥5,000.00, for example: ¥5,000.01, \
new, a phone browser.  tests/data/plans/hide-for-new-shoppers.yaml:11
    {lost} of the 300 sessions of the last day would have been different:
      {lost} would have lost Alipay; the first is {session} ({order})
    300 checkouts are open; they finish under the version that they began with.

A replay takes every channel to be open and every balance to be enough, so only the change is told.
0 nothing · 2 changes · 3 breaking → 3
"""
RAISE = """\
books tests/data/plans/raise-the-limit.yaml changes
  · The largest amount rises from ¥10,000.00 to ¥20,000.00: orders in between are taken from now on, for example: \
¥10,000.01.  tests/data/plans/raise-the-limit.yaml:5
    None of the 300 sessions of the last day would have been different.
    300 checkouts are open; they finish under the version that they began with.

0 nothing · 2 changes · 3 breaking → 2
"""
START = """\
books tests/data/plans/start-an-experiment.yaml changes
  · Experiment alipay-first starts with 50 % of all visits.  tests/data/plans/start-an-experiment.yaml:13
      Arm ali_first, 25 % of all visits: The order of the methods: Alipay, WeChat Pay, so far WeChat Pay, Alipay.
    {arms} of the 300 sessions of the last day would have been different:
      {arms} would have changed their arm of alipay-first; the first is {session} ({order})
    300 checkouts are open; they finish under the version that they began with.

A replay takes every channel to be open and every balance to be enough, so only the change is told.
0 nothing · 2 changes · 3 breaking → 2
"""
HIDE_ZH = """\
books tests/data/plans/hide-for-new-shoppers.yaml 破坏性变更
  ✗ 当购物者为新客且金额高于 ¥5,000.00 时，不再展示支付宝，例如：¥5,000.01、新客、手机浏览器。  \
tests/data/plans/hide-for-new-shoppers.yaml:11
    最近 1 天的 300 个会话中有 {lost} 个会不同：
      {lost} 个会失去支付宝；首个为 {session}（{order}）
    有 300 个收银会话进行中，将按其开始时的版本完成。

回放假定渠道全部可用、余额充足，因此只反映本次变更。
0 无变化 · 2 有变更 · 3 破坏性变更 → 3
"""


@pytest.mark.parametrize(
    ("edit", "lang", "golden", "code"),
    [
        ("hide-for-new-shoppers", "en", HIDE, 3),
        ("raise-the-limit", "en", RAISE, 2),
        ("start-an-experiment", "en", START, 2),
        ("hide-for-new-shoppers", "zh-CN", HIDE_ZH, 3),
    ],
)
def test_an_edit_is_told_in_words(
    world: World, visits: list[Visit], monkeypatch: pytest.MonkeyPatch, edit: str, lang: str, golden: str, code: int
) -> None:
    told = plan(world, f"tests/data/plans/{edit}.yaml", "--lang", lang, monkeypatch=monkeypatch)
    losing = [v for v in visits if saw_alipay(v) and v.tier == "new" and v.amount > 500_000]
    known = [v for v in visits if v.shopper and position("checkout", v.shopper) < 0.5]
    first = {"hide-for-new-shoppers": losing, "start-an-experiment": known}.get(edit, [None])[0]
    order = re.search(r"cs_\w+[ （]\(?([^)）]*)", told.stdout)

    filled = golden.format(
        lost=len(losing),
        arms=len(known),
        session=first.session_id if first else "",
        order=order[1] if order else "",
    )
    assert (told.stdout, told.exit_code) == (filled, code)
    assert order is None or order[1].startswith("¥")


def test_what_is_published_already_is_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told = plan(world, "tests/data/plans/books.yaml", monkeypatch=monkeypatch)

    assert told.stdout == "Nothing changes in one scenario.\n0 nothing · 2 changes · 3 breaking → 0\n"
    assert told.exit_code == 0


def test_a_new_scenario_is_a_change_and_a_broken_file_none_of_the_three(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new = tmp_path / "new.yaml"
    new.write_text((PLANS / "books.yaml").read_text("utf-8").replace("id: books", "id: maps"), "utf-8")
    told = plan(world, str(new), monkeypatch=monkeypatch)
    assert "A new scenario; nothing of it is published yet." in told.stdout
    assert told.exit_code == 2

    new.write_text("a: [", "utf-8")
    assert plan(world, str(new), monkeypatch=monkeypatch).exit_code == 1


def test_what_cannot_be_compared_is_neither_a_change_nor_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", world.platform.settings.database_url)
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(world.folder))
    told = CliRunner().invoke(cli, ["plan", str(PLANS / "books.yaml"), "--tenant", "nobody"])

    assert told.exit_code == 1
    assert "there is no business unit 'nobody'" in told.stderr


def test_machines_get_the_same(world: World, visits: list[Visit], monkeypatch: pytest.MonkeyPatch) -> None:
    told = plan(world, "tests/data/plans/hide-for-new-shoppers.yaml", "--json", monkeypatch=monkeypatch)
    data: dict[str, Any] = json.loads(told.stdout)
    (scenario,) = data["scenarios"]
    (effect,) = scenario["effects"]

    assert (data["code"], scenario["breaking"], effect["kind"], effect["method"]) == (3, True, "hidden", "ali")
    assert effect["witness"]["amount"] == 500_001
    assert effect["proven"] is True
    assert effect["places"] == ["tests/data/plans/hide-for-new-shoppers.yaml:11"]
    assert scenario["replay"]["counts"][0]["kind"] == "lost"
    assert scenario["open_sessions"] == SESSIONS


def test_a_base_tells_every_scenario_that_extends_it(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shop"
    (folder / "base").mkdir(parents=True)
    base = (PLANS / "books.yaml").read_text("utf-8").replace("kind: Scenario", "kind: Base")
    (folder / "base" / "shelf.yaml").write_text(base, "utf-8")
    own = "api_version: checkout/v1\nkind: Scenario\nmetadata: {id: %s, name: {en: B, zh-CN: B}, owner: lantern}\n"
    for name in ("novels", "atlases"):
        (folder / f"{name}.yaml").write_text(own % name + "extends: base/shelf\n", "utf-8")
    world = World(tmp_path / "var", database_url, scenarios=[folder])
    try:
        (folder / "base" / "shelf.yaml").write_text(base.replace("max: 1000000", "max: 2000000"), "utf-8")
        told = plan(world, str(folder / "base" / "shelf.yaml"), monkeypatch=monkeypatch)
    finally:
        world.close()

    assert told.stdout.count("The largest amount rises") == 2
    assert re.search(r"novels .*\n.*  base/shelf, .*base/shelf.yaml:\d", told.stdout)


def test_an_open_checkout_and_a_running_experiment_are_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from checkstand.app.apply_scenarios import apply_scenarios

    apply_scenarios(world.platform, LANTERN, [PLANS / "start-an-experiment.yaml"], "test", "tests")
    world.session("books", 12_900)
    told = plan(world, "tests/data/plans/raise-the-limit.yaml", monkeypatch=monkeypatch)

    assert "Experiment alipay-first ends" in told.stdout
    assert "One checkout is open; it finishes under the version that it began with." in told.stdout
    assert "Running experiments that this reaches: alipay-first." in told.stdout
