"""Which channel is asked first, and when the next one may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checkstand.channel.breaker import CircuitBreaker
from checkstand.channel.port import Answer, Outcome
from checkstand.channel.reasons import Reason
from checkstand.channel.routing import Switch, candidates, may_fail_over, ordered_channels, switched_off

NOW = datetime(2026, 4, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Above:
    limit: int

    def evaluate(self, context: Mapping[str, Any]) -> bool:
        return bool(context["amount"] > self.limit)


@dataclass(frozen=True)
class Route:
    channel: str
    weight: int = 1
    when: Above | None = None


def _order(strategy: str, *routes: Route, payment: str = "pay_1", amount: int = 100) -> tuple[str, ...]:
    return ordered_channels(strategy, routes, payment_id=payment, context={"amount": amount})


@pytest.mark.parametrize(("amount", "order"), [(100, ("b",)), (1000, ("a", "b"))])
def test_rules_keep_the_written_order_of_the_routes_that_hold(amount: int, order: tuple[str, ...]) -> None:
    assert _order("rules", Route("a", when=Above(500)), Route("b"), amount=amount) == order


def test_weights_are_met_over_many_payments() -> None:
    routes = (Route("a", 70), Route("b", 30), Route("c", 0))
    first = Counter(_order("weighted", *routes, payment=f"pay_{i}")[0] for i in range(4000))

    assert abs(first["a"] / 4000 - 0.7) < 0.03
    assert first["c"] == 0


def test_a_payment_draws_the_same_route_again_whatever_the_order_of_the_file() -> None:
    routes = (Route("a", 70), Route("b", 30))

    assert _order("weighted", *routes) == _order("weighted", *reversed(routes))


def test_a_switch_hides_its_method_until_it_expires() -> None:
    switch = Switch("a", "wechat_pay", {"en": "Closed for repairs"}, NOW + timedelta(hours=1))

    assert switched_off([switch], "a", "wechat_pay", NOW) == switch
    assert switched_off([switch], "a", "alipay", NOW) is None
    assert switched_off([switch], "a", "wechat_pay", NOW + timedelta(hours=1)) is None
    assert candidates(("a", "b"), method="wechat_pay", switches=[switch], broken=(), now=NOW) == ("b",)


def test_when_every_circuit_is_open_trying_beats_an_empty_checkout() -> None:
    assert candidates(("a", "b"), method="m", switches=(), broken={"a"}, now=NOW) == ("b",)
    assert candidates(("a",), method="m", switches=(), broken={"a"}, now=NOW) == ("a",)


@pytest.mark.parametrize(
    ("outcome", "reason", "allowed"),
    [
        (Outcome.FAILED, Reason.MISCONFIGURED, True),
        (Outcome.FAILED, Reason.INSUFFICIENT_FUNDS, False),
        (Outcome.UNKNOWN, Reason.NO_ANSWER, False),
        (Outcome.UNKNOWN, Reason.MISCONFIGURED, False),
        (Outcome.NOT_FOUND, Reason.NOT_FOUND, False),
        (Outcome.FAILED, None, False),
    ],
)
def test_only_a_channels_own_definite_refusal_fails_over(
    outcome: Outcome, reason: Reason | None, *, allowed: bool
) -> None:
    assert may_fail_over(Answer(outcome, reason=reason)) is allowed


def test_a_circuit_opens_after_silence_then_lets_one_probe_through() -> None:
    breaker = CircuitBreaker(failures=3, pause=timedelta(seconds=30))
    silence = Answer(Outcome.UNKNOWN, reason=Reason.NO_ANSWER)
    for _ in range(3):
        assert not breaker.is_open("cha_1", NOW)
        breaker.record("cha_1", silence, NOW)

    assert breaker.is_open("cha_1", NOW + timedelta(seconds=29))
    assert not breaker.is_open("cha_2", NOW)
    later = NOW + timedelta(seconds=30)
    assert [breaker.is_open("cha_1", later) for _ in range(3)] == [False, True, True]
    breaker.record("cha_1", Answer(Outcome.FAILED, reason=Reason.DECLINED), later)
    assert not breaker.is_open("cha_1", later)
