"""Velocity verdicts: who is counted, which effect wins, what shadow means."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from checkstand.risk import RiskVerdict, strongest, velocity_verdict


def limit(name: str, effect: str, most: int = 3) -> SimpleNamespace:
    return SimpleNamespace(id=name, key="shopper.id", window_s=3600, max_count=most, effect=effect)


def risk(*limits: SimpleNamespace, mode: str = "enforce") -> SimpleNamespace:
    return SimpleNamespace(mode=mode, velocity=limits)


MEI = {"shopper.id": "mei"}


def test_up_to_the_limit_nothing_happens() -> None:
    assert velocity_verdict(risk(limit("often", "block")), MEI, {"often": 2}) == RiskVerdict("allow")


def test_the_attempt_beyond_the_limit_is_judged() -> None:
    assert velocity_verdict(risk(limit("often", "block")), MEI, {"often": 3}) == RiskVerdict("block", ("often",))


@pytest.mark.parametrize(
    ("effects", "wins"),
    [
        (("challenge", "block"), "block"),
        (("challenge", "review"), "review"),
        (("note", "challenge"), "challenge"),
        (("note",), "note"),
        ((), "allow"),
    ],
)
def test_the_strongest_effect_wins_in_any_order(effects: tuple[str, ...], wins: str) -> None:
    assert strongest(effects) == strongest(reversed(effects)) == wins


def test_guests_share_no_count() -> None:
    assert velocity_verdict(risk(limit("often", "block")), {"shopper.id": ""}, {"often": 99}).effect == "allow"


def test_shadow_tells_what_would_have_happened() -> None:
    verdict = velocity_verdict(risk(limit("often", "block"), mode="shadow"), MEI, {"often": 3})

    assert (verdict.effect, verdict.enforced, verdict.reasons) == ("block", "allow", ("often",))


def test_off_asks_nobody() -> None:
    assert velocity_verdict(risk(limit("often", "block"), mode="off"), MEI, {"often": 3}) == RiskVerdict("allow")


def test_a_note_stops_nobody() -> None:
    verdict = velocity_verdict(risk(limit("often", "note")), MEI, {"often": 3})

    assert (verdict.effect, verdict.enforced) == ("note", "allow")
