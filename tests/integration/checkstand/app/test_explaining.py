"""What is explained is what happens: the same order gets the same decision from `create_session`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.world import LANTERN, RIVAL, World

from checkstand.app.create_session import create_session
from checkstand.app.explain_scenario import Explanation, explain_order, explain_session
from checkstand.app.explain_words import ExplainWords
from checkstand.app.open_cashier import SessionNotFound, open_cashier
from checkstand.app.session_rows import CreateSession
from checkstand.cashier import decide
from checkstand.kernel import new_id
from checkstand.rule import compile_rule
from checkstand.rule.variables import TERMINALS, TIERS

SCENARIO = """\
api_version: checkout/v1
kind: Scenario
metadata: {id: explained, name: {en: Explained}, owner: lantern}
mode: payment
amount_limits: {currency: CNY, min: 1, max: 10000000}
methods:
  - {id: wx, type: wechat_pay, order: 10, preselect: true}
  - {id: ali, type: alipay, order: 20, when: 'amount < 100000'}
  - {id: bal, type: balance, order: 30}
  - {id: card, type: alipay, display: folded, fallback: true, order: 90}
rules:
  - {id: newcomers, effect: hide, applies_to: [ali], when: 'shopper.tier == "new"', reason: risk-2026-04}
  - {id: by-card, effect: require, applies_to: [card], when: 'amount > 5000000'}
  - {id: abroad, effect: hide, when: 'shopper.country != "CN" && method == "wechat_pay"'}
  - {id: large, effect: challenge, applies_to: [wx], when: 'amount >= 500000'}
  - {id: dangerous, effect: block, when: 'shopper.risk > 90'}
risk: {mode: enforce, velocity: [{id: busy, key: shopper.id, window: PT1H, max_count: 2, effect: block}]}
experiments:
  - id: order-of-methods
    layer: lantern
    range: [0, 0.8]
    coverage: 0.9
    fallback_unit: device
    variations:
      - {id: control, weight: 0.5}
      - {id: no_ali, weight: 0.5, patch: {methods: {ali: null}, rules: {newcomers: null}}}
