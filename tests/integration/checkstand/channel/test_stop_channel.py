"""An operator stops a channel from the command line, and lets it work again."""

import pytest
from click.testing import CliRunner

from checkstand.accounting import WriteSet
from checkstand.app.bootstrap import build_platform
from checkstand.app.channel_accounts import serving
from checkstand.app.migrate import migrate
from checkstand.channel.routing import switched_off
from checkstand.cli import cli
from checkstand.infra.settings import Settings
from checkstand.member import tenant_op
from checkstand.monitoring.audit import audit_page

UNIT, RIVAL = "lantern-books", "rival-books"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Two business units, found by the command line's settings."""
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path))
    platform = build_platform(Settings.from_env())
    migrate(platform.db)
    platform.start(jobs=False)
    units = [tenant_op(unit, {"en": unit}, platform.clock.now()) for unit in (UNIT, RIVAL)]
    platform.poster.commit(WriteSet(ops=units))
    yield platform
    platform.stop()


def told(*arguments):
    return CliRunner().invoke(cli, ["channels", *arguments])


def switch(platform, unit, method="wechat_pay", channel="wechat_pay"):
    """The stop that this server sees; another process has set it, so what is remembered is forgotten first."""
    platform.memory.forget()
    with platform.db.read() as connection:
        found = serving(platform, connection, unit, "test").switches
    return switched_off(found, channel, method, platform.clock.now())


def trail(platform, unit):
    with platform.db.read() as connection:
        return [(line.action, line.object_id, line.after.get("reason")) for line in audit_page(connection, unit)]


def test_a_channel_is_stopped_in_one_unit_and_resumed(installed):
    said = told(
        "stop", "wechat_pay", "--tenant", UNIT, "--for", "PT2H", "--reason", "timeouts", "--message", "en=Back soon"
    )

    assert said.exit_code == 0, said.output
    assert switch(installed, UNIT).message["en"] == "Back soon"
    assert switch(installed, UNIT).message["zh-CN"]
    assert switch(installed, RIVAL) is None
    assert UNIT in told("stopped").output

    assert told("resume", "wechat_pay", "--tenant", UNIT, "--reason", "well again").exit_code == 0
    assert switch(installed, UNIT) is None
    assert UNIT not in told("stopped").output
    assert trail(installed, UNIT) == [
        ("channel.resume", "wechat_pay", "well again"),
        ("channel.stop", "wechat_pay", "timeouts"),
    ]
    assert trail(installed, RIVAL) == []


def test_without_a_unit_it_is_stopped_everywhere(installed):
    assert "2 business units" in told("stop", "wechat_pay", "--reason", "down").output

    assert switch(installed, UNIT) is not None
    assert switch(installed, RIVAL) is not None


def test_one_method_is_stopped_and_the_others_go_on(installed):
    told("stop", "wechat_pay", "--method", "wechat_pay", "--tenant", UNIT, "--reason", "down")

    assert switch(installed, UNIT) is not None
    assert switch(installed, UNIT, method="another") is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["stop", "nobody", "--reason", "x"], "channel.unknown"),
        (["stop", "wechat_pay", "--reason", " "], "channel.stop_reason_missing"),
        (["stop", "wechat_pay", "--reason", "x", "--for", "P31D"], "channel.stop_too_long"),
        (["stop", "wechat_pay", "--reason", "x", "--for", "PT1S"], "channel.stop_too_long"),
        (["stop", "wechat_pay", "--reason", "x", "--for", "soon"], "duration.invalid"),
        (["stop", "wechat_pay", "--reason", "x", "--message", "hello"], "channel.stop_message_invalid"),
        (["stop", "wechat_pay", "--reason", "x", "--message", "en="], "channel.stop_message_invalid"),
        (["stop", "wechat_pay", "--reason", "x", "--method", "barter"], "channel.method_not_served"),
        (["stop", "wechat_pay", "--reason", "x", "--tenant", "nobody"], "unit.not_found"),
        (["resume", "wechat_pay", "--reason", "x"], "channel.not_stopped"),
    ],
)
def test_what_makes_no_sense_changes_nothing(installed, arguments, code):
    said = told(*arguments)

    assert said.exit_code == 2
    assert code in said.output
    assert trail(installed, UNIT) == []
    assert switch(installed, UNIT) is None
