"""The demo's past: told once, by the real use cases, in books that balance."""

import random
from collections import Counter
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import func, select
from tests.demo_server import ROOT

from checkstand.app import demo_history
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.bootstrap import build_platform
from checkstand.app.demo_admin import ADMIN, seed_admin
from checkstand.app.demo_history import seed_history
from checkstand.app.demo_seed import TENANT, seed_demo
from checkstand.app.experiments.measure import Which
from checkstand.app.experiments.results import experiment_results, list_experiments
from checkstand.app.ledger_check import check_ledger
from checkstand.app.migrate import migrate
from checkstand.infra.jobs import due, job
from checkstand.infra.settings import Settings
from checkstand.member import operators
from checkstand.order import business_order
from checkstand.payment import payment


@pytest.fixture
def platform(tmp_path):
    made = build_platform(Settings(var_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/checkstand.db"))
    migrate(made.db)
    made.start(jobs=False)
    paths = [ROOT / "scenarios" / "mall-order.yaml"]
    seed_demo(made, hook_url="http://127.0.0.1:9/none", scenario_paths=paths)
    yield made
    made.stop()


@pytest.fixture
def short_past(monkeypatch):
    monkeypatch.setattr(demo_history, "ORDERS", 120)


def counted(platform, table):
    with platform.db.read() as connection:
        return Counter(dict(connection.execute(select(table.c.status, func.count()).group_by(table.c.status)).all()))


def test_every_end_of_an_order_is_there_and_the_books_balance(platform, monkeypatch):
    monkeypatch.setattr(demo_history, "ORDERS", 240)
    made = seed_history(platform, Event())

    orders, payments = counted(platform, business_order), counted(platform, payment)
    assert made == orders.total() > 60
    assert {"PAID", "REFUNDED", "PART_REFUNDED", "CLOSED", "PAYING"} <= set(orders)
    assert {"SUCCEEDED", "FAILED", "CLOSED", "PROCESSING"} <= set(payments)
    assert [result for result in check_ledger(platform) if not result.holds] == []


def test_the_orders_are_weeks_old_and_no_channel_is_asked_about_them_now(platform, short_past):
    seed_history(platform, Event())

    now = platform.clock.now()
    with platform.db.read() as connection:
        oldest = connection.execute(select(func.min(business_order.c.created_at))).scalar_one()
        ready = {row.kind for row in due(connection, now + timedelta(minutes=30), limit=1000)}
        waiting = connection.execute(select(func.count()).where(job.c.kind == "attempt.query")).scalar_one()
    assert now - oldest > timedelta(days=25)
    assert ready <= {"webhook.fan_out"}
    assert waiting > 0


def test_a_second_start_tells_nothing_twice(platform, short_past):
    seed_history(platform, Event())
    before = counted(platform, business_order)

    assert seed_history(platform, Event()) == 0
    assert counted(platform, business_order) == before


def test_a_demo_that_is_stopped_goes_on_at_the_next_start(platform, short_past):
    stopped = Event()
    stopped.set()

    seed_history(platform, stopped)
    assert counted(platform, business_order).total() == 0

    seed_history(platform, Event())
    assert counted(platform, business_order).total() > 60


def test_without_a_scenario_it_knows_nothing_is_told(tmp_path, short_past):
    bare = build_platform(Settings(var_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/checkstand.db"))
    migrate(bare.db)
    bare.start(jobs=False)
    seed_demo(bare, hook_url="http://127.0.0.1:9/none", scenario_paths=[ROOT / "scenarios" / "donation.yaml"])

    assert seed_history(bare, Event()) == 0
    bare.stop()


def test_the_administrator_owns_the_unit_and_keeps_the_password(platform):
    password = seed_admin(platform, "")

    with platform.db.read() as connection:
        row = operators.operator_by_email(connection, ADMIN)
        assert row.is_admin
        assert operators.role_in(connection, TENANT, row.operator_id) == "owner"
    assert seed_admin(platform, password) == password


@pytest.mark.parametrize("known", ["", "not the password at all"])
def test_a_lost_password_is_replaced(platform, known):
    first = seed_admin(platform, "")

    second = seed_admin(platform, known)

    assert second not in {first, known}
    assert seed_admin(platform, second) == second


def test_the_same_day_has_the_same_past(platform):
    now = platform.clock.now()
    told = [(tale.order_no, tale.fate, tale.amount_minor) for tale in demo_history._tales(now)]
    random.seed(1)

    assert told == [(tale.order_no, tale.fate, tale.amount_minor) for tale in demo_history._tales(now)]


def test_a_newcomer_finds_an_experiment_that_says_something(platform, monkeypatch):
    monkeypatch.setattr(demo_history, "ORDERS", 1)
    apply_scenarios(platform, TENANT, [ROOT / "scenarios" / "grocery-h5.yaml"], mode="test", by="demo")
    seed_history(platform, Event())
    (found,) = list_experiments(platform, TENANT, "test")
    report = experiment_results(platform, Which(TENANT, "test", found.plan.scenario_id, found.experiment.id)).report

    assert report.units == demo_history.TRIALS
    assert (report.srm_found, report.multiple) == (False, 0)
    assert [verdict.code for verdict in report.verdicts] == ["better"]
    assert [result for result in check_ledger(platform) if not result.holds] == []