locales: {default: en, supported: [en]}
composite: {allow: true}
"""


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    file = tmp_path / "explained.yaml"
    file.write_text(SCENARIO, "utf-8")
    made = World(tmp_path, database_url, scenarios=[file])
    yield made
    made.close()


orders = st.fixed_dictionaries(
    {
        "amount_minor": st.sampled_from([1, 99_999, 100_000, 499_999, 500_000, 5_000_001]) | st.integers(1, 10_000_000),
        "terminal": st.sampled_from(TERMINALS),
        "device_id": st.sampled_from(["d1", "d2", "d3", "d4"]),
        "shopper": st.fixed_dictionaries(
            {},
            optional={
                "id": st.sampled_from(["mei", "otto", "lin", "rich"]),
                "tier": st.sampled_from(TIERS),
                "country": st.sampled_from(["CN", "US", "ZZ"]),
                "risk": st.integers(85, 100),
            },
        ),
    }
)


def command(**order: Any) -> CreateSession:
    wish = {"scenario": "explained", "order_no": new_id("no"), "currency": "CNY", "title": "Two novels", **order}
    return CreateSession(tenant_id=LANTERN, mode="test", **wish)


def test_every_explanation_is_the_decision_of_a_real_session(world: World) -> None:
    world.member("rich", 600_000)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(order=orders)
    def check(order: dict[str, Any]) -> None:
        told = explain_order(world.platform, command(**order))
        session = create_session(world.platform, command(**order))
        view = open_cashier(world.platform, session.token, viewed=False)

        assert told.refused == ""
        assert told.visit.decisions.explain == decide(view).explain
        assert told.context["shopper.id"] == view.context["shopper.id"]
        assert {b.experiment: b.variation for b in told.experiments if b.variation} == view.assignments
        again = explain_session(world.platform, LANTERN, session.session_id)
        assert again.visit.decisions.explain == told.visit.decisions.explain
        recomputed(told)

    check()


def recomputed(told: Explanation) -> None:
    """The explanation alone, as JSON, is enough to decide again."""
    data = json.loads(json.dumps(msgspec.to_builtins(told)))
    for method in data["visit"]["methods"]:
        failed = {check["code"] for check in method["checks"] if not check["passed"]}
        for check in method["checks"]:
            if check["values"] is not None:
                holds = compile_rule(check["detail"]).evaluate(check["values"])
                named = next((r["applies_to"] for r in data["visit"]["rules"] if r["rule_id"] == check["rule_id"]), [])
                spared = check["code"] == "require" and method["method_id"] in named
                passed = holds if check["code"] == "when" else not holds or spared
                assert check["passed"] == passed, check
        state = "visible"
        if failed & {"block", "unavailable", "balance_too_low"}:
            state = "disabled"
        if failed & {"terminal", "currency", "when", "no_member", "recharge_from_balance", "hide", "require"}:
            state = "hidden"
        assert method["state"] == state


def test_too_many_attempts_are_part_of_the_explanation(world: World) -> None:
    for _ in range(2):
        world.pay(world.session("explained", shopper={"id": "mei", "country": "CN"}), "wx")

    told = explain_order(world.platform, command(amount_minor=100, terminal="pc", shopper={"id": "mei"}))

    assert told.visit.decisions.visit_effect == "block"
    assert "the visit is blocked by velocity limits: busy" in list(ExplainWords(told, "en").head())


def test_an_order_that_is_refused_says_so_and_is_explained_all_the_same(world: World) -> None:
    told = explain_order(world.platform, command(amount_minor=10_000_001, terminal="pc"))

    assert "the amount must be from 1 to 10000000" in told.refused
    assert {each.method_id for each in told.visit.methods} >= {"wx", "bal", "card"}  # an arm may drop ali


def test_a_hypothetical_order_leaves_nothing_behind(world: World) -> None:
    from sqlalchemy import func, select

    from checkstand.cashier.store import cashier_session

    explain_order(world.platform, command(amount_minor=100, terminal="pc"))

    with world.platform.db.read() as connection:
        assert connection.execute(select(func.count()).select_from(cashier_session)).scalar() == 0


def test_channel_facts_name_what_is_missing(world: World) -> None:
    told = explain_order(world.platform, command(amount_minor=100, terminal="pc"))

    wx = next(fact for fact in told.channels if fact.method_id == "wx")
    assert (wx.channel, wx.open, wx.account[:4]) == ("wechat_pay", True, "cha_")


def test_another_units_session_does_not_exist(world: World) -> None:
    session = world.session("explained")

    with pytest.raises(SessionNotFound):
        explain_session(world.platform, RIVAL, session["id"])


@pytest.mark.parametrize(("locale", "words"), [("en", "rule newcomers hides it"), ("zh-CN", "规则 newcomers 隐藏了它")])
def test_the_words_name_the_rule_its_values_and_its_line(world: World, locale: str, words: str) -> None:
    for device in ("d1", "d2", "d3", "d4", "d5"):  # one of them is in no arm that drops Alipay
        wish = command(amount_minor=100, terminal="pc", shopper={"tier": "new"}, device_id=device)
        told = explain_order(world.platform, wish)
        lines = [line for section in ExplainWords(told, locale).sections() for line in section.lines]
        found = [line for line in lines if words in line]
        if found:
            assert "shopper.tier = new" in found[0]
            assert found[0].endswith(f"[explained@{told.version[:12]}:12]")
            return
    raise AssertionError("no device sees Alipay")


@pytest.mark.parametrize(
    ("minor", "own", "words"),
    [
        (100, 40, "the balance may pay CN¥0.40, another method the rest, CN¥0.60"),
        (100, 100, "the balance pays no part: it is enough for the whole order"),
        (100, 0, "the balance pays no part: it is empty"),
        (100, None, "the balance pays no part: the shopper has none"),
        (5_000_001, 40, "the balance pays no part: something else speaks against it as a method"),
    ],
)
def test_whether_the_balance_may_pay_a_part_is_explained(world: World, minor: int, own: int | None, words: str) -> None:
    if own is not None:
        world.member("lin", own)
    told = explain_order(world.platform, command(amount_minor=minor, terminal="pc", shopper={"id": "lin"}))

    assert words in list(ExplainWords(told, "en").head())
    assert any("余额" in line for line in ExplainWords(told, "zh-CN").head())
