"""The demo's money on its way: made once, in every state that somebody may want to look at."""

from collections import Counter
from threading import Event

import pytest
from sqlalchemy import func, select
from tests.demo_server import ROOT

from checkstand.app import demo_history
from checkstand.app.bootstrap import build_platform
from checkstand.app.demo_history import seed_history
from checkstand.app.demo_seed import seed_demo
from checkstand.app.demo_trades import DEALS, seed_trades
from checkstand.app.ledger_check import check_ledger
from checkstand.app.migrate import migrate
from checkstand.infra.settings import Settings
from checkstand.settlement.payout_store import payout
from checkstand.transaction.store import transaction


@pytest.fixture
def platform(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_history, "ORDERS", 3)
    made = build_platform(Settings(var_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/checkstand.db"))
    migrate(made.db)
    made.start(jobs=False)
    paths = [ROOT / "scenarios" / name for name in ("mall-order.yaml", "second-hand.yaml", "hotel-deposit.yaml")]
    seed_demo(made, hook_url="http://127.0.0.1:9/none", scenario_paths=paths)
    seed_history(made, Event())
    yield made
    made.stop()


def counted(platform, table):
    with platform.db.read() as connection:
        query = select(table.c.status, func.count()).where(table.c.status != "WAIT_PAY").group_by(table.c.status)
        return Counter(dict(connection.execute(query).all()))


def test_every_state_is_there_once_and_the_books_balance(platform):
    before = counted(platform, transaction)
    assert seed_trades(platform, Event()) == len(DEALS)

    made = counted(platform, transaction) - before
    assert made == {"PAID": 1, "SHIPPED": 2, "DISPUTED": 1, "COMPLETED": 2, "AUTHORISED": 1}
    assert counted(platform, payout).total() == 1
    assert [result for result in check_ledger(platform) if not result.holds] == []

    assert seed_trades(platform, Event()) == 0
    assert counted(platform, transaction) - before == made


def test_a_demo_that_is_stopped_makes_none(platform):
    stopped = Event()
    stopped.set()
    assert seed_trades(platform, stopped) == 0
