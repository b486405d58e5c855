"""API keys in the console: shown once, replaced without an outage, ended at once, and used by whom and when."""

import re
from datetime import timedelta

import pytest
from litestar.testing import TestClient
from tests.web.checkstand_admin.conftest import RIVAL, UNIT
from tests.web.checkstand_admin.engines import on_both_engines

from checkstand.accounting import WriteSet
from checkstand.member import api_key, find_key, new_api_key
from checkstand.member.keys import keys_of
from checkstand.monitoring.audit import audit_page
from checkstand.web.app import build_asgi

KEYS = f"/admin/u/{UNIT}/test/developers/keys"


def made(person, **fields):
    answer = person.post(KEYS, scope=["sessions:write", "payments:read"], **fields)
    return re.search(r'data-testid="secret">([^<]+)<', answer.text).group(1)


def rows(platform, mode="test"):
    with platform.db.read() as connection:
        return keys_of(connection, UNIT, mode)


def call(platform, secret):
    with TestClient(build_asgi(platform), base_url="http://api.test") as api:
        return api.get("/v1/payments", headers={"authorization": f"Bearer {secret}"}).status_code


def test_a_key_is_shown_once_and_kept_as_a_hash(person, platform):
    developer = person("developer")
    secret = made(developer)

    with platform.db.read() as connection:
        row = find_key(connection, secret)
        stored = connection.exec_driver_sql("SELECT * FROM api_key").all()
        told = audit_page(connection, UNIT)
    assert row.scopes == ["sessions:write", "payments:read"]
    assert secret not in developer.get(KEYS).text
    assert secret not in repr(stored) + repr(told)
    assert (told[0].action, told[0].actor_email) == ("key.create", "developer@example.com")


def test_a_fresh_key_works_and_its_use_is_noted_to_the_minute(person, platform):
    developer = person("developer")
    secret = made(developer)
    assert "never" in developer.get(KEYS).text

    assert call(platform, secret) == 200
    assert call(platform, secret) == 200
    platform.poster.commit(WriteSet())

    first = rows(platform)[0].last_used_at
    assert first is not None
    assert "never" not in developer.get(KEYS).text


def test_many_calls_in_a_minute_are_one_write(platform, monkeypatch):
    from checkstand.app.note_key_use import note_key_use

    written = []
    monkeypatch.setattr(platform.poster, "submit", written.append)
    now = platform.clock.now()
    for second in (0, 1, 59, 61):
        note_key_use(platform, UNIT, "key_1", now + timedelta(seconds=second))

    assert len(written) == 2


def test_a_replaced_key_works_on_for_a_day(person, platform):
    developer = person("developer")
    old = made(developer)
    old_row = rows(platform)[0]
    answer = developer.post(f"{KEYS}/{old_row.api_key_id}/rotate")
    new = re.search(r'data-testid="secret">([^<]+)<', answer.text).group(1)

    ends_at = next(row.revoked_at for row in rows(platform) if row.api_key_id == old_row.api_key_id)
    assert timedelta(hours=23, minutes=59) < ends_at - platform.clock.now() <= timedelta(hours=24)
    assert (call(platform, old), call(platform, new)) == (200, 200)
    assert developer.post(f"{KEYS}/{old_row.api_key_id}/rotate").status_code == 409


def test_a_revoked_key_is_refused_at_once(person, platform):
    developer = person("developer")
    secret = made(developer)
    assert call(platform, secret) == 200
    key_id = rows(platform)[0].api_key_id

    answer = developer.post(f"{KEYS}/{key_id}/revoke")

    assert answer.headers["location"] == f"{KEYS}?done=key_revoked"
    assert call(platform, secret) == 401
    assert developer.post(f"{KEYS}/{key_id}/revoke").status_code == 409


@on_both_engines
def test_a_form_sent_twice_makes_one_key(person, platform):
    developer = person("developer")
    once = re.search(r'name="once" value="(key_\w+)"', developer.get(KEYS).text).group(1)
    made(developer, once=once)
    again = developer.post(KEYS, scope="payments:read", once=once)

    assert again.status_code == 409
    assert 'data-testid="secret"' not in again.text
    assert len(rows(platform)) == 1


@pytest.mark.parametrize("scopes", [[], ["everything"], ["payments:read", "<script>"]])
def test_scopes_that_do_not_exist_make_no_key(person, platform, scopes):
    answer = person("developer").post(KEYS, scope=scopes)

    assert answer.status_code == 400
    assert "<script>" not in answer.text.replace("<script src", "")
    assert rows(platform) == []


@pytest.mark.parametrize("action", ["rotate", "revoke"])
def test_a_foreign_key_is_not_there(person, platform, action):
    _, row = new_api_key(RIVAL, "test", platform.clock.now())
    _, live = new_api_key(UNIT, "live", platform.clock.now())
    platform.poster.commit(WriteSet(ops=[row, live]))
    for foreign in (row, live):
        assert person("owner").post(f"{KEYS}/{foreign.values['api_key_id']}/{action}").status_code == 404

    with platform.db.read() as connection:
        assert {each.revoked_at for each in connection.execute(api_key.select())} == {None}


def test_a_live_key_is_a_live_key(person, platform):
    answer = person("owner").post(KEYS.replace("/test/", "/live/"), scope="payments:read")

    assert 'data-testid="secret">sk_live_' in answer.text
    assert len(rows(platform, "live")) == 1
    assert rows(platform) == []


@pytest.mark.parametrize("role", ["finance", "analyst", "reviewer"])
def test_keys_are_not_for_everybody(person, role):
    nobody = person(role)

    assert nobody.get(KEYS).status_code == 403
    assert nobody.post(KEYS, scope="payments:read").status_code == 403
    assert "nav-developers" not in nobody.get(f"/admin/u/{UNIT}/test/home").text
