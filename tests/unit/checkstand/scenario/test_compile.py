"""A document becomes a plan, and the same document always becomes the same version."""

from __future__ import annotations

import hashlib
import json

import pytest
from tests.unit.checkstand.scenario.example import METHOD_TYPES, document, plan

from checkstand.rule import RuleError
from checkstand.scenario import canonical, compile_plan, content_hash, with_variations

EXPERIMENT = {
    "id": "order",
    "layer": "books",
    "variations": [
        {"id": "control", "weight": 0.5},
        {"id": "ali_first", "weight": 0.5, "patch": {"methods": {"ali": {"order": 5}, "bal": None}}},
    ],
}


def test_the_version_of_a_document_does_not_depend_on_the_order_of_its_names() -> None:
    backwards = dict(reversed(document().items()))

    assert content_hash(backwards) == content_hash(document())


def test_a_known_document_has_a_known_version_on_every_installation() -> None:
    text = '{"a":[{"y":"é"}],"b":1}'  # sorted, no spaces, no nulls, 1.0 is 1

    assert content_hash({"b": 1.0, "a": [{"x": None, "y": "é"}]}) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("change", [{"mode": "recharge"}, {"terminals": ["pc"]}, {"late_success": "hold"}])
def test_any_change_is_another_version(change: dict[str, object]) -> None:
    assert content_hash(document(**change)) != content_hash(document())


def test_what_extends_named_is_no_part_of_the_version() -> None:
    assert content_hash(document(extends="base/retail")) == content_hash(document())


def test_the_stored_document_compiles_to_the_same_plan() -> None:
    first = plan(rules=[{"id": "r", "effect": "note", "when": "amount > 1"}], experiments=[EXPERIMENT])

    again = compile_plan(json.loads(json.dumps(first.document)), METHOD_TYPES)

    assert again == first


def test_defaults_are_filled_in_but_not_written_into_the_document() -> None:
    compiled = plan()

    assert (compiled.mode, compiled.flow, compiled.form.type, compiled.timeouts.pay_s) == (
        "payment",
        "instant",
        "full_screen",
        900,
    )
    assert compiled.terminals == ("pc", "h5", "mini_program", "ios", "android")
    assert compiled.document == canonical(document())


def test_methods_come_by_order_then_id() -> None:
    methods = [{"id": name, "type": "alipay", "order": order} for name, order in (("c", 2), ("b", 1), ("a", 2))]

    assert [method.id for method in plan(methods=methods).methods] == ["b", "a", "c"]


def test_a_method_without_routing_is_served_by_every_channel_of_its_type() -> None:
    assert [route.channel for route in plan().methods[0].routes] == ["wechat_pay"]


def test_a_condition_that_is_wrong_never_becomes_a_plan() -> None:
    with pytest.raises(RuleError, match=r"books rules\[0\]\.when:1:1: unknown name"):
        plan(rules=[{"id": "r", "effect": "note", "when": "amuont > 1"}])


def test_a_variation_changes_the_plan_and_not_the_version() -> None:
    published = plan(experiments=[EXPERIMENT])
    varied = with_variations(published, {"order": "ali_first"})

    assert [method.id for method in varied.methods] == ["ali", "wx"]
    assert varied.content_hash == published.content_hash
    assert [method.id for method in published.methods] == ["wx", "ali", "bal"]


@pytest.mark.parametrize("assignments", [{}, {"order": "control"}, {"order": "gone"}, {"gone": "ali_first"}])
def test_without_a_patch_the_plan_stays_the_same_object(assignments: dict[str, str]) -> None:
    published = plan(experiments=[EXPERIMENT])

    assert with_variations(published, assignments) is published


def test_a_variation_is_compiled_once() -> None:
    published = plan(experiments=[EXPERIMENT])

    assert with_variations(published, {"order": "ali_first"}) is with_variations(published, {"order": "ali_first"})


def test_several_experiments_add_up() -> None:
    other = {**EXPERIMENT, "id": "theme", "layer": "looks"}
    other["variations"] = [{"id": "a", "weight": 1, "patch": {"theme": {"base": "dark"}}}]
    varied = with_variations(plan(experiments=[EXPERIMENT, other]), {"order": "ali_first", "theme": "a"})

    assert (varied.methods[0].id, varied.theme.base) == ("ali", "dark")


@pytest.mark.parametrize(
    ("flow", "terms"),
    [
        ({"type": "instant"}, {}),
        ({"type": "escrow"}, {}),
        (
            {"type": "escrow", "ship_within": "P3D", "confirm_receipt_within": "PT36H"},
            {"ship_within_s": 259_200, "confirm_within_s": 129_600},
        ),
        (
            {"type": "preauth", "capture": "manual", "capture_within": "P5D"},
            {"capture_within_s": 432_000, "capture": "manual"},
        ),
    ],
)
def test_the_steps_after_paying_have_their_terms(flow: dict[str, str], terms: dict[str, object]) -> None:
    compiled = plan(flow=flow)

    assert (compiled.flow, dict(compiled.terms)) == (flow["type"], terms)
