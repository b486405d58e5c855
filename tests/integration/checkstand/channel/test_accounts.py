"""Channel accounts in a real database: encrypted, versioned, and each tenant's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from checkstand.accounting import Poster, WriteSet
from checkstand.channel import AccountBook, Registry, Vault, store
from checkstand.channel.store import CredentialsInvalid, NoSuchAccount
from checkstand.infra.db import Database, metadata
from checkstand.kernel import FrozenClock

NOW = datetime(2026, 4, 1, tzinfo=UTC)
REGISTRY = Registry.load()
CHANNEL = REGISTRY.channel("alipay")
CREDENTIALS = CHANNEL.test_credentials()
VAULT = Vault(b"k" * 32)


class Shelf:
    """A database, its poster and an account book: Lantern Books has one Alipay account."""

    def __init__(self, path: Path) -> None:
        self.db = Database(f"sqlite:///{path}/checkstand.db")
        metadata.create_all(self.db.engine)
        self.poster = Poster(self.db, FrozenClock(NOW))
        self.poster.start()
        self.book = AccountBook(self.db, REGISTRY, VAULT, "http://127.0.0.1:8000/sim")
        self.commit(self.create("ten_lantern", "cha_lantern"))

    def create(self, tenant: str, account: str, mode: str = "test", **changed: str) -> list[store.Op]:
        return store.create_account(
            CHANNEL.manifest,
            VAULT,
            tenant_id=tenant,
            channel_account_id=account,
            mode=mode,
            credentials={**CREDENTIALS, **changed},
            at=NOW,
        )

    def commit(self, ops: list[store.Op]) -> None:
        self.poster.commit(WriteSet(ops=ops))

    def rotate(self) -> dict[str, str]:
        rotated = CHANNEL.test_credentials(previous=CREDENTIALS)
        with self.db.read() as connection:
            row = store.account_row(connection, "ten_lantern", "cha_lantern")
        self.commit(store.rotate_credentials(CHANNEL.manifest, VAULT, row, rotated, NOW))
        return rotated


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.poster.stop()
    made.db.close()


def test_an_account_is_ready_to_use_and_encrypted_at_rest(shelf: Shelf) -> None:
    account = shelf.book.load("ten_lantern", "cha_lantern")
    with shelf.db.read() as connection:
        stored = connection.execute(select(store.channel_credential.c.secret)).scalar_one()

    assert account.credentials == CREDENTIALS
    assert account.base_url == "http://127.0.0.1:8000/sim/alipay"
    assert "PRIVATE KEY" not in stored
    assert "PRIVATE" not in repr(account)


def test_rotation_serves_new_attempts_and_keeps_the_old_version_for_old_ones(shelf: Shelf) -> None:
    rotated = shelf.rotate()

    assert shelf.book.load("ten_lantern", "cha_lantern").credentials == rotated
    assert shelf.book.load("ten_lantern", "cha_lantern", 1).credentials == CREDENTIALS
    versions = shelf.book.for_notification("alipay", "cha_lantern")
    assert [account.credential_version for account in versions] == [2, 1]
    known = shelf.book.of_merchant("alipay", CREDENTIALS["app_id"])
    assert known == [{**credentials, "sim_cost_ppm": "0"} for credentials in (rotated, CREDENTIALS)]


def test_a_retired_version_reads_no_notification_but_still_asks_about_old_attempts(shelf: Shelf) -> None:
    shelf.rotate()
    with shelf.db.read() as connection:
        row = store.account_row(connection, "ten_lantern", "cha_lantern")
    shelf.commit(store.retire_credentials(row, 1, NOW))

    assert [account.credential_version for account in shelf.book.for_notification("alipay", "cha_lantern")] == [2]
    assert shelf.book.load("ten_lantern", "cha_lantern", 1).credentials == CREDENTIALS
    with pytest.raises(CredentialsInvalid, match="rotate first"):
        store.retire_credentials(row, 2, NOW)


def test_a_rival_finds_nothing(shelf: Shelf) -> None:
    with pytest.raises(NoSuchAccount):
        shelf.book.load("ten_rival", "cha_lantern")
    assert shelf.book.active("ten_rival", "test") == []
    assert shelf.book.active("ten_lantern", "live") == []


def test_live_mode_refuses_the_simulators_keys(shelf: Shelf) -> None:
    with pytest.raises(CredentialsInvalid, match="sim_alipay_private_key: for test mode only"):
        shelf.create("ten_lantern", "cha_live", "live")


def test_missing_and_unknown_credentials_are_named(shelf: Shelf) -> None:
    with pytest.raises(CredentialsInvalid, match=r"colour: unknown credential; app_private_key: required"):
        shelf.create("ten_lantern", "cha_2", colour="red", app_private_key="")


def test_rotation_cannot_move_an_account_to_another_merchant(shelf: Shelf) -> None:
    with shelf.db.read() as connection:
        row = store.account_row(connection, "ten_lantern", "cha_lantern")

    with pytest.raises(CredentialsInvalid, match="merchant number"):
        store.rotate_credentials(CHANNEL.manifest, VAULT, row, CHANNEL.test_credentials(), NOW)


def test_a_kill_switch_ends_by_itself(shelf: Shelf) -> None:
    until = NOW + timedelta(hours=1)
    switch = {"tenant_id": "ten_lantern", "channel": "alipay", "method": "", "at": NOW}
    shelf.commit([store.switch_off(**switch, message={"en": "Back at noon"}, until=until)])
    shelf.commit([store.switch_off(**switch, message={"en": "Back at one"}, until=until)])

    with shelf.db.read() as connection:
        rows = store.open_switches(connection, "ten_lantern", NOW)
        assert [row.message for row in rows] == [{"en": "Back at one"}]
        assert store.open_switches(connection, "ten_lantern", until) == []
        assert store.open_switches(connection, "ten_rival", NOW) == []
