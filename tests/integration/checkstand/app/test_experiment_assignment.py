"""Who is in an experiment: across scenarios of a layer, from guest to shopper, held out, forced, seen by a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.world import LANTERN, RIVAL, World

from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.experiment import experiment_exposure
from checkstand.experiment.layers import HoldoutDiffers, LayerTaken, layers_of

HEAD = """
api_version: checkout/v1
kind: Scenario
metadata: {{id: {name}, name: {{zh-CN: 书, en: Books, ar: كتب}}, owner: lantern}}
terminals: [pc, h5]
form: {{type: full_screen}}
amount_limits: {{currency: CNY, min: 1, max: 10000000}}
methods:
  - {{id: wx, type: wechat_pay, order: 10}}
  - {{id: ali, type: alipay, order: 20}}
locales: {{default: en, supported: [zh-CN, en, ar]}}
"""
ARMS = "[{id: control, weight: 0.5}, {id: ali_first, weight: 0.5, patch: {methods: {ali: {order: 5}}}}]"
EXPERIMENT = "experiments: [{{id: {id}, layer: {layer}, range: {range}, {more}variations: {arms}}}]\n"


def scenario(name: str, id: str = "order", layer: str = "desk", range: str = "[0, 1]", more: str = "") -> str:
    return HEAD.format(name=name) + EXPERIMENT.format(id=id, layer=layer, range=range, more=more, arms=ARMS)


BOOKS = scenario("books", more="unit: shopper, fallback_unit: device, ")
HELD = scenario("held", "held", "shelf", more="unit: shopper, ") + "layers: [{id: shelf, holdout: 0.3}]\n"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "books.yaml").write_text(BOOKS)
    (folder / "held.yaml").write_text(HELD)
    made = World(tmp_path, database_url, scenarios=[folder])
    yield made
    made.close()


def publish(world: World, text: str, *, mode: str = "test", tenant: str = LANTERN) -> None:
    file = world.folder / "published.yaml"
    file.write_text(text)
    apply_scenarios(world.platform, tenant, [file], mode, "tests")


def test_a_second_scenario_takes_only_what_the_layer_has_left(world: World) -> None:
    publish(world, scenario("books", range="[0, 0.6]", more="unit: shopper, fallback_unit: device, "))

    with pytest.raises(LayerTaken) as refused:
        publish(world, scenario("poems", "rhyme", range="[0.5, 1]"))
    assert 'experiment "order" of scenario "books" takes 0 to 0.6' in str(refused.value)
    assert '"rhyme" of scenario "poems" takes 0.5 to 1' in str(refused.value)
    assert world.platform.plans.published(LANTERN, "poems", "test") is None

    publish(world, scenario("poems", "rhyme", range="[0.6, 1]"))
    publish(world, scenario("poems", "rhyme", range="[0.5, 1]"), mode="live")
    publish(world, scenario("poems", "rhyme", range="[0.5, 1]", layer="window"), tenant=RIVAL)


def test_a_scenario_without_its_experiment_leaves_the_layer_free(world: World) -> None:
    publish(world, HEAD.format(name="books"))
    publish(world, scenario("poems", "rhyme"))

    with world.platform.db.read() as connection:
        assert set(layers_of(connection, LANTERN, "test")["desk"].claims) == {"poems"}


def test_two_scenarios_of_a_layer_hold_out_the_same_share(world: World) -> None:
    publish(world, HELD.replace("[0, 1]", "[0, 0.5]"))

    with pytest.raises(HoldoutDiffers):
        publish(world, scenario("poems", "rhyme", layer="shelf", range="[0.5, 1]"))


def test_who_is_held_out_is_in_no_experiment_of_the_layer(world: World) -> None:
    sessions = [world.session("held", shopper={"id": f"reader-{n}"}) for n in range(60)]
    arms = [world.view(session).assignments for session in sessions]
    again = [world.view(world.session("held", shopper={"id": f"reader-{n}"})).assignments for n in range(60)]

    assert 8 <= sum(not arm for arm in arms) <= 28  # 30 % of 60, within four standard deviations
    assert arms == again


def arm_of(world: World, **visit: Any) -> str:
    return str(world.view(world.session("books", **visit)).assignments["order"])


def test_a_guest_who_signs_in_keeps_the_arm_on_every_device(world: World) -> None:
    kept = []
    for n in range(20):
        guest = arm_of(world, shopper={}, device_id=f"phone-{n}")
        known = arm_of(world, shopper={"id": f"reader-{n}"}, device_id=f"phone-{n}")
        elsewhere = arm_of(world, shopper={"id": f"reader-{n}"}, device_id=f"laptop-{n}")
        kept.append((guest, known, elsewhere))

    assert all(guest == known == elsewhere for guest, known, elsewhere in kept)
    assert {guest for guest, _, _ in kept} == {"control", "ali_first"}


def test_a_shopper_who_was_known_first_keeps_the_arm_after_a_visit_as_a_guest(world: World) -> None:
    first = [arm_of(world, shopper={"id": f"reader-{n}"}) for n in range(20)]
    for n in range(20):
        arm_of(world, shopper={}, device_id=f"phone-{n}")

    assert [arm_of(world, shopper={"id": f"reader-{n}"}, device_id=f"phone-{n}") for n in range(20)] == first


def test_guest_and_shopper_count_as_one_unit(world: World) -> None:
    guest = world.session("books", shopper={}, device_id="phone")
    known = world.session("books", shopper={"id": "reader"}, device_id="phone")

    assert world.view(guest).units == world.view(known).units != {}


def test_a_tester_chooses_the_arm_and_does_not_count(world: World) -> None:
    sessions = [world.session("books", experiments={"order": arm}) for arm in ("control", "ali_first")]
    for session in sessions:
        world.browse("GET", session["url"])

    assert [world.view(each).assignments["order"] for each in sessions] == ["control", "ali_first"]
    assert exposed(world) == []


@pytest.mark.parametrize("wanted", [{"order": "nobody"}, {"unheard": "control"}])
def test_an_arm_that_does_not_exist_is_refused(world: World, wanted: dict[str, str]) -> None:
    body = world.session_body("books", experiments=wanted)
    answer = world.api("POST", "/v1/checkout-sessions", body)

    assert (answer.status, answer.json()["code"]) == (400, "experiment.override_unknown")
    assert answer.json()["pointer"] == f"/experiments/{next(iter(wanted))}"


PERSON = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0"}


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user-agent": "WhatsApp/2.23.20.0"},
        {**PERSON, "sec-purpose": "prefetch;prerender"},
    ],
)
def test_machines_see_the_page_and_are_not_exposed(world: World, headers: dict[str, str]) -> None:
    session = world.session("books")

    assert world.browse("GET", session["url"], headers=headers).status == 200
    assert exposed(world) == []
    world.browse("GET", session["url"], headers=PERSON)
    assert exposed(world) == [session["id"]]


def test_a_telephone_is_no_machine_whatever_it_is_called(world: World) -> None:
    session = world.session("books")
    world.browse("GET", session["url"], headers={"user-agent": "Mozilla/5.0 (Linux; Android 9; CUBOT X30 Build/P)"})

    assert exposed(world) == [session["id"]]


def test_an_exposure_says_how_long_the_page_took_and_who_counts(world: World) -> None:
    session = world.session("books")
    world.browse("GET", session["url"], headers=PERSON)
    exposed(world)

    with world.platform.db.read() as connection:
        row = connection.execute(select(experiment_exposure)).one()
    assert (row.mode, row.unit_id) == ("test", world.view(session).units["order"])
    assert 0 <= row.render_ms < 60_000


def exposed(world: World) -> list[str]:
    """The sessions that count, once everything that was submitted is written."""
    world.platform.poster.stop()
    world.platform.poster.start()
    with world.platform.db.read() as connection:
        return list(connection.execute(select(experiment_exposure.c.session_id)).scalars())
