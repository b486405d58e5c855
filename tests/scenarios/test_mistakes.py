# ruff: noqa: E501 - a row of the table is read as one line
"""Every mistake gets exactly one message that points at it. One row per mistake, in the order of the file."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pytest

from checkstand.rule.variables import TERMINALS
from checkstand.scenario.bases import Bases
from checkstand.scenario.finding import Facts
from checkstand.scenario.load import load_bytes

GOOD: Final = """\
api_version: checkout/v1
kind: Scenario
metadata: {id: lantern-books, name: {zh-CN: 书店, en: Books}, owner: lantern}
mode: payment
terminals: [pc, h5]
form: {type: full_screen, review_step: above_amount, review_above: 50000}
amount_limits: {currency: CNY, min: 1, max: 100000}
methods:
  - id: wx
    type: wechat_pay
    order: 10
  - id: ali
    type: alipay
    when: shopper.country == "CN"
  - id: bal
    type: balance
fields:
  - {id: invoice, type: text, label: {zh-CN: 发票, en: Invoice}, collect: optional}
consents:
  - {id: terms, text_ref: copy.terms}
rules:
  - {id: cap, effect: hide, applies_to: [ali], when: 'amount > 90000'}
risk: {velocity: [{id: often, key: shopper.id, window: PT1H, max_count: 10, effect: challenge}]}
experiments:
  - id: order
    layer: books
    range: [0, 0.5]
    variations:
      - {id: control, weight: 0.5}
      - {id: ali_first, weight: 0.5, patch: {methods: {ali: {order: 5}}}}
theme: {tokens: {color_primary: "#1f4fd8"}}
locales: {default: en, supported: [zh-CN, en]}
copy:
  zh-CN: {terms: 我同意条款。}
  en: {terms: I agree.}
