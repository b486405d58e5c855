"""Each defect is found once, at its place, with an order that the real cashier confirms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.checkstand.proof.cashier import channel, channels, decisions, plan_of
from tests.unit.checkstand.scenario.example import document, rule

from checkstand.channel import Registry
from checkstand.infra.resources import scenarios
from checkstand.proof.facts import installed
from checkstand.proof.model import ProofFinding, finding_from_json
from checkstand.proof.prove import prove
from checkstand.proof.words import order_words
from checkstand.rule import compile_rule
from checkstand.scenario.compile import varied_document
from checkstand.scenario.load import load

WX = {"id": "wx", "type": "wechat_pay", "order": 10}
ALI = {"id": "ali", "type": "alipay", "order": 20}
BAL = {"id": "bal", "type": "balance", "order": 30}
Found = tuple[ProofFinding, ...]


def found(installed_channels: Any = None, **parts: Any) -> Found:
    return prove(document(**parts), installed_channels or channels())


def codes(findings: Found) -> list[tuple[str, str]]:
    return [(finding.code.removeprefix("proof."), finding.subject) for finding in findings]


def seen_by(finding: ProofFinding, **parts: Any) -> tuple[list[str], list[str]]:
    """The methods that the cashier shows and the ones it lets be used, for the finding's order."""
    assert finding.witness is not None
    plan = plan_of(document(**parts), channels())
    order = finding.witness.order
    assert plan.min_minor <= int(order["amount"]) <= plan.max_minor
    assert order["terminal"] in plan.terminals
    decided = decisions(plan, channels(), order)
    return [each.method_id for each in decided.methods if each.shown], [each.method_id for each in decided.usable]


def holds(condition: str, finding: ProofFinding, **besides: Any) -> bool:
    assert finding.witness is not None
    return compile_rule(condition).evaluate({**finding.witness.order, **besides})


def test_the_catalogue_has_no_findings() -> None:
    registry = Registry.load()
    catalogue = load([scenarios()], registry.method_types())

    told = {each.scenario_id: prove(each.document or {}, installed(registry)) for each in catalogue.scenarios}

    assert len(told) > 10
    assert told == dict.fromkeys(told, ())


# ── orders without a method ─────────────────────────────────────────────────────────────────────


def test_an_order_that_sees_no_method_is_found_with_its_place_and_reasons() -> None:
    parts = {
        "methods": [{**WX, "when": "amount <= 50000"}, ALI],
        "rules": [rule("hide", 'shopper.tier == "new" && hour >= 22', applies_to=["ali"], rule_id="night")],
    }
    (finding,) = found(**parts)

    assert (finding.code, finding.severity, finding.path) == ("proof.empty_checkout", "error", ("methods",))
    assert finding.message == (
        'some orders see no payment method at all (wx: its condition does not hold; ali: rule "night" hides it)'
    )
    assert finding.witness is not None
    assert order_words(finding.witness) == "amount ¥500.01, new shopper, on a computer at 22:00"
    assert seen_by(finding, **parts) == ([], [])


def test_a_terminal_without_a_method_is_one_finding() -> None:
    parts = {"methods": [{**WX, "when": 'terminal != "ios"'}], "terminals": ["h5", "ios"]}
    (finding,) = found(**parts)

    assert (finding.code, finding.path) == ("proof.terminal_unusable", ("terminals", 1))
    assert "no method can be used on the terminal ios" in finding.message
    assert seen_by(finding, **parts) == ([], [])


def test_a_range_of_amounts_without_a_method_is_one_finding_with_its_ends() -> None:
    parts = {"methods": [{**WX, "when": "amount < 20000 || amount >= 50000 && amount / 100 < 800"}]}
    findings = found(**parts)

    assert [finding.message.partition(" (")[0] for finding in findings] == [
        "no method can be used from ¥200.00 to ¥499.99",
        "some orders see no payment method at all",
    ]  # 800 yuan are no edge of the condition, so the second range is told by an order
    assert all(seen_by(finding, **parts) == ([], []) for finding in findings)
    first, second = (int(finding.witness.order["amount"]) for finding in findings if finding.witness)
    assert first == 20_000
    assert 80_000 <= second <= 100_000


def test_a_scenario_that_nobody_can_pay_is_one_finding() -> None:
    parts = {"methods": [WX, ALI], "rules": [rule("hide", "amount >= 0")]}
    (finding,) = found(**parts)

    assert finding.code == "proof.nothing_payable"
    assert finding.message.startswith("no method can be used by any order (wx: rule")
    assert seen_by(finding, **parts) == ([], [])


