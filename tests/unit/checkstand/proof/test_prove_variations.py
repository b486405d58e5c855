"""What an experiment's variation breaks is found for those who get it, and told once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.checkstand.proof.cashier import channels, decisions, plan_of
from tests.unit.checkstand.proof.findings import ALI, WX, codes, found
from tests.unit.checkstand.scenario.example import document, rule

from checkstand.scenario.compile import varied_document


def arm(patch: Mapping[str, Any], *, when: str | None = None, name: str = "ab", layer: str = "l") -> dict[str, Any]:
    variations = [{"id": "control", "weight": 0.5}, {"id": "treated", "weight": 0.5, "patch": patch}]
    return {"id": name, "layer": layer, "variations": variations, **({"when": when} if when else {})}


def test_a_variation_that_empties_the_checkout_is_found() -> None:
    hides = {"methods": {"ali": None, "bal": None, "wx": {"when": 'shopper.tier != "new"'}}}
    (finding,) = found(experiments=[arm(hides)])

    assert (finding.code, finding.arms) == ("proof.empty_checkout", (("ab", "treated"),))
    varied = varied_document(document(experiments=[arm(hides)]), {"ab": "treated"})
    assert finding.witness is not None
    assert decisions(plan_of(varied, channels()), channels(), finding.witness.order).usable == ()


def test_a_variation_is_proven_for_those_who_get_it() -> None:
    hides = {"methods": {"ali": None, "bal": None, "wx": {"when": 'shopper.tier != "new"'}}}

    assert found(experiments=[arm(hides, when='shopper.tier in ["vip", "regular"]')]) == ()


def test_two_experiments_are_proven_together() -> None:
    without_wx = arm({"methods": {"wx": None, "bal": None}})
    without_ali = arm({"methods": {"ali": {"when": "hour > 5"}, "bal": None}}, name="other", layer="m")
    (finding,) = found(experiments=[without_wx, without_ali])

    assert (finding.code, finding.arms) == ("proof.empty_checkout", (("ab", "treated"), ("other", "treated")))


def test_what_the_base_has_is_not_told_again_for_its_variations() -> None:
    dead = rule("hide", "amount > 900000", applies_to=["wx"])
    reorders = arm({"methods": {"wx": {"order": 99}}})
    narrows = arm({"amount_limits": {"max": 50_000}}, name="n", layer="m")

    assert codes(found(rules=[dead], experiments=[reorders, narrows])) == [("dead_rule", "r")]
    live = rule("hide", "amount > 90000", applies_to=["wx"])
    assert found(rules=[live], experiments=[narrows]) == ()  # in a variation the base's rule may have nothing to do


def test_a_dead_rule_that_a_variation_brings_is_told() -> None:
    brings = arm({"rules": {"new": {"effect": "hide", "applies_to": ["wx"], "when": "hour > 23"}}})
    (finding,) = found(experiments=[brings])

    assert (finding.code, finding.subject, finding.arms) == ("proof.dead_rule", "new", (("ab", "treated"),))


@pytest.mark.parametrize(
    ("patch", "path", "sentence"),
    [
        ({"consents": {"terms": None}}, ("consents", "terms"), 'the consent "terms" is removed'),
        (
            {"consents": {"terms": {"required": False}}},
            ("consents", "terms"),
            'the consent "terms" is no longer required',
        ),
        ({"disclosures": ["copy.a"]}, ("disclosures",), 'the disclosure "copy.b" is removed'),
        ({"form": {"type": "full_screen"}}, ("form", "type"), "the regulatory form is replaced by another one"),
    ],
)
def test_a_patch_cannot_take_the_duties_of_a_regulatory_form(
    patch: Mapping[str, Any], path: tuple[str, ...], sentence: str
) -> None:
    (finding,) = found(
        methods=[WX, ALI],
        form={"type": "regulatory"},
        consents=[{"id": "terms", "text_ref": "copy.a"}, {"id": "more", "text_ref": "copy.a"}],
        disclosures=["copy.a", "copy.b"],
        experiments=[arm(patch, when='shopper.tier == "vip"')],
    )

    assert (finding.code, finding.severity) == ("proof.duty_removed", "error")
    assert finding.path == ("experiments", 0, "variations", 1, "patch", *path)
    assert finding.message.startswith(sentence)
    assert finding.witness is not None
    assert finding.witness.order["shopper.tier"] == "vip"
