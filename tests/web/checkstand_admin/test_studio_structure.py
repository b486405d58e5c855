"""The studio's form over the text: rules as sentences and fields, places of methods, limits, settlement, money flow."""

import html
import re

import pytest
from tests.web.checkstand_admin.conftest import UNIT

from checkstand.app import edit_draft
from checkstand.scenario.edit import own_document, set_value
from checkstand.scenario.edit_rules import rules_of

STUDIO = f"/admin/u/{UNIT}/test/studio"
MARKET = f"{STUDIO}/market"


@pytest.fixture
def owner(person):
    made = person("owner")
    assert made.post(f"{STUDIO}/_gallery", template="second-hand", scenario_id="market").status_code == 303
    return made


def draft(platform):
    return edit_draft.read_draft(platform, UNIT, "market")


def document(platform):
    return edit_draft.check_draft(platform, "market", draft(platform).source).document


def press(who, platform, do, **fields):
    now = draft(platform)
    return who.post(MARKET, source=fields.pop("source", now.source), revision=str(now.revision), do=do, **fields)


def text_of(answer):
    return html.unescape(re.sub(r"<[^>]+>", "", answer.text))


def comparison(n, variable, operator, value):
    return {f"rule.{n}.variable": variable, f"rule.{n}.operator": operator, f"rule.{n}.value": value}


NEW = {"rule.name": "new-cap", "rule.effect": "hide", "rule.join": "&&", "rule.methods": "bal"}
NEW |= comparison(0, "shopper.tier", "==", "new") | comparison(1, "amount", ">", "5000")


def test_rules_are_listed_as_sentences_in_the_readers_language(owner):
    english = text_of(owner.get(MARKET))
    assert "Refuse the payment when the shopper's risk score is at least 95. Reason: Agreed with the fraud" in english
    assert (
        "Hide Balance when the shopper's risk score is at least 60 and the shopper's real name is not verified."
        in english
    )

    owner.client.cookies.set("cs_locale", "zh-CN")
    assert "当购物者风险分不低于 60 且购物者未实名认证时，隐藏" in text_of(owner.get(MARKET))


def test_a_condition_that_is_none_is_shown_as_written(owner, platform):
    press(owner, platform, "save", source=draft(platform).source.replace("shopper.risk >= 95", "shopper.rsk >= 95"))

    shown = text_of(owner.get(MARKET))
    assert "the condition “shopper.rsk >= 95” holds (shown as it is written" in shown


def test_a_rule_is_added_with_fields(owner, platform):
    before = draft(platform).source
    assert press(owner, platform, "rule_save:", **NEW, **{"rule.reason": "risk-2026-04"}).status_code == 303

    assert rules_of(document(platform))["new-cap"] == {
        "id": "new-cap",
        "effect": "hide",
        "applies_to": ["bal"],
        "when": 'shopper.tier == "new" && amount > 500000',
        "reason": "risk-2026-04",
    }
    assert "Hide Balance when the shopper is new and the amount is above ¥5,000.00. Reason: risk-2026-04" in text_of(
        owner.get(MARKET)
    )
    assert set(before.splitlines()) <= set(draft(platform).source.splitlines())


def test_a_rule_is_opened_without_saving_and_changed_where_it_differs(owner, platform):
    unsaved = draft(platform).source + "# not saved yet\n"
    page = press(owner, platform, "rule_open:risky-balance", source=unsaved)

    assert page.status_code == 200
    assert draft(platform).revision == 1
    assert "# not saved yet" in page.text
    fields = re.search(r'<details[^>]*id="rule" data-testid="rule" open>.*?</details>', page.text, re.S).group(0)
    assert re.search(r'name="rule.0.variable".*?<option value="shopper.risk"[^>]* selected>', fields, re.S)
    assert 'name="rule.0.value" form="editor" value="60"' in fields
    assert 'value="rule_save:risky-balance"' in fields
    assert re.search(r'value="bal" form="editor" checked', fields)

    same = {"rule.effect": "hide", "rule.join": "&&", "rule.methods": "bal"}
    same |= comparison(0, "shopper.risk", ">=", "60") | comparison(1, "shopper.real_name", "==", "no")
    reason = "A balance payment leaves no bank behind to ask."
    before = draft(platform).source
    assert press(owner, platform, "rule_save:risky-balance", **same, **{"rule.reason": reason}).status_code == 303
    assert draft(platform).source == before
    changed = same | comparison(0, "shopper.risk", ">=", "70")
    press(owner, platform, "rule_save:risky-balance", **changed, **{"rule.reason": reason})
    assert draft(platform).source == before.replace("shopper.risk >= 60", "shopper.risk >= 70")