def test_methods_that_are_all_refused_one_by_one_are_told() -> None:
    parts = {
        "methods": [WX, ALI],
        "rules": [
            rule("block", "shopper.risk > 50", applies_to=["wx"], rule_id="a"),
            rule("block", "shopper.risk > 80", applies_to=["ali"], rule_id="b"),
        ],
        "risk": {"mode": "enforce"},
    }
    (finding,) = found(**parts)

    assert finding.code == "proof.no_usable_method"
    assert finding.witness is not None
    assert order_words(finding.witness) == "amount ¥100.00, risk score 81, on a computer"
    assert seen_by(finding, **parts) == (["wx", "ali"], [])


def test_an_order_that_is_refused_on_purpose_is_no_finding() -> None:
    rules = [rule("block", "shopper.risk > 90"), rule("hide", "shopper.risk > 90 && amount > 5", applies_to=["wx"])]

    assert "proof.empty_checkout" not in {each.code for each in found(methods=[WX], rules=[rules[0]])}
    assert found(methods=[WX, ALI], rules=[rules[0]], risk={"mode": "enforce"}) == ()


def test_a_block_in_shadow_refuses_nobody() -> None:
    rules = [
        rule("block", "shopper.risk > 50", applies_to=["wx"]),
        rule("block", "amount > 5", applies_to=["ali"], rule_id="s"),
    ]

    assert found(methods=[WX, ALI], rules=rules, risk={"mode": "shadow"}) == ()


def test_only_a_balance_left_is_a_warning() -> None:
    parts = {"methods": [WX, BAL], "rules": [rule("hide", "hour < 6", applies_to=["wx"])]}
    (finding,) = found(**parts)

    assert (finding.code, finding.severity) == ("proof.only_balance", "warning")
    assert seen_by(finding, **parts) == (["bal"], ["bal"])


def test_a_deposit_is_reserved_on_a_balance_and_nothing_else_on_purpose() -> None:
    assert found(methods=[BAL], flow={"type": "preauth"}) == ()


def test_a_recharge_is_never_paid_from_the_balance() -> None:
    (finding,) = found(methods=[{**WX, "when": "hour != 3"}, BAL], mode="recharge")[:1]

    assert finding.code == "proof.empty_checkout"
    assert finding.witness is not None
    assert finding.witness.order["shopper.id"] != ""  # a recharge needs a known shopper


# ── methods and channels ────────────────────────────────────────────────────────────────────────


def test_a_method_that_is_never_shown_is_told_with_the_reason() -> None:
    parts = {
        "methods": [WX, {**ALI, "when": 'shopper.country == "CN"'}],
        "rules": [rule("hide", 'shopper.country in ["CN", "HK"]', applies_to=["ali"])],
    }
    findings = found(**parts)

    assert codes(findings) == [("dead_method", "ali")]
    assert findings[0].path == ("methods", 1)
    assert findings[0].message == 'the method "ali" can never be used (rule "r" hides it)'
    assert findings[0].witness is not None
    assert order_words(findings[0].witness) == "amount ¥100.00, from CN, on a computer"
    assert seen_by(findings[0], **parts)[0] == ["wx"]


def test_amounts_that_the_channel_refuses_are_told() -> None:
    parts = {"methods": [WX, ALI], "amount_limits": {"currency": "CNY", "max": 100_000}}
    small = channels(alipay=channel("alipay", limits={"CNY": (1, 30_000)}))
    (finding,) = found(small, **parts)

    assert (finding.code, finding.subject) == ("proof.route_amount", "ali")
    assert "it takes ¥0.01 to ¥300.00" in finding.message
    assert finding.witness is not None
    assert finding.witness.order["amount"] == 30_001


def test_amounts_that_no_channel_takes_are_a_range() -> None:
    small = channels(wechat_pay=channel("wechat_pay", limits={"CNY": (1, 30_000)}))
    findings = found(small, methods=[WX])

    assert codes(findings) == [("amount_unusable", ""), ("route_amount", "wx")]
    assert "from ¥300.01 to ¥1,000.00" in findings[0].message


def test_a_flow_needs_its_capabilities() -> None:
    parts = {"methods": [WX], "flow": {"type": "preauth"}}
    able = channels(wechat_pay=channel("wechat_pay", capabilities=("pay", "refund", "capture", "void")))
    (finding,) = found(**parts)

    assert (finding.code, finding.path) == ("proof.capability_missing", ("methods", 0))
    assert finding.message == '"wx" goes through "wechat_pay", which cannot capture and void; the flow preauth needs it'
    assert seen_by(finding, methods=[WX])[1] == ["wx"]
    assert found(able, **parts) == ()
    assert found(methods=[WX, BAL], flow={"type": "preauth"})[-1].subject == "wx"  # a balance holds the money instead


