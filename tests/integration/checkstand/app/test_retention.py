"""What is older than its business unit keeps it goes, a few hundred rows at a time; books and trail stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import WriteSet
from checkstand.app import apply_retention as retention
from checkstand.app.job_handlers import DAILY
from checkstand.app.job_runner import JobRunner
from checkstand.app.manage_webhooks import BodyGone, redeliver
from checkstand.app.statement_files import keep_parts, keep_refused
from checkstand.app.write_mail import mail_ops
from checkstand.channel.store import channel_account
from checkstand.infra.db import metadata
from checkstand.infra.jobs import job
from checkstand.infra.mail import mail
from checkstand.infra.ops import Insert, Upsert
from checkstand.infra.webhooks import deliveries_of, messages_between, recent_deliveries
from checkstand.infra.webhooks.store import webhook_delivery, webhook_message
from checkstand.kernel import new_id
from checkstand.member.retention import SPANS
from checkstand.member.unit_settings import unit_settings
from checkstand.monitoring.audit import audit_page
from checkstand.monitoring.request_log import api_request, api_request_gap
from checkstand.payment import exchange
from checkstand.reconciliation import refused_store
from checkstand.reconciliation.errors import StatementTruncated
from checkstand.reconciliation.store import reconciliation_file_part

# What retention may touch at all; everything else must have as many rows afterwards as before, or more.
MAY_SHRINK = {"api_request", "api_request_gap", "mail", "exchange", "refused_statement"}


def past(world: World, days: int) -> datetime:
    return world.clock.now() - timedelta(days=days)


def called(world: World, at: datetime, tenant_id: str = LANTERN, mode: str = "test") -> Insert:
    row: dict[str, Any] = {each.name: None for each in api_request.columns}
    row |= {"tenant_id": tenant_id, "request_id": new_id("req"), "mode": mode, "created_at": at, "method": "GET",
            "route": "", "path": "/v1/x", "status": 200, "status_class": 2, "duration_ms": 1, "api_key_id": "key_1",
            "touched": {}}  # fmt: skip
    return Insert(api_request, row)


def write(world: World, *ops: Any) -> None:
    world.platform.poster.commit(WriteSet(ops=list(ops)))


def run(world: World) -> None:
    """The daily job, as a server begins it."""
    runner = JobRunner(world.platform, world.runner.handlers, daily=DAILY)
    world.platform.jobs = runner
    runner.begin_day()
    runner.run_due()
    world.platform.jobs = world.runner


def count(world: World, table: Any) -> int:
    with world.platform.db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def trail(world: World, tenant_id: str = LANTERN) -> list[dict[str, int]]:
    with world.platform.db.read() as connection:
        return [line.after for line in audit_page(connection, tenant_id, action="retention.run")]


def refused(world: World, file: Path) -> str:
    """A statement file of today that could not be used."""
    day = world.clock.now().date()
    with world.platform.db.read() as connection:
        accounts = select(channel_account.c.channel_account_id).where(channel_account.c.tenant_id == LANTERN)
        account_id = connection.execute(accounts).scalars().first()
    keep_refused(world.platform, LANTERN, account_id, day, file, StatementTruncated())
    with world.platform.db.read() as connection:
        return str(refused_store.latest(connection, LANTERN, "test")[0].file_id)


def test_old_requests_go_in_batches_and_the_trail_counts_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    old, young = past(world, 31), past(world, 29)
    write(world, *(called(world, old) for _ in range(7)), called(world, old, mode="live"), called(world, young))
    write(world, called(world, young, RIVAL))
    gap = {"tenant_id": LANTERN, "gap_id": new_id("gap"), "mode": "test", "created_at": old, "dropped": 1}
    write(world, Insert(api_request_gap, gap))
    run(world)

    assert count(world, api_request) == 2
    assert count(world, api_request_gap) == 0
    assert trail(world) == [{"requests": 8}]
    assert trail(world, RIVAL) == []
    run(world)
    assert trail(world) == [{"requests": 8}]  # nothing was left, so nothing is told


def test_a_unit_that_chose_fewer_days_has_fewer(world: World) -> None:
    settings = {"tenant_id": RIVAL, "time_zone": "Asia/Shanghai", "contacts": [], "retention": {"requests": 7},
                "revision": 1}  # fmt: skip
    write(world, Upsert(unit_settings, settings))
    write(world, called(world, past(world, 8)), called(world, past(world, 8), RIVAL))
    run(world)

    with world.platform.db.read() as connection:
        assert connection.execute(select(api_request.c.tenant_id)).scalars().all() == [LANTERN]


def test_the_body_of_an_old_webhook_goes_and_that_it_was_told_stays(world: World) -> None:
    world.pay(session := world.session())
    world.shop(session)
    world.later(minutes=1)
    told = count(world, webhook_message)
    assert told > 0
    world.platform.request_log.flush()  # the shop's own calls grow as old as its webhooks
    world.clock.advance(days=SPANS["webhooks"].default + 1)
    run(world)

    assert count(world, webhook_message) == told
    with world.platform.db.read() as connection:
        messages = connection.execute(select(webhook_message.c.message_id, webhook_message.c.payload)).all()
        delivery = recent_deliveries(connection, LANTERN)[0]
        assert {str(row.payload) for row in messages} == {"{}"}
        assert deliveries_of(connection, LANTERN, [row.message_id for row in messages])
        assert {row.response_excerpt for row in connection.execute(select(webhook_delivery))} == {None}
        assert messages_between(connection, LANTERN, "test", past(world, 9000), world.clock.now()) == []
    assert trail(world)[0]["webhooks"] == told
    with pytest.raises(BodyGone):
        redeliver(world.platform, LANTERN, "test", delivery["delivery_id"])
    run(world)
    assert len(trail(world)) == 1


def test_raw_messages_of_channels_and_mails_go_and_the_books_stay(world: World) -> None:
    world.pay(session := world.session())
    world.shop(session)
    world.later(minutes=1)
    now = world.clock.now()
    facts = {"hint": "sk_1", "at": now, "mode": "test"}
    write(world, *mail_ops(world.platform, LANTERN, "key_ending", "https://x", facts, now, to=["ops@example.com"]))
    before = {table: count(world, table) for table in metadata.sorted_tables}
    assert before[exchange] > 0
    world.clock.advance(days=SPANS["channel"].default + 1)
    run(world)

    assert (count(world, exchange), count(world, mail)) == (0, 0)
    for table, rows in before.items():
        assert count(world, table) >= rows or table.name in MAY_SHRINK, table.name
    assert world.view(session).payments


def test_a_refused_statement_file_goes_with_its_bytes_and_a_used_one_stays(world: World, tmp_path: Path) -> None:
    bad, used = tmp_path / "bill.csv", new_id("rcf")
    bad.write_bytes(b"half a line")
    keep_parts(world.platform, LANTERN, used, bad)
    gone = refused(world, bad)
    world.clock.advance(days=SPANS["channel"].default + 1)
    stays = refused(world, bad)
    run(world)

    assert trail(world)[0]["channel"] == 1
    with world.platform.db.read() as connection:
        parts = set(connection.execute(select(reconciliation_file_part.c.file_id)).scalars())
    assert {used, stays} <= parts
    assert gone not in parts


def test_a_run_that_takes_too_long_goes_on_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "BREATH_S", 0.0)
    write(world, *(called(world, past(world, 40)) for _ in range(6)))
    ticks = iter([0.0, 0.0, 0.0, 100.0, *([100.0] * 9)])
    with monkeypatch.context() as patched:
        patched.setattr(retention, "monotonic_s", lambda: next(ticks))
        run(world)
    assert 0 < count(world, api_request) < 6
    world.later(minutes=1)

    assert count(world, api_request) == 0
    assert sum(line["requests"] for line in trail(world)) == 6


def test_a_day_is_begun_once(world: World) -> None:
    runner = JobRunner(world.platform, world.runner.handlers, daily=DAILY)
    for _ in range(3):
        runner.begin_day()
    world.jobs()
    runner.begin_day()
    world.clock.advance(days=1)
    runner.begin_day()
    world.jobs()

    with world.platform.db.read() as connection:
        keys = connection.execute(select(job.c.key).where(job.c.kind == DAILY[0])).scalars().all()
    today = world.clock.now().date()
    assert sorted(keys) == [(today - timedelta(days=1)).isoformat(), today.isoformat()]
