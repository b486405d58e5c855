"""Velocity, challenge and experiments as a session lives through them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.world import World

from checkstand.experiment.store import experiment_exposure

SCENARIO = """
api_version: checkout/v1
kind: Scenario
metadata: {id: guarded, name: {zh-CN: 守护, en: Guarded, ar: محمي}, owner: lantern}
mode: payment
terminals: [pc, h5]
form: {type: full_screen}
amount_limits: {currency: CNY, min: 1, max: 10000000}
methods:
  - {id: wx, type: wechat_pay, display: regular, order: 10}
  - {id: ali, type: alipay, display: regular, order: 20, when: 'amount < 100000'}
rules:
  - {id: newcomers, effect: hide, applies_to: [ali], when: 'shopper.tier == "new"', reason: risk-2026-04}
  - {id: large, effect: challenge, applies_to: [wx], when: 'amount >= 500000', reason: large-amount}
risk: {mode: enforce, velocity: [{id: busy, key: shopper.id, window: PT1H, max_count: 2, effect: block}]}
experiments:
  - id: order-of-methods
    layer: lantern
    range: [0, 1]
    unit: shopper
    fallback_unit: device
    variations: [{id: control, weight: 0.5}, {id: ali_first, weight: 0.5, patch: {methods: {ali: {order: 5}}}}]
    goal_metric: paid_per_exposed
locales: {default: en, supported: [zh-CN, en, ar]}
"""


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    file = tmp_path / "guarded.yaml"
    file.write_text(SCENARIO)
    made = World(tmp_path, database_url, scenarios=[file])
    yield made
    made.close()


def test_a_condition_and_a_rule_hide_methods_and_say_so(world: World) -> None:
    plain = world.session("guarded")
    new = world.session("guarded", shopper={"id": "n", "tier": "new"})
    large = world.session("guarded", 200_000)

    shown = [b'data-testid="method-ali"' in world.browse("GET", s["url"]).body for s in (plain, new, large)]

    assert shown == [True, False, False]


def test_a_hidden_method_cannot_be_paid_by_a_forged_form(world: World) -> None:
    session = world.session("guarded", shopper={"id": "n", "tier": "new"})

    world.pay(session, "ali")

    assert world.view(session).payments == ()


def test_a_challenge_asks_once_more_before_any_money_moves(world: World) -> None:
    session = world.session("guarded", 600_000)

    world.pay(session, "wx")
    assert world.view(session).payments == ()
    world.pay(session, "wx", confirmed="1")

    assert len(world.view(session).payments) == 1


def test_too_many_attempts_in_an_hour_are_blocked_and_the_hour_passes(world: World) -> None:
    for _ in range(2):
        world.pay(world.session("guarded"), "wx")
    third = world.session("guarded")

    world.pay(third, "wx")
    assert world.view(third).payments == ()
    world.later(minutes=61)
    later = world.session("guarded")
    world.pay(later, "wx")

    assert len(world.view(later).payments) == 1


def test_an_assignment_is_frozen_and_exposed_once_when_the_page_is_seen(world: World) -> None:
    session = world.session("guarded")
    arm = world.view(session).assignments["order-of-methods"]
    assert exposures(world) == []

    world.browse("GET", session["url"])
    world.browse("GET", session["url"])
    world.platform.poster.stop()
    world.platform.poster.start()

    assert exposures(world) == [(session["id"], arm)]


def test_both_arms_are_seen_and_order_the_methods_differently(world: World) -> None:
    sessions = [world.session("guarded", shopper={"id": f"s{i}"}) for i in range(12)]
    first = {}
    for session in sessions:
        arm = world.view(session).assignments["order-of-methods"]
        text = world.browse("GET", session["url"]).text
        first[arm] = min(("wx", "ali"), key=lambda method: text.index(f"method-{method}"))

    assert first == {"control": "wx", "ali_first": "ali"}


def exposures(world: World) -> list[tuple[str, str]]:
    with world.platform.db.read() as connection:
        rows = connection.execute(select(experiment_exposure.c.session_id, experiment_exposure.c.variation_id)).all()
    return [(row.session_id, row.variation_id) for row in rows]
