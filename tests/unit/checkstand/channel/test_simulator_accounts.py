"""A simulator while the database with its merchants is away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.aside import run as run_aside

from checkstand.channel import Registry
from checkstand.channel.conformance.rig import Rig, wait_for
from checkstand.channel.simulator.env import Accounts, Credentials
from checkstand.infra.db import DatabaseAway


class Book:
    """Finds every merchant, until it is away."""

    away = False

    def __call__(self, channel: str, merchant: str) -> Sequence[Credentials]:
        if self.away:
            raise DatabaseAway()
        return ({"mch_id": merchant},)


def test_a_merchant_that_is_known_stays_known() -> None:
    book = Book()
    accounts = Accounts("wechat_pay", book)
    before = run_aside(accounts.of("one"))
    book.away = True

    assert run_aside(accounts.of("one", fresh=True)) == before
    with pytest.raises(DatabaseAway):
        run_aside(accounts.of("two"))


async def _away(*_: Any, **__: Any) -> Any:
    raise DatabaseAway()


async def _answered(rig: Rig) -> int:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", b'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",signature="s",serial_no="1"')]
    path = "/v3/pay/transactions/native"
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await rig.simulator(scope, receive, send)
    return int(sent[0]["status"])


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(Registry.load().channel("wechat_pay"), "public_key", tmp_path) as made:
        yield made


def test_a_caller_is_told_to_come_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.simulator.accounts, "of", _away)
    assert rig.run(_answered(rig)) == 503


def test_a_notification_that_could_not_be_signed_is_sent_later(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.simulator._courier, "_compose", _away)
    rig.paid()

    def waiting() -> list[tuple[str, int]]:
        return [(each.last, each.failures) for each in rig.simulator.state.pending.values()]

    wait_for(waiting, lambda seen: seen == [("DatabaseAway", 1)])
