"""The command line explains itself."""

import click
import pytest
from click.testing import CliRunner

from checkstand.cli import COMMANDS, cli
from checkstand.infra.settings import SettingWrong


def test_help_lists_every_command_with_a_sentence():
    printed = CliRunner().invoke(cli, ["--help"]).output

    for name, place in COMMANDS.items():
        assert name in printed
        assert place.help in printed


def test_an_unknown_command_is_a_usage_error():
    found = CliRunner().invoke(cli, ["frobnicate"])

    assert found.exit_code == 2
    assert "No such command" in found.output


def test_a_deliberate_error_is_a_sentence_a_remedy_and_a_code(monkeypatch):
    @click.command()
    def migrate():
        raise SettingWrong("CHECKSTAND_PORT: 'x' does not work")

    monkeypatch.setattr(cli, "get_command", lambda ctx, name: migrate)
    found = CliRunner().invoke(cli, ["migrate"])

    assert found.exit_code == 2
    assert "CHECKSTAND_PORT" in found.output
    assert SettingWrong.remedy in found.output
    assert "[setting.wrong]" in found.output


def test_a_wrong_setting_stops_a_command_before_it_does_anything(monkeypatch, tmp_path):
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", "mysql://nowhere/x")

    found = CliRunner().invoke(cli, ["migrate"])

    assert found.exit_code == 2
    assert "CHECKSTAND_DATABASE_URL" in found.output
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name):
    found = CliRunner().invoke(cli, [name, "--help"])

    assert found.exit_code == 0
    assert len(found.output.splitlines()) > 3
