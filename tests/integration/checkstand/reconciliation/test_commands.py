"""`checkstand reconcile` as somebody types it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.unit.checkstand.reconciliation.statements import DAY, line, wechat
from tests.world import LANTERN

from checkstand.accounting import WriteSet
from checkstand.app.bootstrap import build_platform
from checkstand.app.migrate import migrate
from checkstand.app.open_channel_account import open_channel_account
from checkstand.channel.store import channel_account
from checkstand.cli import cli
from checkstand.infra.ops import Update
from checkstand.infra.settings import Settings
from checkstand.member import tenant_op

COMMON = ("--tenant", LANTERN, "--mode", "test")


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit with one WeChat account, and a bill with two payments that nobody here knows."""
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", f"sqlite:///{tmp_path}/checkstand.db")
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path))
    platform = build_platform(Settings.from_env())
    migrate(platform.db)
    platform.start(jobs=False)
    platform.poster.commit(WriteSet(ops=[tenant_op(LANTERN, {"en": "Lantern Books"}, platform.clock.now())]))
    made = platform.registry.channel("wechat_pay").test_credentials()
    account_id = open_channel_account(platform, LANTERN, "wechat_pay", "test", made, by="tests")
    key = {"tenant_id": LANTERN, "channel_account_id": account_id}
    platform.poster.commit(WriteSet(ops=[Update(channel_account, key, {"merchant_ref": "1900000109"})]))
    platform.stop()
    (tmp_path / "bill.csv").write_bytes(wechat([line("one", 700, 3), line("two", 900, 4)]))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["reconcile", *arguments])


def bill(tmp_path: Path) -> Result:
    return run("run", "wechat_pay", "--date", str(DAY), "--file", str(tmp_path / "bill.csv"), *COMMON)


def test_a_run_says_what_it_found_and_a_second_one_is_the_same(tmp_path: Path) -> None:
    first, second = bill(tmp_path), bill(tmp_path)

    assert first.exit_code == 0, first.stderr
    assert all(
        word in first.stdout for word in ("CLOSED", "version 1", "wechat_pay.trade.all", "2 channel_only_payment")
    )
    assert first.stdout == second.stdout


def test_runs_are_listed_and_shown(tmp_path: Path) -> None:
    run_id = bill(tmp_path).stdout.split()[0]
    told = json.loads(run("show", run_id, "--json").stdout)

    assert run_id in run("list").stdout
    assert run_id not in run("list", "--tenant", "rival").stdout
    # Without a bank account the money stays at the channel: its statement is the word on what it holds.
    assert {(row["our_no"], row["channel_minor"], row["resolution"]) for row in told["items"]} == {
        ("one", 700, None),
        ("two", 900, None),
        (str(DAY), 1_593, "held_at_channel"),
    }
    assert "channel_only_payment" in run("show", run_id).stdout


def test_the_statement_is_written_as_it_came_and_nothing_over_another_file(tmp_path: Path) -> None:
    said, copy = bill(tmp_path).stdout, tmp_path / "copy.csv"
    file_id = said.splitlines()[1].split()[0]
    digest = said.split("SHA-256 ")[1].split()[0]

    first, second = (run("file", file_id, *COMMON, "--to", str(copy)) for _ in range(2))

    assert (first.exit_code, sha256(copy.read_bytes()).hexdigest()) == (0, digest), first.output
    assert (second.exit_code, "exists" in second.stderr) == (2, True)
    assert "reconciliation.file_unknown" in run("file", "rcf_none", *COMMON, "--to", str(tmp_path / "none")).stderr
    assert not (tmp_path / "none").exists()


def test_a_file_that_cannot_be_used_is_listed_and_can_be_written(tmp_path: Path) -> None:
    whole = (tmp_path / "bill.csv").read_bytes()
    half, copy = whole[: len(whole) // 2], tmp_path / "copy.csv"
    (tmp_path / "bill.csv").write_bytes(half)
    bill(tmp_path)

    (told,) = run("refused", *COMMON).stdout.splitlines()

    assert f"{DAY} · bill.csv · {len(half)} bytes · [reconciliation.statement_truncated]" in told
    assert run("refused", "--tenant", LANTERN).stdout == ""  # another mode
    assert run("file", told.split()[0], *COMMON, "--to", str(copy)).exit_code == 0
    assert copy.read_bytes() == half


def test_what_waits_for_a_person_is_listed(tmp_path: Path) -> None:
    bill(tmp_path)

    lines = run("queue", *COMMON).stdout.splitlines()

    assert sorted(line.split(" · ")[2:4] for line in lines) == [["one", "697 CNY"], ["two", "896 CNY"]]
    assert run("queue", "--tenant", "rival").stdout == ""


def test_a_statement_that_cannot_be_fetched_is_said_so() -> None:
    answer = run("fetch", "wechat_pay", "--date", str(DAY), *COMMON)

    assert (answer.exit_code != 0, "[reconciliation.statement_missing]" in answer.stderr) == (True, True), answer.output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "rcr_none"), "reconciliation.run_unknown"),
        (("run", "alipay", "--date", str(DAY), *COMMON), "reconciliation.account_ambiguous"),
        (("run", "wechatpay", "--date", str(DAY), *COMMON), "channel.unknown"),
        (("run", "wechat_pay", "--date", "2026-11-19", *COMMON), "reconciliation.statement_foreign"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_code(arguments: tuple[str, ...], code: str, tmp_path: Path) -> None:
    file = ("--file", str(tmp_path / "bill.csv")) if arguments[0] == "run" else ()
    answer = run(*arguments, *file)

    assert (answer.exit_code, f"[{code}]" in answer.stderr) == (2, True), answer.output
