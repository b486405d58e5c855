"""`checkstand explain` as somebody types it; the installation comes from `test_commands`."""

from __future__ import annotations

import json

import pytest
from tests.integration.checkstand.scenario.test_commands import MALL, lantern, run

__all__ = ["lantern"]  # the fixture of the other commands


def test_a_file_is_explained_without_an_installation() -> None:
    told = run("explain", MALL, "--amount", "128.50", "--terminal", "h5", "--shopper", "id=mei,tier=new,country=CN")

    assert told.exit_code == 0, told.output
    assert "wx (WeChat Pay): shown" in told.stdout
    assert "amount = 12850" in told.stdout
    assert "timeouts.session = PT90M  (base/common, " in told.stdout
    assert "common.yaml:14)" in told.stdout
    assert "terminal = h5" in told.stdout


def test_what_is_published_names_the_missing_account() -> None:
    run("apply", MALL, "--tenant", "lantern")
    told = run("explain", "mall-order", "--tenant", "lantern")

    assert "✗ no channel takes it now" in told.stdout
    assert "wx through wechat_pay: the business unit has no account" in told.stdout


def test_chinese_is_spoken() -> None:
    assert "wx (微信支付): 展示" in run("explain", MALL, "--lang", "zh-CN").stdout


def test_machines_read_everything() -> None:
    told = json.loads(run("explain", "mall-order", "--json", "--at", "2026-03-01T20:00+08:00").stdout)

    assert told["at"] == "2026-03-01T20:00:00+08:00"
    assert told["context"]["hour"] == 20
    assert {each["method_id"] for each in told["visit"]["methods"]} == {"wx", "ali", "bal"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--shopper", "teir=new"], "'teir=new' is not one of id, country, tier"),
        (["--at", "tomorrow"], "'tomorrow' is no ISO 8601 instant"),
        (["--at", "2026-03-01T20:00"], "needs a time zone"),
        (["--amount", "a lot"], "is not an amount in CNY"),
    ],
)
def test_a_mistyped_option_is_named(arguments: list[str], words: str) -> None:
    told = run("explain", MALL, *arguments)

    assert told.exit_code == 2
    assert words in told.stderr


def test_a_value_that_no_session_takes_is_said() -> None:
    told = run("explain", MALL, "--shopper", "tier=gold")

    assert "No checkout would be made: shopper.tier: shopper.tier must be one of guest, new" in told.stdout