timeouts: {session: PT30M, pay: PT10M}
urls: {return_url: "https://lantern.example/orders/{order_no}"}
"""
METHODS: Final = GOOD[GOOD.index("methods:") : GOOD.index("fields:")]
MONEY: Final = GOOD[GOOD.index("mode:") : GOOD.index("fields:")]


def method_type(name: str, *currencies: str) -> SimpleNamespace:
    return SimpleNamespace(channels=(name,), terminals=frozenset(TERMINALS), currencies=frozenset(currencies))


FACTS: Final = Facts(
    {
        "wechat_pay": method_type("wechat_pay", "CNY"),
        "alipay": method_type("alipay", "CNY"),
        "balance": method_type("balance", "CNY", "USD"),
    }
)

# fmt: off
MISTAKES: Final = [
    # what is wrong, replace this, by that,
    #  the message behind "lantern.yaml:"
    ('an empty file', GOOD, '',
     '1:1: the file is empty'),
    ('a list', GOOD, '- one\n- two\n',
     '1:1: a scenario is a mapping of names to values'),
    ('a tab', '  - id: wx', '\t- id: wx',
     '9:1: tabs cannot indent YAML; use two spaces'),
    ('a name twice', 'mode: payment', 'kind: Scenario',
     '4:1: "kind" is written twice; the first is in line 2'),
    ('an anchor', 'order: 10', 'order: &ten 10',
     '11:12: anchors and aliases are not supported; write the value out, or share it by extends'),
    ('an alias', 'kind: Scenario', 'kind: *kind',
     '2:7: anchors and aliases are not supported; write the value out, or share it by extends'),
    ('a tag', 'order: 10', 'order: !!int 10',
     '11:12: tags like !!int are not supported; write the plain value'),
    ('a second document', 'mode: payment\n', 'mode: payment\n---\nkind: Scenario\n',
     '6:1: a file holds one scenario; this is a second document'),
    ('an unclosed quote', "when: 'amount > 90000'}", "when: 'amount > 90000}",
     '22:54: a quoted text is not closed'),
    ('a colon in a text', 'en: Books}, owner: lantern}', 'en: Books}, owner: lan: tern}',
     '3:71: braces are not closed, a comma is missing, or a text with ": " needs quotes'),
    ('not a number', 'weight: 0.5}\n      - {id: ali', 'weight: .nan}\n      - {id: ali',
     '29:31: .nan is not a number a scenario can use'),
    ('too many digits', 'max: 100000}', 'max: 10000000000000000000}',
     '7:45: the number 10000000000000000000 is too large'),
    ('a leading zero', 'order: 10', 'order: 010',
     '11:12: the number 010 is written with a leading zero; put it in quotes if it is a text'),
    ('nesting without end', 'mode: payment', "mode: " + "[" * 30 + "]" * 30,
     '4:27: values are nested more than 20 levels deep'),
    ('another vocabulary', 'checkout/v1', 'checkout/v2',
     '1:14 api_version: checkout/v2 is newer than this version of Checkstand, which reads checkout/v1'),
    ('an unknown kind', 'kind: Scenario', 'kind: Scenarios',
     '2:7 kind: unknown kind "Scenarios"; did you mean "Scenario"?'),
    ('an unknown name on top', 'terminals:', 'terminal:',
     '5:1 terminal: unknown name "terminal"; did you mean "terminals"?'),
    ('an unknown name inside', 'order: 10', 'oder: 10',
     '11:5 methods[0].oder: unknown name "oder"; did you mean "order"?'),
    ('a missing name', '    type: balance\n', '    order: 90\n',
     '15:5 methods[2]: "type" is missing'),
    ('a missing part', 'locales: {default: en, supported: [zh-CN, en]}\n', '',
     '1:1: "locales" is missing'),
    ('a payment method misspelt', 'type: wechat_pay', 'type: wechatpay',
     '10:11 methods[0].type: unknown payment method "wechatpay"; did you mean "wechat_pay"?'),
    ('a payment method nobody serves', 'type: balance', 'type: jd_pay',
     '16:11 methods[2].type: payment method "jd_pay" is not available yet: no installed channel serves it'),
    ('an unknown terminal', '[pc, h5]', '[pc, h6]',
     '5:17 terminals[1]: unknown terminal "h6"; it is one of pc, h5, mini_program, ios, android'),
    ('a terminal twice', '[pc, h5]', '[pc, h5, pc]',
     '5:12 terminals: "pc" is listed twice'),
    ('a fractional amount', 'max: 100000}', 'max: 1000.50}',
     '7:45 amount_limits.max: must be a whole number, not 1000.5; amounts are in minor units, so 19.99 is 1999'),
    ('an amount as a float', 'max: 100000}', 'max: 1000.0}',
     '7:45 amount_limits.max: must be a whole number, not 1000.0; write 1000'),
    ('an amount as a text', 'max: 100000}', 'max: "100000"}',
     '7:45 amount_limits.max: must be a whole number, not "100000"'),
    ('an amount of zero', 'min: 1,', 'min: 0,',
     '7:37 amount_limits.min: must be 1 or more, not 0'),
    ('limits the wrong way round', 'min: 1, max: 100000', 'min: 200000, max: 100000',
     '7:37 amount_limits.min: the smallest order, 200,000, is above the largest, 100,000'),
    ('an unknown currency', 'currency: CNY', 'currency: RMB',
     '7:27 amount_limits.currency: unknown currency "RMB"; it is one of AED, AUD, BRL, CAD, CHF, CNY, EUR, GBP, HKD, IDR, INR, JPY and 12 more'),
    ('a currency no method takes', 'currency: CNY', 'currency: KWD',
     '7:27 amount_limits.currency: no method takes KWD; they take CNY, USD'),
    ('a word for a truth value', '    order: 10\n', '    preselect: yes\n',
     '11:16 methods[0].preselect: must be true or false, not "yes"; write true'),
    ('two preselected', '    order: 10\n  - id: ali\n', '    preselect: true\n  - id: ali\n    preselect: true\n',
     '13:16 methods[1].preselect: only one method can be preselected, and "wx" is already'),
    ('an id with capitals', 'id: wx', 'id: WX',
     '9:9 methods[0].id: must be up to 40 lower-case letters, digits, underscores and hyphens, starting with a letter, not "WX"'),
    ('an id twice', 'id: bal', 'id: wx',
     '15:9 methods[2].id: the id "wx" is used twice in methods'),
    ('a method list that is empty', METHODS, 'methods: []\n',
     '8:10 methods: must not be empty'),
    ('a duration in words', 'session: PT30M', 'session: 30 minutes',
     '36:21 timeouts.session: must be an ISO 8601 duration like PT15M, PT1H30M or P7D, not "30 minutes"'),
    ('a session too short', 'session: PT30M, pay: PT10M', 'session: PT10S, pay: PT10M',
     '36:21 timeouts.session: must be from PT1M to P30D, not PT10S'),
    ('a payment longer than its session', 'pay: PT10M', 'pay: PT2H',
     '36:33 timeouts.pay: a payment cannot stay open longer than its session'),
    ('a rule about an unknown method', 'applies_to: [ali]', 'applies_to: [alli]',
     '22:42 rules[0].applies_to[0]: unknown method "alli"; did you mean "ali"?'),
    ('an unknown variable', 'amount > 90000', 'amuont > 90000',
     '22:55 rules[0].when: unknown name "amuont"; did you mean "amount"?'),
    ('a value the variable never has', 'shopper.country == "CN"', 'shopper.country == "USA"',
     '14:30 methods[1].when: shopper.country is never "USA"; did you mean "US"?'),
    ('a comparison of unequal types', "'amount > 90000'", '\'amount > "90000"\'',
     '22:62 rules[0].when: ">" cannot be used between int and string'),
    ('a condition that is a number', "'amount > 90000'", 'amount',
     '22:54 rules[0].when: a condition must be true or false, this one is int'),
    ('a condition in another language', 'shopper.country == "CN"', 'shopper.country = "CN"',
     '14:27 methods[1].when: "=" is not an operator here; write "=="'),
    ('a condition over several lines', 'when: shopper.country == "CN"', 'when: >\n      amount > 10 &&\n      shopper.contry == "CN"',
     '16:7 methods[1].when: unknown name "shopper.contry"; did you mean "shopper.country"?'),
    ('a condition behind Chinese text', 'when: shopper.country == "CN"', 'when: order.category == "图书" && shopper.contry == "CN"',
     '14:37 methods[1].when: unknown name "shopper.contry"; did you mean "shopper.country"?'),
    ('a regular expression', "'amount > 90000'", "order.category.matches('a+')",
     '22:69 rules[0].when: regular expressions are not part of the rule language; use startsWith, endsWith, contains or "in"'),
    ('a method type no method has', "'amount > 90000'", '\'method == "wechat"\'',
     '22:65 rules[0].when: method is never "wechat"; did you mean "wechat_pay"?'),
    ('a consent without its text', 'copy.terms', 'copy.term',
     '20:27 consents[0].text_ref: copy has no text "term"; did you mean "terms"?'),
    ('a text missing in one language', '  zh-CN: {terms: 我同意条款。}\n', '',
     '20:27 consents[0].text_ref: the text "terms" is missing in zh-CN'),
    ('a label missing in one language', 'label: {zh-CN: 发票, en: Invoice}', 'label: {en: Invoice}',
     '18:31 fields[0].label: label is missing in zh-CN'),
    ('a language that does not exist', 'supported: [zh-CN, en]', 'supported: [zh-CN, en, english]',
     '32:47 locales.supported[2]: must be a BCP 47 language tag like en, zh-CN or ar, not "english"'),
    ('a default that is not supported', 'default: en', 'default: fr',
     '32:20 locales.default: the default "fr" is not in supported; supported are zh-CN, en'),
    ('copy in a language that is not supported', '  en: {terms: I agree.}', '  en: {terms: I agree.}\n  fr: {terms: oui}',
     '36:3 copy.fr: "fr" is not in locales.supported'),
    ('weights that do not add up', '{id: control, weight: 0.5}', '{id: control, weight: 0.6}',
     '28:5 experiments[0].variations: the weights add up to 1.1, not to 1'),
    ('a range that runs backwards', '[0, 0.5]', '[0.5, 0]',
     '27:12 experiments[0].range: the range must run forward, not from 0.5 to 0'),
    ('a control that changes something', '{id: control, weight: 0.5}', '{id: control, weight: 0.5, patch: {theme: {base: dark}}}',
     '29:43 experiments[0].variations[0].patch: "control" is the control, which changes nothing'),
    ('a goal that is told twice', 'range: [0, 0.5]', 'range: [0, 0.5]\n    secondary_metrics: [time_to_paid, paid_per_exposed]',
     '28:39 experiments[0].secondary_metrics[1]: "paid_per_exposed" is the goal already'),
    ('an experiment that decides at once', 'range: [0, 0.5]', 'range: [0, 0.5]\n    min_duration: PT1M',
     '28:19 experiments[0].min_duration: must be from PT1H to P90D, not PT1M'),
    ('a layer that nothing is in', 'theme: {tok', 'layers: [{id: desk, holdout: 0.1}]\ntheme: {tok',
     '31:15 layers[0].id: no experiment is in layer "desk"'),
    ('a holdout of nearly everybody', 'theme: {tok', 'layers: [{id: books, holdout: 0.9}]\ntheme: {tok',
     '31:31 layers[0].holdout: must be 0.5 or less, not 0.9'),
    ('a variation that breaks a reference', '{ali: {order: 5}}', '{ali: null}',
     '22:42 rules[0].applies_to[0]: unknown method "ali"; did you mean "bal"? (in variation "ali_first" of "order")'),
    ('a variation of what must not vary', 'patch: {methods: {ali: {order: 5}}}', 'patch: {amount_limits: {max: 5}}',
     '30:46 experiments[0].variations[1].patch.amount_limits: unknown name "amount_limits"; it is one of copy, fields, form, methods, rules, theme, timeouts'),
    ('a variation with a misspelt name', '{ali: {order: 5}}', '{ali: {odrer: 5}}',
     '30:62 methods[1].odrer: unknown name "odrer"; did you mean "order"? (in variation "ali_first" of "order")'),
    ('text that cannot be read', '"#1f4fd8"', '"#1f4fd8", color_on_primary: "#3355ee"',
     '31:62 theme.tokens.color_on_primary: the text of the button that pays would be #3355ee on #1f4fd8: contrast 1.2, at least 4.5 is needed'),
    ('a colour without quotes', '"#1f4fd8"}}', '#1f4fd8\n  }}',
     '31:18 theme.tokens.color_primary: "color_primary" has no value, and there is nothing to remove'),
    ('a name without a value', 'order: 10', 'order:',
     '11:5 methods[0].order: "order" has no value, and there is nothing to remove'),
    ('a variation that removes what is not there', '{ali: {order: 5}}', '{alli: null}',
     '30:56 experiments[0].variations[1].patch.methods.alli: "alli" has no value, and there is nothing to remove'),
    ('a colour in words', '"#1f4fd8"', 'blue',
     '31:33 theme.tokens.color_primary: must be a colour like #c8102e, in quotes because # starts a comment, not "blue"'),
    ('an unknown theme token', 'color_primary', 'colour_primary',
     '31:18 theme.tokens.colour_primary: unknown theme token "colour_primary"; did you mean "color_primary"?'),
    ('an address without https', 'https://lantern', 'http://lantern',
     '37:20 urls.return_url: "http://lantern.example/orders/{order_no}" must use https; http is for this machine only (127.0.0.1, localhost)'),
    ('an address that is a path', 'https://lantern.example/orders/{order_no}', '/orders',
     '37:20 urls.return_url: "/orders" is not an absolute address like https://shop.example/orders'),
    ('an unknown placeholder', '{order_no}', '{order}',
     '37:20 urls.return_url: unknown placeholder "{order}"; did you mean "order_no"?'),
    ('a review threshold without a use', 'review_step: above_amount', 'review_step: always',
     '6:48 form.review_above: review_above is used with review_step: above_amount only'),
    ('a review that never happens', 'review_above: 50000', 'review_above: 100000',
     '6:68 form.review_above: no order is ever above 100,000: the largest is 100,000'),
    ('a popup without origins', 'type: full_screen', 'type: popup',
     '6:14 form.type: a popup needs embed.allowed_origins: the pages that may show it'),
    ('a regulated form without disclosures', 'type: full_screen', 'type: regulatory',
     '6:14 form.type: a regulatory form needs disclosures: what must be read before paying'),
    ('a word of another flow', 'mode: payment', 'flow: {ship_within: P1D}',
     '4:8 flow.ship_within: ship_within is used with type: escrow only'),
    ('a time that nobody waits', 'mode: payment', 'flow: {type: escrow, confirm_receipt_within: P400D}',
     '4:46 flow.confirm_receipt_within: must be from PT1M to P90D, not P400D'),
    ('two external methods for one order', 'mode: payment', 'composite: {allow: true, max_external_legs: 2}',
     '4:45 composite.max_external_legs: 2 external methods cannot pay one order: one could refuse after another has taken money'),
    ('no external method for one order', 'mode: payment', 'composite: {allow: true, max_external_legs: 0}',
     '4:45 composite.max_external_legs: one external method pays what the balance does not, so this is 1'),
    ('a part that cannot be set aside', 'mode: payment', 'composite: {allow: true, internal_first: [wechat_pay]}',
     '4:43 composite.internal_first[0]: wechat_pay cannot pay a part of an order; balance can'),
    ('a part that nobody can pay', 'type: balance\n', 'type: alipay\ncomposite: {allow: true}\n',
     '17:20 composite.allow: no method of this scenario has the type balance'),
    ('a part that nobody could complete', METHODS,
     METHODS.replace('wechat_pay', 'balance').replace('alipay', 'balance') + 'composite: {allow: true}\n',
     '17:20 composite.allow: there is no method that could pay what the balance does not'),
    ('a part of a recharge', MONEY,
     MONEY.replace('payment', 'recharge\ncomposite: {allow: true}').replace('type: balance', 'type: alipay'),
     '5:20 composite.allow: a recharge fills the balance, so the balance cannot pay a part of it'),
    ('a part of a reservation', 'mode: payment', 'composite: {allow: true}\nflow: {type: preauth}',
     '4:20 composite.allow: a reservation is made on one account of the payer; a balance cannot take over a part of it'),
    ('fees the wrong way round', 'mode: payment', 'settlement: {fee: {rate_ppm: 6000, min: 500, max: 100}}',
     '4:51 settlement.fee.max: the smallest fee, 500, is above the largest, 100'),
    ('a share of nothing', 'mode: payment', 'settlement: {splits: [{id: partner, member: mbr_1}]}',
     '4:23 settlement.splits[0]: share "partner" has neither a rate nor an amount'),
    ('more shares than there is', 'mode: payment',
     'settlement: {fee: {rate_ppm: 100000}, splits: [{id: partner, member: mbr_1, rate_ppm: 1000000}]}',
     '4:47 settlement.splits: fee and shares are 110 % of the amount, more than all of it'),
    ('a share above the smallest order', 'mode: payment',
     'settlement: {fee: {min: 50}, splits: [{id: partner, member: mbr_1, amount: 200}]}',
     '4:38 settlement.splits: of an order of 1, fee and shares take 201'),
    ('shares of a recharge', MONEY,
     MONEY.replace('payment', 'recharge\nsettlement: {splits: [{id: partner, member: mbr_1, rate_ppm: 1}]}').replace(
         'type: balance', 'type: alipay'),
     "5:22 settlement.splits: a recharge is nobody's sale, so there is nothing to share"),
    ('deny lists', 'risk: {', 'risk: {lists: [devices], ',
     '23:15 risk.lists: deny lists are not available yet'),
    ('alerts', 'mode: payment', 'alerts: [{id: a, metric: success_rate, window: PT5M, below: 0.9, notify: [owner]}]',
     '4:9 alerts: alerts are not available yet'),
    ('an unknown channel', '    order: 10', '    routing: {routes: [{channel: wechatpay}]}',
     '11:34 methods[0].routing.routes[0].channel: unknown channel "wechatpay"; did you mean "wechat_pay"?'),
    ('a channel that serves something else', '    order: 10', '    routing: {routes: [{channel: alipay}]}',
     '11:34 methods[0].routing.routes[0].channel: channel "alipay" does not serve wechat_pay; wechat_pay does'),
    ('a select without options', 'type: text,', 'type: select,',
     '18:5 fields[0]: a select field needs options to choose from'),
    ('recharging from a balance', 'mode: payment', 'mode: recharge',
     '16:11 methods[2].type: a balance cannot be recharged from a balance'),
    ('a base that is not there', 'mode: payment', 'extends: base/retial',
     '4:10 extends: there is no base "base/retial"; did you mean "base/retail"?'),
    ('a velocity key that is not counted', 'key: shopper.id', 'key: shopper.ip',
     '23:36 risk.velocity[0].key: unknown velocity key "shopper.ip"; did you mean "shopper.id"?'),
    ('a name of the wrong shape', 'copy:\n  zh-CN', 'copy:\n  zh_cn: {terms: x}\n  zh-CN',
     '34:3 copy.zh_cn: "zh_cn" must be a BCP 47 language tag like en, zh-CN or ar'),
    ('a number as a name', 'en: Books}', 'en: 42}',
     '3:53 metadata.name.en: must be a text, not 42; put it in quotes'),
    ('a name without a value that is needed', '    type: balance\n', '    type:\n',
     '16:5 methods[2].type: "type" has no value, and there is nothing to remove'),
    ('methods without a value', METHODS, 'methods:\n',
     '8:1 methods: "methods" has no value, and there is nothing to remove'),
]
# fmt: on


def messages(text: str | bytes, folder: Path) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    return [str(problem) for problem in load_bytes(raw, "lantern.yaml", folder, FACTS, Bases()).problems]


def test_the_file_that_the_table_breaks_is_right(tmp_path: Path) -> None:
    assert messages(GOOD, tmp_path) == []


@pytest.mark.parametrize(("find", "put", "message"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_gets_one_message_that_points_at_it(find: str, put: str, message: str, tmp_path: Path) -> None:
    assert find in GOOD

    assert messages(GOOD.replace(find, put, 1), tmp_path) == [f"lantern.yaml:{message}"]


def test_several_mistakes_are_told_in_one_go_in_the_order_of_the_file(tmp_path: Path) -> None:
    broken = GOOD.replace("type: wechat_pay", "type: wechatpay").replace("amount > 90000", "amuont > 90000")

    assert [message.split(" ")[0] for message in messages(broken.replace("pay: PT10M", "pay: PT2H"), tmp_path)] == [
        "lantern.yaml:10:11",
        "lantern.yaml:22:55",
        "lantern.yaml:36:33",
    ]


def test_a_huge_file_is_refused_by_its_size(tmp_path: Path) -> None:
    assert messages(GOOD + "#" * 300_000, tmp_path) == [
        "lantern.yaml:1:1: the file has more than the 262,144 bytes a scenario may have"
    ]


def test_an_aliases_bomb_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    layers = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    layers += [
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]

    assert messages("\n".join(layers), tmp_path) == [
        "lantern.yaml:1:4: anchors and aliases are not supported; write the value out, or share it by extends"
    ]


def test_a_file_that_is_not_utf_8_is_refused_at_the_first_wrong_byte(tmp_path: Path) -> None:
    assert messages(GOOD.replace("Books", "B\xfccher").encode("latin-1", "replace"), tmp_path) == [
        "lantern.yaml:3:54: the file is not UTF-8 text"
    ]


def test_a_control_character_is_named(tmp_path: Path) -> None:
    assert messages(GOOD.replace("Books", "Bo\x07ks"), tmp_path) == [
        "lantern.yaml:3:55: the character U+0007 may not stand in a scenario"
    ]
