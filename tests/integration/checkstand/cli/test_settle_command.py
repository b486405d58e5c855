"""`checkstand settle` from a shell: a day is settled once, and a batch is shown with its items."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.app.bootstrap import build_platform
from checkstand.app.migrate import migrate
from checkstand.clearing.store import record_op
from checkstand.cli import cli
from checkstand.infra.settings import Settings
from checkstand.kernel import FrozenClock
from checkstand.member import tenant_op
from checkstand.member.settlement_profile import Profile, profile_op

MONDAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # long over for the clock of the commands
OWNER = "lantern/live"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The command line on books with one sale of 99.40 that falls due on the next day."""
    url = f"sqlite:///{tmp_path}/checkstand.db"
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", url)
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path))
    platform = build_platform(Settings(var_dir=tmp_path, database_url=url), clock=FrozenClock(MONDAY))
    migrate(platform.db)
    platform.start(jobs=False)
    entries = (Entry(AccountRef("1002", "cmb", "CNY"), 9_940), Entry(AccountRef("2102", OWNER, "CNY"), -9_940))
    sale = Journal("lantern", "pay", "payment", "pay_1", entries, MONDAY)
    record = record_op(
        "lantern", mode="live", kind="sale", journal_kind="pay", source=("payment", "pay_1"), owner_id=OWNER,
        account_code="2102", currency="CNY", amount_minor=9_940, gross_minor=10_000, fee_minor=60, cycle="T+1",
        cleared_on=date(2026, 3, 2), eligible_at=MONDAY, now=MONDAY,
    )  # fmt: skip
    profile = profile_op(Profile("lantern", "live", OWNER, auto_approve_minor=10**9), MONDAY)
    ops = [tenant_op("lantern", {"en": "Lantern Books"}, MONDAY), record, profile]
    platform.poster.commit(WriteSet(ops=ops, journals=[sale]))
    platform.stop()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["settle", *arguments], env={"COLUMNS": "200"})

    return run


def test_a_day_is_settled_once(run) -> None:
    first, second = run("run", "--date", "2026-03-03"), run("run", "--date", "2026-03-03")

    assert first.exit_code == 0, first.output
    assert "1 items · 99.40 CNY · PAID" in first.output
    assert second.output == "lantern: nothing to settle\n"


def test_no_batch_yet_is_said_with_the_next_step(run) -> None:
    assert "no batch yet; `checkstand settle run" in run("list").output


def test_a_batch_is_listed_and_shown(run) -> None:
    run("run", "--date", "2026-03-03", "--tenant", "lantern", "--mode", "live")
    batch_id = re.findall(r"stb_\w+", run("list").output)[0]

    shown = json.loads(run("show", batch_id, "--json").output)
    assert (shown["status"], shown["amount"]["minor"]) == ("paid", 9_940)
    assert [item["payment"] for item in shown["item_list"]] == [None]
    assert "pay_1" in run("show", batch_id).output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("run", "--date", "2999-01-01"), "settlement.day_ahead"), (("show", "stb_none"), "settlement.batch_unknown")],
)
def test_what_cannot_be_is_told(run, arguments: tuple[str, ...], code: str) -> None:
    done = run(*arguments)

    assert done.exit_code != 0
    assert code in done.output