def test_money_that_comes_late_needs_a_channel_that_refunds() -> None:
    poor = channels(wechat_pay=channel("wechat_pay", capabilities=("pay",)))

    assert codes(found(poor, methods=[WX])) == [("capability_missing", "wx")]
    assert found(poor, methods=[WX], late_success="accept") == ()


def test_a_route_that_cannot_serve_the_terminal_or_currency_is_told() -> None:
    other = channels(elsewhere=channel("alipay", terminals=frozenset(["pc"]), currencies=("USD",)))
    routing = {"strategy": "priority", "routes": [{"channel": "elsewhere", "when": "hour < 6"}, {"channel": "alipay"}]}
    findings = found(other, methods=[WX, {**ALI, "routing": routing}], terminals=["pc", "h5"])

    assert codes(findings) == [("route_terminal", "ali"), ("route_currency", "ali")]
    assert findings[0].path == ("methods", 1, "routing", "routes", 0)
    assert findings[0].witness is not None
    assert order_words(findings[0].witness) == "amount ¥100.00, on H5 at 0:00"


def test_a_method_that_is_shown_and_never_payable_is_an_error() -> None:
    other = channels(elsewhere=channel("alipay", currencies=("USD",)))
    routing = {"strategy": "priority", "routes": [{"channel": "elsewhere"}]}
    findings = found(other, methods=[WX, {**ALI, "routing": routing}])

    assert codes(findings) == [("route_currency", "ali"), ("method_unpayable", "ali")]


def test_a_route_that_never_opens_is_told() -> None:
    routing = {"strategy": "rules", "routes": [{"channel": "alipay", "when": "amount > 900000"}, {"channel": "spare"}]}
    (finding,) = found(channels(spare=channel("alipay")), methods=[WX, {**ALI, "routing": routing}])

    assert (finding.code, finding.path) == ("proof.dead_route", ("methods", 1, "routing", "routes", 0, "when"))
    assert not holds("amount > 900000", finding)


# ── rules ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("other", "condition"),
    [
        (rule("hide", "hour < 9", applies_to=["wx"], rule_id="b"), "hour < 9"),
        (rule("block", "hour < 9", applies_to=["wx"], rule_id="b"), "hour < 9"),
        (rule("require", "hour < 9", applies_to=["ali"], rule_id="b"), "hour < 9"),
    ],
)
def test_rules_that_take_away_what_the_other_requires_contradict(other: Mapping[str, Any], condition: str) -> None:
    parts = {
        "methods": [WX, ALI],
        "rules": [rule("require", "amount > 60000", applies_to=["wx"], rule_id="a"), other],
        "risk": {"mode": "enforce"},
    }
    (finding,) = found(**parts)

    assert (finding.code, finding.severity, finding.path) == (
        "proof.contradictory_rules",
        "error",
        ("rules", 1, "when"),
    )
    assert finding.others == ("a", "b")
    assert holds(f"amount > 60000 && {condition}", finding)
    assert seen_by(finding, **parts)[1] == []


def test_rules_that_exclude_each_other_do_not_contradict() -> None:
    rules = [
        rule("require", "amount > 60000", applies_to=["wx"], rule_id="a"),
        rule("hide", "amount < 500", applies_to=["wx"], rule_id="b"),
    ]

    assert found(methods=[WX, ALI], rules=rules) == ()


def test_a_rule_that_never_holds_is_told_with_the_order_that_comes_nearest() -> None:
    (finding,) = found(rules=[rule("hide", 'shopper.tier == "vip" && amount > 200000', applies_to=["wx"])])

    assert (finding.code, finding.severity, finding.path) == ("proof.dead_rule", "warning", ("rules", 0, "when"))
    assert finding.witness is not None
    assert order_words(finding.witness) == "amount ¥100.00, VIP shopper, on a computer"
    assert not holds('shopper.tier == "vip" && amount > 200000', finding)


@pytest.mark.parametrize(
    "condition",
    [
        "hour < 6 && hour > 20",
        "shopper.risk > 100",
        'terminal == "pc" && terminal == "h5"',
        'currency == "USD"',
        "size(shopper.id) > 128",
        'order.category.startsWith("book") && order.category == "toys"',
        "amount % 100 == 100",
        "(amount / 100) * 100 > amount",
    ],
)
def test_what_can_never_hold_is_dead_however_it_is_written(condition: str) -> None:
    (finding,) = found(rules=[rule("review", condition)], risk={"mode": "enforce"})

    assert finding.code == "proof.dead_rule"
    assert not holds(condition, finding)


