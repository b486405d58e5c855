"""Each defect is found once, at its place, with an order that the real cashier confirms."""

from __future__ import annotations

from tests.unit.checkstand.proof.cashier import channel, channels
from tests.unit.checkstand.proof.findings import ALI, BAL, WX, codes, found, holds, seen_by
from tests.unit.checkstand.scenario.example import document, rule

from checkstand.channel import Registry
from checkstand.infra.resources import scenarios
from checkstand.proof.facts import installed
from checkstand.proof.model import finding_from_json
from checkstand.proof.prove import prove
from checkstand.proof.words import order_words
from checkstand.scenario.load import load


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
