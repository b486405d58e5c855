"""What experiments are measured by: real sessions and payments, counted once per unit, in one grouped query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.integration.checkstand.experiments.planted import plant
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.experiments import steer
from checkstand.app.experiments.measure import MULTIPLE, Which, measure, measure_render
from checkstand.app.experiments.results import ExperimentUnknown, experiment_results, find_experiment, list_experiments
from checkstand.experiment.stats import Report
from checkstand.experiment.stats.words import sentences
from checkstand.infra.mail import mail
from checkstand.member.unit_settings import settings_op
from checkstand.monitoring.audit import audit_event

SCENARIO = """
api_version: checkout/v1
kind: Scenario
metadata: {id: books, name: {zh-CN: 书, en: Books, ar: كتب}, owner: lantern}
terminals: [pc, h5]
form: {type: full_screen}
amount_limits: {currency: CNY, min: 1, max: 10000000}
methods:
  - {id: wx, type: wechat_pay, order: 10}
  - {id: ali, type: alipay, order: 20}
experiments:
  - id: order
    layer: desk
    unit: shopper
    fallback_unit: device
    coverage: 0.5
    variations: [{id: control, weight: 0.5}, {id: ali_first, weight: 0.5, patch: {methods: {ali: {order: 5}}}}]
    goal_metric: paid_per_exposed
    secondary_metrics: [paid_per_selected, revenue_per_exposed, time_to_paid]
    guardrail_metrics: [unknown_rate, refund_rate, fail_rate, leave_rate, p95_render_ms]
