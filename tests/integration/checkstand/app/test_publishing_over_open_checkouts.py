"""Version 2 is published while 50 checkouts of version 1 are open: each of them finishes as it began."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.world import LANTERN, ROOT, World, _credentials

from checkstand.accounting import WriteSet
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.channel_accounts import serving
from checkstand.cashier.store import cashier_session
from checkstand.channel import store as channel_store
from checkstand.payment import attempt

FIRST = ROOT / "tests" / "data" / "plans" / "books.yaml"
OPEN = 50


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url, scenarios=[FIRST])
    yield made
    made.close()


def publish_second(world: World, folder: Path) -> str:
    """Without Alipay, with another form, and for small orders only: nothing that is open would fit into it."""
    text = FIRST.read_text("utf-8")
    text = "\n".join(line for line in text.splitlines() if "ali" not in line).replace("max: 1000000", "max: 5000")
    path = folder / "books.yaml"
    path.write_text(text.replace("rules:\n", "form: {type: mobile_site}\n"), "utf-8")
    return apply_scenarios(world.platform, LANTERN, [path], "test", "tests").scenarios[0].version


def rotate(world: World, channel: str) -> None:
    """The merchant's keys at the channel are new; what is under way was signed with the old ones."""
    platform = world.platform
    with platform.db.read() as connection:
        number = serving(platform, connection, LANTERN, "test").accounts[channel]
        row = channel_store.account_row(connection, LANTERN, number)
    installed = platform.registry.channel(channel)
    fresh = installed.test_credentials(previous=_credentials(channel, LANTERN))
    ops = channel_store.rotate_credentials(installed.manifest, platform.vault, row, fresh, platform.clock.now())
    platform.poster.commit(WriteSet(ops=ops))


def rows(world: World, table: Any, *columns: Any) -> list[tuple[Any, ...]]:
    with world.platform.db.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).where(table.c.tenant_id == LANTERN))]


def test_fifty_open_checkouts_finish_under_their_version_also_after_a_rotation(world: World, tmp_path: Path) -> None:
    first = world.session("books")["scenario"]["version"]
    sessions = [world.session("books", shopper={"id": f"s{number}"}) for number in range(OPEN)]
    waiting, untouched = sessions[:30], sessions[30:]
    for number, session in enumerate(waiting):
        world.pay(session, ("wx", "ali")[number % 2])
    links = [world.simulator_url(session) for session in waiting]
    at_channel = {attempt_id for attempt_id, status in rows(world, attempt, attempt.c.attempt_id, attempt.c.status)}
    world.shop(waiting[0])  # one callback is on its way before anything changes

    second = publish_second(world, tmp_path)
    for channel in ("wechat_pay", "alipay"):
        rotate(world, channel)
    for link in links[1:]:
        world.shop_at(link)
    for number, session in enumerate(untouched):  # begins to pay only now: with a method that version 2 has not
        world.pay(session, ("wx", "ali")[number % 2])
        world.shop(session)
    world.settle()

    assert second != first
    assert [world.view(session).order_status for session in sessions] == ["PAID"] * OPEN
    pinned = dict(rows(world, cashier_session, cashier_session.c.session_id, cashier_session.c.scenario_version))
    assert {pinned[session["id"]] for session in sessions} == {first}
    versions = rows(world, attempt, attempt.c.attempt_id, attempt.c.credential_version)
    assert {version for number, version in versions if number in at_channel} == {1}
    assert {version for number, version in versions if number not in at_channel} == {2}
    assert world.sender.types().count("payment.succeeded") == OPEN
    assert world.session("books", 4_000)["scenario"]["version"] == second
    assert world.api("POST", "/v1/checkout-sessions", world.session_body("books", 12_900)).status == 400