def test_what_the_fields_cannot_say_stays_a_text(owner, platform):
    raw = "amount > 100 && (hour < 6 || hour >= 22)"
    press(owner, platform, "rule_save:", **{"rule.name": "night", "rule.effect": "review", "rule.raw": raw})

    assert rules_of(document(platform))["night"]["when"] == raw
    page = press(owner, platform, "rule_open:night")
    assert f'aria-describedby="h-rule-raw">\n{html.escape(raw)}</textarea>' in page.text
    assert "above ¥1.00 and (the time in China is before 06:00 or" in text_of(owner.get(MARKET))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rule.name": "known-fraud"}, "name of its own"),
        ({"rule.name": "A b"}, "name of its own"),
        ({"rule.effect": "explode"}, "the effect is one of"),
        ({"rule.join": "xor"}, "joined by and, or by or"),
        ({"rule.1.value": "5,5"}, "not an amount"),
        ({"rule.1.value": "1.234"}, "more digits"),
        ({"rule.0.value": "newbie"}, 'did you mean "new"'),
        ({"rule.0.operator": "<"}, "cannot be compared"),
        ({"rule.0.variable": "shopper.shoe"}, "cannot be compared"),
        ({"rule.0.variable": "hour"}, "a whole number"),
        ({"rule.0.variable": "shopper.real_name"}, "yes or no"),
        ({"rule.0.operator": "in", "rule.0.value": " , "}, "needs a value"),
        ({"rule.0.variable": "", "rule.1.variable": ""}, "needs a condition"),
        ({"rule.raw": "amount >"}, "ends too early"),
    ],
)
def test_a_wrong_rule_saves_nothing_and_keeps_what_was_typed(owner, platform, wrong, said):
    answer = press(owner, platform, "rule_save:", **(NEW | wrong), **{"rule.reason": "<b>kept</b>"})

    assert answer.status_code == 400
    assert said in html.unescape(answer.text)
    assert 'value="&lt;b&gt;kept&lt;/b&gt;"' in answer.text
    assert draft(platform).revision == 1


def test_a_rule_without_a_name_gets_one_and_rules_can_be_taken_away(owner, platform):
    press(owner, platform, "rule_save:", **(NEW | {"rule.name": ""}))
    assert "rule-1" in rules_of(document(platform))

    for rule_id in list(rules_of(document(platform))):
        assert press(owner, platform, f"rule_drop:{rule_id}").status_code == 303
    assert rules_of(document(platform)) == {}
    assert 'data-testid="no-rules"' in owner.get(MARKET).text
    assert press(owner, platform, "rule_drop:nothing").status_code == 400
    assert press(owner, platform, "rule_save:nothing", **NEW).status_code == 400


def test_text_of_people_in_a_rule_is_shown_as_text(owner, platform):
    raw = 'order.category == "<script>alert(1)</script>"'
    press(owner, platform, "rule_save:", **{"rule.name": "x", "rule.effect": "note", "rule.raw": raw})

    assert "<script>alert" not in owner.get(MARKET).text


def test_a_methods_condition_is_a_sentence(owner, platform):
    source = set_value(draft(platform).source, ("methods", "wx", "when"), 'device.webview != "wechat"')
    press(owner, platform, "save", source=source)

    page = owner.get(MARKET).text
    sentence = re.search(r'data-testid="when-wx">([^<]+)<', page)
    assert sentence is not None, re.findall(r'data-testid="method-([^"]+)"', page)
    assert sentence.group(1) == "Shown when the page is not open in WeChat."


def test_a_method_is_dropped_at_a_place(owner, platform):
    def order():
        return re.findall(r'data-testid="method-([^"]+)"', owner.get(MARKET).text)

    first, *rest = order()
    assert press(owner, platform, f"place:{first}:{len(rest)}").status_code == 303
    assert order() == [*rest, first]
    assert press(owner, platform, f"place:{first}:0").status_code == 303
    assert order() == [first, *rest]
    for wrong in (f"place:{first}:x", f"place:{first}:-1", "place:nothing:1", "place:"):
        assert press(owner, platform, wrong).status_code == 400


