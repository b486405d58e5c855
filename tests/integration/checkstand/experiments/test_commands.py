"""`checkstand experiments` as somebody types it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from tests.integration.checkstand.experiments.planted import plant
from tests.integration.checkstand.experiments.test_results import SCENARIO, WHICH
from tests.world import LANTERN

from checkstand.accounting import WriteSet
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.bootstrap import build_platform
from checkstand.app.migrate import migrate
from checkstand.cli import cli
from checkstand.infra.settings import Settings
from checkstand.member import tenant_op
from checkstand.monitoring.audit import audit_event

ONE = ("books", "order", "--tenant", LANTERN)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with one experiment that eight hundred readers have seen."""
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", f"sqlite:///{tmp_path}/checkstand.db")
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path))
    (tmp_path / "books.yaml").write_text(SCENARIO)
    platform = build_platform(Settings.from_env())
    migrate(platform.db)
    platform.start(jobs=False)
    now = platform.clock.now()
    platform.poster.commit(WriteSet(ops=[tenant_op(LANTERN, {"en": "Lantern Books"}, now)]))
    apply_scenarios(platform, LANTERN, [tmp_path / "books.yaml"], "test", "tests")
    arms = {"control": (400, 240), "ali_first": (400, 320)}
    plant(SimpleNamespace(platform=platform), WHICH, arms, at=now - timedelta(days=9))
    platform.stop()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["experiments", *arguments])


def test_the_list_says_the_state_and_the_results_the_verdict() -> None:
    listed = run("list", "--tenant", LANTERN)
    told = run("results", *ONE)
    chinese = run("results", *ONE, "--locale", "zh-CN")

    assert all(word in listed.stdout for word in ("books", "order", "running", "50 %"))
    assert "ali_first is better." in told.stdout
    assert "ali_first 更好。" in chinese.stdout
    assert "refunds" in told.stdout


def test_a_machine_reads_every_figure() -> None:
    figures = json.loads(run("results", *ONE, "--json").stdout)
    goal = next(each for each in figures["comparisons"] if each["role"] == "goal")

    assert figures["arms"] == {"control": 400, "ali_first": 400}
    assert figures["verdicts"] == [{"code": "better", "variation": "ali_first"}]
    assert 0 < goal["low"] < goal["difference"] < goal["high"]
    assert next(each for each in figures["comparisons"] if each["metric"] == "fail_rate")["low"] is None


def test_widening_stopping_and_starting_are_audited_with_their_reason(tmp_path: Path) -> None:
    answers = [
        run("ramp", *ONE, "80", "--reason", "no harm so far"),
        run("stop", *ONE, "--reason", "sale begins"),
        run("start", *ONE, "--reason", "sale is over"),
    ]
    platform = build_platform(Settings.from_env())
    with platform.db.read() as connection:
        lines = connection.execute(select(audit_event.c.action, audit_event.c.after)).all()
    platform.stop()

    assert [answer.exit_code for answer in answers] == [0, 0, 0]
    assert [(line.action, line.after["reason"], line.after["coverage"]) for line in lines] == [
        ("experiment.ramp", "no harm so far", 0.8),
        ("experiment.stop", "sale begins", 0.8),
        ("experiment.start", "sale is over", 0.8),
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ramp", *ONE, "20", "--reason", "narrower"), "experiment.ramp_invalid"),
        (("start", *ONE, "--reason", "again"), "experiment.unchanged"),
        (("stop", *ONE, "--reason", " "), "experiment.reason_missing"),
        (("results", "books", "unheard", "--tenant", LANTERN), "experiment.unknown"),
        (("results", *ONE, "--mode", "live"), "experiment.unknown"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_code(arguments: tuple[str, ...], code: str) -> None:
    answer = run(*arguments)

    assert (answer.exit_code, f"[{code}]" in answer.stderr) == (2, True)


def test_a_business_unit_without_experiments_is_told_how_to_begin() -> None:
    assert "run-an-experiment" in run("list", "--tenant", LANTERN, "--mode", "live").stdout
