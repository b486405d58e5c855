"""`checkstand ledger` from a shell: what it prints, and that its exit code says whether the books hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet, accounting_date
from checkstand.app.bootstrap import build_platform
from checkstand.app.migrate import migrate
from checkstand.cli import cli
from checkstand.infra.settings import Settings
from checkstand.kernel import FrozenClock
from checkstand.member import tenant_op

YESTERDAY = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)  # long over for the clock of the commands


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The command line on books with one journal: 50 yuan of Mei."""
    url = f"sqlite:///{tmp_path}/checkstand.db"
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", url)
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path))
    platform = build_platform(Settings(var_dir=tmp_path, database_url=url), clock=FrozenClock(YESTERDAY))
    migrate(platform.db)
    platform.start(jobs=False)
    entries = (Entry(AccountRef("1002", "cmb", "CNY"), 5_000), Entry(AccountRef("2001", "mei", "CNY"), -5_000))
    opening = Journal("lantern", "opening", "member", "mei", entries, YESTERDAY)
    platform.poster.commit(WriteSet(ops=[tenant_op("lantern", "Lantern Books", YESTERDAY)], journals=[opening]))
    platform.stop()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["ledger", *arguments], env={"COLUMNS": "200"})

    return run


def test_the_check_says_what_it_proved(run) -> None:
    done = run("check", "--json")

    proven = {row["id"]: row for row in json.loads(done.output)}
    assert done.exit_code == 0
    assert proven["I1"]["proven"] == {"journals": 1, "entries": 2}
    assert {f"I{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 17)} <= set(proven)


def test_the_trial_balance_of_a_day(run) -> None:
    done = run("trial-balance", "--tenant", "lantern", "--to", "2026-03-01")

    assert done.exit_code == 0, done.output
    assert "2001" in done.output
    assert "-50.00" in done.output
    assert "1101" not in done.output  # nothing was booked there
    assert "1101" in run("trial-balance", "--tenant", "lantern", "--to", "2026-03-01", "--all").output


def test_a_statement_opens_with_nothing_and_closes_with_what_came(run) -> None:
    done = run("statement", "2001:CNY:mei", "--tenant", "lantern", "--from", "2026-03-01", "--to", "2026-03-02")

    assert done.exit_code == 0, done.output
    assert done.output.count("50.00") == 4  # the entry twice, the closing twice


def test_a_balance_is_explained(run) -> None:
    done = run("explain", "2001:CNY:mei", "--tenant", "lantern")

    assert "50.00 CNY" in done.output
    assert "opening" in done.output


def test_an_unknown_account_is_told_with_its_remedy(run) -> None:
    done = run("explain", "2001:CNY:otto", "--tenant", "lantern")

    assert done.exit_code == 2


def test_days_are_closed_from_the_shell(run) -> None:
    done = run("close-day", "2026-03-01", "--tenant", "lantern")

    assert done.exit_code == 0, done.output
    assert "lantern 2026-03-01 is closed" in done.output
    assert run("close-day", "2026-03-01", "--tenant", "lantern").exit_code == 2
    assert run("check").exit_code == 0


def test_an_adjustment_needs_two_people(run) -> None:
    asked = run(
        "adjust", "ask", "--tenant", "lantern", "--as", "mei", "--reason", "fee", "--evidence", "advice 7",
        "--entry", "5002:CNY:", "700", "--entry", "1002:CNY:cmb", "-700",
    )  # fmt: skip
    approval_id = asked.output.split()[0]

    assert run("adjust", "approve", approval_id, "--tenant", "lantern", "--as", "mei").exit_code == 2
    assert run("adjust", "approve", approval_id, "--tenant", "lantern", "--as", "otto").exit_code == 0
    assert run("adjust", "reject", approval_id, "--tenant", "lantern", "--as", "otto").exit_code == 2
    today = accounting_date(datetime.now(UTC)).isoformat()
    assert "7.00" in run("trial-balance", "--tenant", "lantern", "--to", today).output


def test_the_protocol_is_listed(run) -> None:
    done = run("protocol")

    assert "J1.2" in done.output
    assert "pay.escrow paid by composite" in done.output