@pytest.mark.parametrize(
    ("field", "value", "where", "said"),
    [
        ("cycle", "T+7", ("settlement", "cycle"), "T+7"),
        ("rate", "0.38", ("settlement", "fee", "rate_ppm"), 3800),
        ("rate", "100", ("settlement", "fee", "rate_ppm"), 1_000_000),
        ("fee_min", "0.10", ("settlement", "fee", "min"), 10),
        ("fee_max", "49.5", ("settlement", "fee", "max"), 4_950),
        ("timing", "settle", ("settlement", "fee", "timing"), "settle"),
        ("rounding", "down", ("settlement", "fee", "rounding"), "down"),
        ("min", "2", ("amount_limits", "min"), 200),
    ],
)
def test_money_is_entered_as_people_write_it(owner, platform, field, value, where, said):
    before = draft(platform).source
    assert press(owner, platform, "save", **{field: value, "was." + field: "?"}).status_code == 303

    here = own_document(draft(platform).source)
    for name in where:
        here = here[name]
    assert here == said
    kept = set(draft(platform).source.splitlines())
    assert len([line for line in before.splitlines() if line not in kept]) <= 1
    shown = re.search(rf'name="was\.{field}" value="([^"]*)"', owner.get(MARKET).text).group(1)
    assert shown.rstrip("0").rstrip(".") == value.rstrip("0").rstrip(".")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rate", "0,6"),
        ("rate", "100.1"),
        ("rate", "0.00001"),
        ("rate", "-1"),
        ("rate", "٥"),
        ("cycle", "T+9"),
        ("bearer", "shopper"),
        ("currency", "DOGE"),
        ("fee_min", "1.234"),
        ("fee_max", "none"),
        ("timing", "later"),
    ],
)
def test_money_that_is_none_is_refused(owner, platform, field, value):
    assert press(owner, platform, "save", **{field: value, "was." + field: "?"}).status_code in {400, 422}
    assert draft(platform).revision == 1


def test_a_fee_without_an_upper_limit_has_an_empty_field(owner, platform):
    before = draft(platform).source
    press(owner, platform, "save", fee_max="50", **{"was.fee_max": ""})
    limited = draft(platform).source
    press(owner, platform, "save", fee_max="", **{"was.fee_max": "50.00"})

    assert own_document(limited)["settlement"]["fee"]["max"] == 5_000
    assert own_document(draft(platform).source) == own_document(before)
    assert re.search(r'name="was\.fee_max" value=""', owner.get(MARKET).text)


def test_another_currency_keeps_the_amounts_that_people_see(owner, platform):
    page = owner.get(MARKET).text
    fields = dict(re.findall(r'name="was\.([^"]*)" value="([^"]*)"', page))
    untouched = fields | {"was." + name: value for name, value in fields.items()}

    press(owner, platform, "save", **(untouched | {"currency": "JPY", "fee_min": "1"}))

    assert own_document(draft(platform).source)["amount_limits"] == {"currency": "JPY", "min": 1, "max": 20000}


def test_shares_are_added_and_taken_away(owner, platform):
    share = {"share.id": "partner", "share.member": "lantern", "share.rate": "2.5"}
    assert press(owner, platform, "share_add", **share).status_code == 303
    written = own_document(draft(platform).source)["settlement"]["splits"]
    assert written == [{"id": "partner", "member": "lantern", "rate_ppm": 25000}]
    for wrong in ({}, {"share.id": "B"}, {"share.id": "b", "share.rate": "0"}, {"share.id": "b", "share.member": " "}):
        assert press(owner, platform, "share_add", **(share | wrong)).status_code == 400

    assert "lantern: 2.5 %" in owner.get(MARKET).text
    assert press(owner, platform, "share_drop:partner").status_code == 303
    assert "splits" not in draft(platform).source


def test_buttons_over_a_text_that_is_no_scenario_never_break_the_page(owner, platform):
    for source in ("rules: 3", "rules: [1]", "methods: 2\nrules: {a: 1}", "amount_limits: {currency: 5}"):
        for do in ("rule_open:a", "rule_save:", "rule_drop:a", "place:a:1", "share_drop:a", "up:a"):
            assert press(owner, platform, do, source=source, **NEW).status_code in {200, 400}, (source, do)
    assert draft(platform).revision == 1


def test_the_money_flow_follows_the_fields_and_the_text(owner, platform):
    source = draft(platform).source
    saved = owner.get(MARKET).text
    assert "¥1.55" in saved
    assert "¥256.45" in saved

    flow = owner.post(f"{MARKET}/money", source=source, rate="1", **{"was.rate": "0.6"})
    assert "¥2.58" in flow.text
    assert "<html" not in flow.text
    assert "Correct the text first" in owner.post(f"{MARKET}/money", source="[").text
    assert "the text cannot be read" in owner.post(f"{MARKET}/money", source="[", rate="1", **{"was.rate": "0.6"}).text
    assert owner.post(f"{MARKET}/money", source="x" * 300_000).status_code == 200
