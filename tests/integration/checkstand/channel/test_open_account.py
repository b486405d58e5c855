"""An operator gives a business unit an account with a channel."""

import pytest
import yaml
from click.testing import CliRunner

from checkstand.accounting import WriteSet
from checkstand.app.bootstrap import build_platform
from checkstand.app.migrate import migrate
from checkstand.channel import Registry, store
from checkstand.cli import cli
from checkstand.infra.settings import Settings
from checkstand.member import tenant_op
from checkstand.monitoring.audit import audit_page

UNIT = "lantern-books"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A business unit without accounts, found by the command line's settings."""
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path))
    platform = build_platform(Settings.from_env())
    migrate(platform.db)
    platform.start(jobs=False)
    platform.poster.commit(WriteSet(ops=[tenant_op(UNIT, {"en": "Lantern Books"}, platform.clock.now())]))
    yield platform
    platform.stop()


@pytest.fixture
def credentials():
    """What a merchant has; the simulator's half is not part of it."""
    made = Registry.load().channel("wechat_pay").test_credentials()
    return {name: value for name, value in made.items() if not name.startswith("sim_")}


def opened(tmp_path, credentials, *, tenant=UNIT):
    path = tmp_path / "wechat.yaml"
    path.write_text(yaml.safe_dump(credentials))
    return CliRunner().invoke(
        cli, ["channels", "open-account", "wechat_pay", "--tenant", tenant, "--credentials", str(path)]
    )


def accounts(platform):
    with platform.db.read() as connection:
        return store.active_accounts(connection, UNIT, "live")


def test_the_account_serves_live_payments_and_stands_on_the_trail(installed, tmp_path, credentials):
    said = opened(tmp_path, credentials)

    assert said.exit_code == 0, said.output
    account_id = said.output.split()[0]
    assert [row.channel_account_id for row in accounts(installed)] == [account_id]
    assert installed.channel_accounts.load(UNIT, account_id).credentials["mchid"] == credentials["mchid"]
    with installed.db.read() as connection:
        line = audit_page(connection, UNIT)[0]
    assert (line.action, line.object_id, line.mode) == ("channel_account.open", account_id, "live")
    assert credentials["api_v3_key"] not in str(line)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mchid": ""}, "mchid: required"),
        ({"colour": "red"}, "colour: unknown credential"),
        ({"sim_platform_private_key": "x"}, "sim_platform_private_key: for test mode only"),
    ],
)
def test_wrong_credentials_change_nothing(installed, tmp_path, credentials, change, says):
    said = opened(tmp_path, {**credentials, **change})

    assert said.exit_code == 2
    assert says in " ".join(said.output.split())
    assert accounts(installed) == []


def test_a_unit_that_is_not_there_gets_no_account(installed, tmp_path, credentials):
    said = opened(tmp_path, credentials, tenant="nobody")

    assert said.exit_code == 2
    assert "unit.not_found" in said.output


def test_a_file_that_is_no_mapping_is_refused(installed, tmp_path):
    assert "field: value" in " ".join(opened(tmp_path, ["a", "b"]).output.split())