def test_of_two_rules_the_one_that_is_implied_is_redundant() -> None:
    parts = {
        "rules": [
            rule("hide", "amount > 50000", applies_to=["wx"], rule_id="wide"),
            rule("hide", "amount > 60000", applies_to=["wx"], rule_id="narrow"),
        ]
    }
    (finding,) = found(**parts)

    assert (finding.code, finding.subject, finding.others) == ("proof.redundant_rule", "narrow", ("wide",))
    assert holds("amount > 60000", finding)
    assert "wx" not in seen_by(finding, **parts)[0]


def test_of_two_equal_rules_only_the_later_is_told() -> None:
    same = [rule("hide", "hour < 6", applies_to=["wx"], rule_id=name) for name in ("first", "second")]

    assert codes(found(rules=same)) == [("redundant_rule", "second")]


def test_a_rule_that_several_others_imply_together_is_redundant() -> None:
    rules = [
        rule("review", "hour < 12", rule_id="morning"),
        rule("review", "hour >= 12", rule_id="evening"),
        rule("review", "amount > 5000", rule_id="large"),
    ]

    assert codes(found(rules=rules, risk={"mode": "enforce"})) == [("redundant_rule", "large")]


def test_a_rule_about_a_method_that_is_never_there_then_changes_nothing() -> None:
    methods = [WX, {**ALI, "when": "amount <= 50000"}]
    (finding,) = found(methods=methods, rules=[rule("hide", "amount > 60000", applies_to=["ali"])])

    assert finding.code == "proof.redundant_rule"
    assert finding.message.endswith("no method is offered anyway")


@pytest.mark.parametrize("stronger", [("block", []), ("review", []), ("hide", ["wx"])])
def test_a_rule_that_a_stronger_one_always_overtakes_is_shadowed(stronger: tuple[str, list[str]]) -> None:
    effect, methods = stronger
    rules = [
        rule("challenge", "shopper.risk > 80", applies_to=["wx"], rule_id="weak"),
        rule(effect, "shopper.risk > 70", applies_to=methods or None, rule_id="strong"),
    ]
    (finding,) = found(rules=rules, risk={"mode": "enforce"})

    assert (finding.code, finding.subject, finding.others) == ("proof.shadowed_rule", "weak", ("strong",))
    assert holds("shopper.risk > 80", finding)


def test_rules_that_each_decide_something_are_fine() -> None:
    rules = [
        rule("challenge", "shopper.risk > 60", rule_id="weak"),
        rule("block", "shopper.risk > 80", rule_id="strong"),
        rule("note", "shopper.risk > 90", rule_id="counted"),
        rule("hide", 'method == "alipay" && hour < 6', rule_id="per-method"),
    ]

    assert found(rules=rules, risk={"mode": "enforce"}) == ()


def test_fields_and_experiments_that_nobody_sees_are_told() -> None:
    field = {"id": "tax", "type": "text", "label": {"en": "Tax"}, "when": "amount > 500000"}
    experiment = {
        "id": "ab",
        "layer": "l",
        "when": 'shopper.tier == "vip" && shopper.risk > 200',
        "variations": [{"id": "c", "weight": 0.5}, {"id": "t", "weight": 0.5}],
    }

    assert codes(found(fields=[field], experiments=[experiment])) == [
        ("dead_condition", "tax"),
        ("dead_condition", "ab"),
    ]


# ── variations ──────────────────────────────────────────────────────────────────────────────────


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


# ── the proof itself ────────────────────────────────────────────────────────────────────────────


def test_the_same_scenario_has_the_same_findings_to_the_letter() -> None:
    parts = {
        "methods": [{**WX, "when": "amount <= 50000"}, ALI],
        "rules": [rule("hide", "shopper.risk > 50 && hour % 7 == 3", applies_to=["ali"])],
    }

    assert len({found(**parts) for _ in range(5)}) == 1


def test_what_takes_too_many_steps_is_said_to_be_not_proven() -> None:
    hard = 'size(order.category) * 7 - size(shopper.id) * 3 == 11 && order.category.contains("ab") && hour % 7 == 3'
    findings = prove(document(rules=[rule("hide", hard, applies_to=["wx"])]), channels(), steps=60)

    assert findings
    assert {(finding.code, finding.severity, finding.witness) for finding in findings} == {
        ("proof.not_proven", "warning", None)
    }
    assert any('rule "r" ever changes anything' in finding.message for finding in findings)


def test_a_finding_survives_the_cache_unchanged() -> None:
    findings = found(rules=[rule("hide", "amount > 900000", applies_to=["wx"])], methods=[{**WX, "when": "hour > 3"}])

    assert len(findings) == 2
    assert tuple(finding_from_json(finding.to_json()) for finding in findings) == findings
