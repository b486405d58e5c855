"""Settings come from the environment, and a wrong one says how to be right."""

import base64
import stat
from pathlib import Path

import pytest

from checkstand.infra.settings import Settings, SettingWrong


def test_an_empty_environment_gives_a_local_test_installation():
    settings = Settings.from_env({})

    assert settings.database_url == "sqlite:///var/checkstand.db"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.serves_simulators


def test_the_own_variable_wins_over_the_common_one():
    assert Settings.from_env({"PORT": "9000", "CHECKSTAND_PORT": "9001"}).port == 9001
    assert Settings.from_env({"PORT": "9000"}).port == 9000


def test_an_option_wins_over_the_environment():
    assert Settings.from_env({"CHECKSTAND_PORT": "9001"}, port=9002, host=None).port == 9002


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("CHECKSTAND_PORT", "eighty", "1 to 65535"),
        ("CHECKSTAND_PORT", "0", "1 to 65535"),
        ("CHECKSTAND_PORT", "²", "1 to 65535"),
        ("CHECKSTAND_JOBS", "maybe", "1 or 0"),
        ("CHECKSTAND_MODE", "prod", "test or live"),
        ("CHECKSTAND_DATABASE_URL", "mysql://db/x", "postgresql://"),
        ("CHECKSTAND_PUBLIC_URL", "pay.example.com", "https://"),
        ("CHECKSTAND_PUBLIC_URL", "https://", "https://"),
        ("CHECKSTAND_SECRET_KEY_BASE64", "c2hvcnQ=", "openssl rand -base64 32"),
        ("CHECKSTAND_JOB_THREADS", "0", "1 to 256"),
        ("CHECKSTAND_OIDC_ISSUER", "login.example.com", "https address"),
        ("CHECKSTAND_OIDC_ISSUER", "http://login.example.com", "https address"),
        ("CHECKSTAND_OIDC_ISSUER", "https://login.example.com?tenant=1", "https address"),
        ("CHECKSTAND_OIDC_EMAIL_DOMAINS", "example.com; example.org", "commas"),
    ],
)
def test_a_wrong_value_names_the_variable_and_what_to_write(name, value, advice):
    with pytest.raises(SettingWrong) as wrong:
        Settings.from_env({name: value})

    assert name in wrong.value.detail
    assert advice in wrong.value.detail


def test_a_wrong_secret_is_not_repeated():
    with pytest.raises(SettingWrong) as wrong:
        Settings.from_env({"CHECKSTAND_SECRET_KEY_BASE64": "hunter2"})

    assert "hunter2" not in wrong.value.detail


def test_the_representation_shows_no_password():
    settings = Settings.from_env({"CHECKSTAND_DATABASE_URL": "postgresql://u:hunter2@db/x"})

    assert "hunter2" not in repr(settings)


def test_the_issuer_is_kept_letter_for_letter():
    given = {"CHECKSTAND_OIDC_ISSUER": "https://login.example.com/", "CHECKSTAND_OIDC_CLIENT_ID": "checkstand"}
    settings = Settings.from_env({**given, "CHECKSTAND_OIDC_EMAIL_DOMAINS": "Example.com, @example.org"})

    assert settings.oidc_issuer == "https://login.example.com/"
    assert settings.oidc_label == "login.example.com"
    assert settings.oidc_email_domains == ("example.com", "example.org")


@pytest.mark.parametrize(
    "given",
    [
        {"CHECKSTAND_OIDC_ISSUER": "https://login.example.com"},
        {"CHECKSTAND_OIDC_CLIENT_ID": "checkstand"},
        {"CHECKSTAND_PASSWORD_SIGN_IN": "0"},
    ],
)
def test_half_a_single_sign_on_is_refused_at_the_start(given):
    with pytest.raises(SettingWrong) as wrong:
        Settings.from_env(given)

    assert "CHECKSTAND_OIDC_ISSUER" in wrong.value.detail


def test_live_mode_does_not_open_private_networks():
    with pytest.raises(SettingWrong):
        Settings.from_env({"CHECKSTAND_MODE": "live", "CHECKSTAND_ALLOW_PRIVATE_WEBHOOKS": "1"})


def test_live_mode_never_serves_simulators():
    assert not Settings.from_env({"CHECKSTAND_MODE": "live", "CHECKSTAND_SIMULATORS": "1"}).serves_simulators


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path):
    first = Settings(var_dir=tmp_path / "var").secret_key

    assert len(first) == 32
    assert stat.S_IMODE((tmp_path / "var" / "secret.key").stat().st_mode) == 0o600
    assert Settings(var_dir=tmp_path / "var").secret_key == first


def test_reading_settings_leaves_no_file_behind(tmp_path: Path):
    Settings.from_env({"CHECKSTAND_VAR_DIR": str(tmp_path / "var")})

    assert not (tmp_path / "var").exists()


def test_a_given_key_is_used_instead_of_the_file(tmp_path: Path):
    text = base64.b64encode(b"k" * 32).decode()

    assert Settings.from_env({"CHECKSTAND_SECRET_KEY_BASE64": text}).secret_key == b"k" * 32