locales: {default: en, supported: [zh-CN, en, ar]}
timeouts: {session: PT30M}
"""
WHICH = Which(LANTERN, "test", "books", "order")
OTTO = Actor("opr_otto", "otto@example.com", "203.0.113.9")
PERSON = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)"}


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    file = tmp_path / "books.yaml"
    file.write_text(SCENARIO)
    made = World(tmp_path, database_url, scenarios=[file])
    yield made
    made.close()


def visit(world: World, shopper: str) -> dict[str, Any]:
    session = world.session("books", shopper={"id": shopper})
    world.browse("GET", session["url"], headers=PERSON)
    return session


def readers(world: World, arm: str, count: int) -> list[str]:
    """Shoppers whom the hash sends into this arm."""
    plan = world.platform.plans.published(LANTERN, "books", "test")
    assert plan is not None
    from checkstand.experiment import assign

    context = {"shopper.id": ""}
    names = (f"reader-{n}" for n in range(2000))
    found = (name for name in names if assign(plan, context, {"shopper": name}).get("order") == arm)
    return [next(found) for _ in range(count)]


def written(world: World) -> None:
    world.platform.poster.stop()
    world.platform.poster.start()


def test_every_number_is_what_happened_to_the_arms_own_units(world: World) -> None:
    paid_twice, refused, refunded, lost, gone = readers(world, "control", 5)
    (other,) = readers(world, "ali_first", 1)
    for _ in range(2):
        session = visit(world, paid_twice)
        world.pay(session)
        world.clock.advance(seconds=40)
        world.shop(session)
        world.settle()
    session = visit(world, refused)
    world.pay(session)
    world.shop(session, "refuse")
    world.settle()
    session = visit(world, refunded)
    world.pay(session)
    world.shop(session)
    world.settle()
    assert world.refund(session, 900).status == 201
    world.settle()
    session = visit(world, lost)
    world.fault("wechat_pay", kind="drop_after", verb="pay", times=1)
    world.pay(session)
    visit(world, gone)
    visit(world, other)
    written(world)
    world.later(minutes=40)
    with world.platform.db.read() as connection:
        first_at = world.clock.now() - timedelta(days=1)
        sums = measure(connection, WHICH, first_at=first_at, look_back=False)
        render = measure_render(connection, WHICH)
    control = sums["control"]

    assert (control.units, sums["ali_first"].units, set(sums)) == (5, 1, {"control", "ali_first"})
    told = {name: control.total[name] for name in ("bought", "sessions", "started", "paid", "payments", "succeeded")}
    assert told == {"bought": 2, "sessions": 6, "started": 5, "paid": 3, "payments": 5, "succeeded": 3}
    assert (control.total["refunded"], control.total["left"], control.total["unknown"]) == (1, 1, 1)
    assert control.total["revenue"] == 3 * 12_900 - 900
    assert control.squares["revenue"] == (2 * 12_900) ** 2 + 12_000**2
    assert control.products["paid", "started"] == 2 * 2 + 1 * 1
    assert 75 <= control.total["seconds"] <= 100
    assert sums["ali_first"].total["left"] == 1
    assert sum(render["control"].values()) == 5


def test_results_are_those_of_planted_units(world: World) -> None:
    plant(world, WHICH, {"control": (400, 240), "ali_first": (400, 320)}, at=world.clock.now() - timedelta(days=9))
    results = experiment_results(world.platform, WHICH)
    (goal,) = results.report.of("ali_first", "goal")

    assert (goal.control, goal.value, goal.status) == (pytest.approx(0.6), pytest.approx(0.8), "better")
    assert [verdict.code for verdict in results.report.verdicts] == ["better"]
    assert "ali_first is better" in sentences(results.report, "en", "CNY")[0]
    assert [each.variation for each in results.report.arms] == ["control", "ali_first"]


def test_units_in_two_arms_are_told_and_in_no_figure(world: World) -> None:
    at = world.clock.now() - timedelta(days=9)
    plant(world, WHICH, {"control": (200, 100), "ali_first": (200, 100)}, at=at)
    plant(world, WHICH, {"control": (20, 20)}, at=at, prefix="both")
    plant(world, WHICH, {"ali_first": (20, 20)}, at=at, prefix="both")
    report = experiment_results(world.platform, WHICH).report

    assert (report.units, report.multiple, report.multiple_found) == (400, 20, True)
    assert [verdict.code for verdict in report.verdicts] == ["multiple"]
    with world.platform.db.read() as connection:
        assert measure(connection, WHICH, first_at=at, look_back=False)[MULTIPLE].units == 20


def test_a_split_that_is_not_as_configured_is_found(world: World) -> None:
    plant(world, WHICH, {"control": (500, 300), "ali_first": (350, 230)}, at=world.clock.now() - timedelta(days=9))

    assert [verdict.code for verdict in experiment_results(world.platform, WHICH).report.verdicts] == ["srm"]


def test_what_shoppers_paid_before_makes_the_goal_sharper(world: World) -> None:
    at = world.clock.now() - timedelta(days=9)
    plain = {"control": (300, 150), "ali_first": (300, 170)}
    plant(world, WHICH, plain, at=at)
    without = experiment_results(world.platform, WHICH)
    plant(world, WHICH, {"": (140, 140)}, at=at - timedelta(days=5), prefix="control", exposed=False)
    plant(world, WHICH, {"": (160, 160)}, at=at - timedelta(days=5), prefix="ali_first", exposed=False)
    with_past = experiment_results(world.platform, WHICH)

    assert (without.theta, with_past.theta) == (0.0, pytest.approx(14 / 15))
    assert width(with_past.report) < 0.4 * width(without.report)


def width(report: Report) -> float:
    (goal,) = report.of("ali_first", "goal")
    return goal.difference.high - goal.difference.low


def test_a_worse_guardrail_stops_the_experiment_by_itself(world: World) -> None:
    settings = {"time_zone": "Asia/Shanghai", "contacts": ["ada@example.com"], "retention": {}}
    world.platform.poster.commit(WriteSet(ops=[settings_op(LANTERN, settings, 0)]))
    arm, bystander = readers(world, "ali_first", 2)
    open_before = visit(world, arm)
    plant(world, WHICH, {"control": (300, 200), "ali_first": (300, 200)}, at=world.clock.now() - timedelta(days=1))
    world.later(minutes=61)
    assert find_experiment(world.platform, WHICH).state.running

    plant(world, WHICH, {"control": (300, 300)}, at=world.clock.now(), prefix="more")
    plant(world, WHICH, {"ali_first": (300, 300)}, at=world.clock.now(), prefix="others", refunded={"ali_first": 150})
    world.later(minutes=61)
    state = find_experiment(world.platform, WHICH).state

    assert (state.running, state.by_guardrail) == (False, True)
    assert "ali_first: refunds: worse" in state.reason
    with world.platform.db.read() as connection:
        line = connection.execute(select(audit_event).where(audit_event.c.action == "experiment.pause")).one()
        mails = connection.execute(select(mail.c.kind, mail.c.recipient)).all()
    assert line.after["guardrails"] == [{"metric": "refund_rate", "variation": "ali_first"}]
    assert [tuple(each) for each in mails] == [("experiment_paused", "ada@example.com")]
    assert world.view(visit(world, bystander)).assignments == {}
    assert world.view(open_before).assignments == {"order": "ali_first"}


def test_an_experiment_without_harm_is_watched_on_and_on(world: World) -> None:
    plant(world, WHICH, {"control": (300, 200), "ali_first": (300, 200)}, at=world.clock.now())
    world.later(hours=5)

    assert find_experiment(world.platform, WHICH).state.running


def test_stopping_and_starting_again_moves_nobody(world: World) -> None:
    arm = readers(world, "ali_first", 1)[0]
    steer.stop_experiment(world.platform, OTTO, WHICH, "the warehouse is closed")
    stopped = world.view(visit(world, arm)).assignments
    steer.start_experiment(world.platform, OTTO, WHICH, "open again")

    assert stopped == {}
    assert world.view(visit(world, arm)).assignments == {"order": "ali_first"}


def test_widening_keeps_who_is_in_where_they_are(world: World) -> None:
    names = [f"shopper-{n}" for n in range(40)]
    before = [world.view(visit(world, name)).assignments.get("order") for name in names]
    steer.ramp_experiment(world.platform, OTTO, WHICH, 1.0, "it does no harm")
    after = [world.view(visit(world, name)).assignments.get("order") for name in names]

    assert None in before
    assert None not in after
    assert all(now == then for then, now in zip(before, after, strict=True) if then)
    (listed,) = list_experiments(world.platform, LANTERN, "test")
    assert (listed.experiment.id, listed.coverage) == ("order", 1.0)


@pytest.mark.parametrize("coverage", [0.5, 0.2, 1.01, float("nan"), -1])
def test_an_experiment_is_never_narrowed(world: World, coverage: float) -> None:
    with pytest.raises(steer.RampInvalid):
        steer.ramp_experiment(world.platform, OTTO, WHICH, coverage, "fewer")


def test_a_decision_needs_a_reason_a_change_and_the_state_that_was_seen(world: World) -> None:
    with pytest.raises(steer.ExperimentReasonMissing):
        steer.stop_experiment(world.platform, OTTO, WHICH, "  ")
    with pytest.raises(steer.ExperimentUnchanged):
        steer.start_experiment(world.platform, OTTO, WHICH, "again")
    steer.stop_experiment(world.platform, OTTO, WHICH, "a reason", seen=0)
    with pytest.raises(steer.ExperimentChanged):
        steer.start_experiment(world.platform, OTTO, WHICH, "but", seen=0)
    with pytest.raises(steer.RampStopped):
        steer.ramp_experiment(world.platform, OTTO, WHICH, 1.0, "wider")
    with world.platform.db.read() as connection:
        lines = connection.execute(select(func.count()).where(audit_event.c.object_type == "experiment")).scalar_one()
    assert lines == 1


def test_another_business_unit_has_experiments_of_its_own(world: World) -> None:
    steer.stop_experiment(world.platform, OTTO, WHICH, "ours")
    theirs = Which(RIVAL, "test", "books", "order")

    assert find_experiment(world.platform, theirs).state.running
    with pytest.raises(ExperimentUnknown):
        find_experiment(world.platform, Which(LANTERN, "live", "books", "order"))
    with pytest.raises(ExperimentUnknown):
        find_experiment(world.platform, Which(LANTERN, "test", "books", "unheard"))
