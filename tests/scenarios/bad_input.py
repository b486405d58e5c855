# ruff: noqa: E501 - a row of the table is read as one line
"""Input that is hostile or badly broken, and mistakes beyond one line. One row each: what it is, the file, the code, the place."""

from __future__ import annotations

import json
from typing import Final

from tests.scenarios.test_mistakes import GOOD, METHODS

CONDITION: Final = "'amount > 90000'"
PATCH: Final = "{methods: {ali: {order: 5}}}"
SECOND: Final = """\
  - id: second
    layer: books
    range: [0.4, 1]
    variations:
      - {id: control, weight: 0.5}
      - {id: other, weight: 0.5}
theme: {tok"""
REGULATED: Final = """\
form: {type: regulatory}
disclosures: [copy.terms]
"""


def when(condition: str) -> str:
    """The good file with this condition in its rule."""
    return put(CONDITION, json.dumps(condition, ensure_ascii=False))


def patch(change: str) -> str:
    """The good file with this patch in its variation."""
    return put(PATCH, change)


def put(find: str, instead: str, text: str = GOOD) -> str:
    """The good file with a part replaced."""
    if find not in text:
        raise LookupError(find)
    return text.replace(find, instead, 1)


def two_experiments(find: str = "    range: [0.4, 1]\n", instead: str = "    range: [0.4, 1]\n") -> str:
    """The good file with another experiment behind its own."""
    return put("theme: {tok", SECOND.replace(find, instead))


def regulated(find: str = "", instead: str = "") -> str:
    """The good file as a regulated checkout."""
    text = put("form: {type: full_screen, review_step: above_amount, review_above: 50000}\n", REGULATED)
    return put(find, instead, text) if find else text


def bomb() -> str:
    """Ten lines that would become gigabytes: the billion laughs."""
    lines = ["a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    for above, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{above}'] * 9)}]")
    return "\n".join(lines)


# fmt: off
BAD: Final[list[tuple[str, str | bytes, str, str]]] = [
    # ── conditions ──
    ("a condition too long", when("amount > 1 && " * 400 + "true"), "shape.too_long", "22:54"),
    ("a condition too deep in parentheses", when("(" * 900 + "true" + ")" * 900), "rule.too_deep", "22:55"),
    ("a condition too deep in lists", when("amount in " + "[" * 900 + "1" + "]" * 900), "rule.too_deep", "22:55"),
    ("a condition too deep in sums", when("+".join(["hour"] * 100) + " > 1"), "rule.too_deep", "22:55"),
    ("a condition that is a text", when('"x"'), "rule.not_boolean", "22:54"),
    ("a condition that is a number", when("amount + 1"), "rule.not_boolean", "22:55"),
    ("a condition that is a list", when("[1]"), "rule.not_boolean", "22:55"),
    ("a condition that is no text at all", put(CONDITION, "true"), "shape.type", "22:54"),
    ("an empty condition", when(""), "shape.empty", "22:54"),
    ("a condition of blanks", when("   "), "rule.syntax", "22:55"),
    ("an unknown name", when("amuont > 1"), "rule.unknown_name", "22:55"),
    ("an unknown name inside a loop", when("[1, 2].exists(x, x > amuont)"), "rule.unknown_name", "22:76"),
    ("an unknown function", when("upper(shopper.id) == shopper.id"), "rule.unknown_function", "22:55"),
    ("a function with too many arguments", when("size(shopper.id, 1) > 1"), "rule.arguments", "22:55"),
    ("a value misspelt", when("shopper.tier == 'nwe'"), "rule.unknown_value", "22:71"),
    ("a value in the wrong case", when("shopper.country == 'cn'"), "rule.unknown_value", "22:74"),
    ("a regular expression bomb", when("order.category.matches('(a+)+$')"), "rule.not_allowed", "22:70"),
    ("a regular expression bomb as a function", when("matches(order.category, '(a|a)*$')"), "rule.not_allowed", "22:55"),
    ("a loop: exists", when("[1, 2].exists(x, x > amount)"), "rule.not_allowed", "22:62"),
    ("a loop: all", when("[1, 2].all(x, x > amount)"), "rule.not_allowed", "22:62"),
    ("a loop: map", when("[1, 2].map(x, x * 2) == [2, 4]"), "rule.not_allowed", "22:62"),
    ("a loop: filter", when("[1, 2].filter(x, x > 1) == [2]"), "rule.not_allowed", "22:62"),
    ("loops in loops", when("[[1]].all(x, x.all(y, y > 0))"), "rule.not_allowed", "22:61"),
    ("division by a variable", when("amount / hour > 1"), "rule.division", "22:64"),
    ("a number beyond all bounds", when("amount > 99999999999999999999"), "rule.overflow", "22:64"),
    ("a sum beyond all bounds", when("amount * 1000000000 > 0"), "rule.overflow", "22:62"),
    ("a product of variables", when("amount * hour > 0"), "rule.not_analysable", "22:62"),
    ("a part of a plain value", when("amount.foo == 1"), "rule.types", "22:61"),
    ("a statement behind the condition", when("amount > 1; drop"), "rule.syntax", "22:65"),
    # ── experiments ──
    ("weights below 1", put("{id: control, weight: 0.5}", "{id: control, weight: 0.4}"), "experiment.weights", "28:5"),
    ("a negative weight", put("{id: control, weight: 0.5}", "{id: control, weight: -0.5}"), "shape.range", "29:31"),
    ("overlapping ranges", two_experiments(), "experiment.overlap", "33:12"),
    ("a range that overlaps because none is written", two_experiments(instead=""), "experiment.overlap", "31:5"),
    ("one value changed in two layers", put("{id: other, weight: 0.5}", "{id: other, weight: 0.5, patch: {methods: {ali: {order: 6}}}}", two_experiments("layer: books\n    range: [0.4, 1]", "layer: desk")), "experiment.same_value", "31:5"),
    ("too many combinations", put("theme: {tok", "".join(f"  - {{id: e{n}, layer: l{n}, variations: [{', '.join(f'{{id: v{m}, weight: 0.25}}' for m in range(4))}]}}\n" for n in range(5)) + "theme: {tok"), "experiment.too_many", "24:1"),
    ("an experiment on the method", put("    layer: books\n", "    layer: books\n    when: method == \"alipay\"\n"), "experiment.condition", "27:11"),
    ("a fallback that is the unit", put("    layer: books\n", "    layer: books\n    unit: device\n    fallback_unit: device\n"), "experiment.fallback", "28:20"),
    ("a patch with a misspelt condition", patch("{methods: {ali: {when: 'amuont > 1'}}}"), "rule.unknown_name", "30:69"),
    ("a patch with a misspelt effect", patch("{rules: {cap: {effect: hied}}}"), "shape.unknown_value", "30:68"),
    ("a patch that leaves no method", patch("{methods: {wx: null, ali: null, bal: null}}"), "shape.too_few", "30:55"),
    ("a patch that turns a method into a number", patch("{methods: {ali: 5}}"), "shape.type", "30:61"),
    ("a patch that gives a method a taken id", patch("{methods: {ali: {id: wx}}}"), "id.twice", "30:66"),
    ("a patch that needs another part", patch("{form: {type: popup}}"), "form.popup_origins", "30:59"),
    ("a patch that outlasts the session", patch("{timeouts: {pay: PT9H}}"), "time.pay_outlasts_session", "30:62"),
    ("a patch that removes a text", patch("{copy: {en: {terms: null}}}"), "copy.missing_locale", "20:27"),
    ("a patch that is a number", patch("5"), "shape.type", "30:45"),
    # ── the text ──
    ("a byte order mark in the middle", put("mode:", "\ufeffmode:"), "yaml.character", "4:1"),
    ("a mistake behind Windows line ends", when("amount > 1 &").replace("\n", "\r\n"), "rule.syntax", "22:66"),
    ("a mistake behind a byte order mark", "\ufeff" + put("kind: Scenario", "kind: Scenarioo"), "shape.unknown_value", "2:7"),
    ("UTF-16", GOOD.encode("utf-16"), "yaml.not_utf8", "1:1"),
    ("GBK", GOOD.encode("gbk"), "yaml.not_utf8", "3:45"),
    ("a lonely surrogate", GOOD.encode().replace(b"Books", b"\xed\xa0\x80"), "yaml.not_utf8", "3:57"),
    ("bytes of a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "yaml.not_utf8", "1:1"),
    ("a zero byte", put("Books", "Bo\0oks"), "yaml.character", "3:55"),
    ("a tab in the indentation", put("    order: 10", "\torder: 10"), "yaml.tab", "11:1"),
    ("the same anchor twice", "a: &x 1\nb: &x 2\nc: *x\n", "yaml.alias", "1:4"),
    ("a bomb of aliases", bomb(), "yaml.alias", "1:4"),
    ("a merge key", put("order: 10", "<<: {order: 10}"), "shape.unknown_name", "11:5"),
    ("a key twice", GOOD + "mode: payment\n", "yaml.duplicate_key", "38:1"),
    ("a key twice in braces", put("min: 1, max", "min: 1, min: 1, max"), "yaml.duplicate_key", "7:40"),
    ("a list as a name", "? [a, b]\n: 1\n", "yaml.key", "1:3"),
    ("five megabytes", GOOD + "# " + "x" * 5_000_000, "yaml.too_large", "1:1"),
    ("a hundred thousand brackets", "a: " + "[" * 100_000 + "]" * 100_000, "yaml.too_deep", "1:24"),
    ("six hundred steps to the right", "\n".join(" " * n + "a:" for n in range(600)), "yaml.too_deep", "22:22"),
    ("a list without end", "a: [" + "1," * 120_000 + "]", "yaml.too_many_values", "1:20001"),
    ("thousands of names", GOOD + "".join(f"a{n}: 1\n" for n in range(5000)), "shape.unknown_name", "38:1"),
    ("thousands of methods", put("methods:\n", "methods:\n" + "".join(f"  - {{id: m{n}, type: x}}\n" for n in range(1500))), "shape.too_many", "9:3"),
    ("a mapping that is no scenario", "name: compose\nservices: {web: {image: x}}\n", "file.no_scenario", "1:1"),
    # ── vocabularies and bases ──
    ("a newer vocabulary", put("checkout/v1", "checkout/v2"), "vocabulary.newer", "1:14"),
    ("a misspelt vocabulary", put("checkout/v1", "checkuot/v1"), "vocabulary.unknown", "1:14"),
    ("a vocabulary that is a list", put("checkout/v1", "[checkout/v1]"), "shape.const", "1:14"),
    ("a base that vanished", put("mode: payment", "extends: base/retial"), "base.missing", "4:10"),
    ("a base outside the folder", put("mode: payment", "extends: ../../etc/passwd"), "base.missing", "4:10"),
    ("a base with a zero byte", put("mode: payment", 'extends: "base/\\0"'), "base.missing", "4:10"),
    ("a base with an endless name", put("mode: payment", "extends: base/" + "x" * 3000), "base.missing", "4:10"),
    ("a base that is a list", put("mode: payment", "extends: [base/retail]"), "base.name", "4:10"),
    # ── what else a scenario can get wrong ──
    ("options without a select", put("collect: optional", "options: [{id: a, label: {zh-CN: a, en: A}}, {id: b, label: {zh-CN: b, en: B}}]"), "field.options", "18:64"),
    ("a threshold that is not said", put(", review_above: 50000", ""), "form.no_review_above", "6:40"),
    ("a language nobody speaks", put("supported: [zh-CN, en]", "supported: [zh-CN, en, qqq]"), "locale.unknown", "32:47"),
    ("a folded method that is chosen", put("order: 10", "display: folded\n    preselect: true"), "method.preselected_folded", "12:16"),
    ("a route twice", put("    order: 10", "    routing: {routes: [{channel: wechat_pay}, {channel: wechat_pay}]}"), "route.twice", "11:57"),
    ("a last route with a condition", put("    order: 10", "    routing: {strategy: rules, routes: [{channel: wechat_pay, when: hour > 3}]}"), "route.no_last", "11:69"),
    ("a requirement of nothing", put("effect: hide, applies_to: [ali]", "effect: require"), "rule.require_nothing", "22:5"),
    ("a recharge in escrow", put("type: balance", "type: alipay", put("mode: payment", "mode: recharge\nflow: {type: escrow}")), "flow.recharge", "5:14"),
    ("a payment that says recharge", put("review_above: 50000", "review_above: 50000, submit_type: recharge"), "recharge.submit_type", "6:88"),
    ("a regulated checkout without consents", regulated("consents:\n  - {id: terms, text_ref: copy.terms}\n", ""), "regulatory.no_consents", "6:14"),
    ("a regulated checkout that chooses", regulated("order: 10", "preselect: true"), "regulatory.preselected", "12:16"),
    ("a regulated checkout that is none on phones", regulated("{type: regulatory}", "{type: regulatory, per_terminal: {h5: mobile_site}}"), "regulatory.switched_off", "6:45"),
    ("slow that is fast", put("pay: PT10M", "pay: PT10M, waiting_poll: PT30S, poll_slow: PT5S"), "time.poll_slow", "36:72"),
    ("a placeholder for the host", put("https://lantern.example", "https://{order_no}.example"), "url.placeholder_in_host", "37:20"),
    ("an origin with a path", put("theme: {tok", "embed: {allowed_origins: [\"https://shop.example/pay\"]}\ntheme: {tok"), "url.origin", "31:27"),
    ("a name without end", put("Books", "B" * 5000), "shape.too_long", "3:53"),
    ("a text where a list belongs", put(METHODS, "methods: wechat_pay\n"), "shape.type", "8:10"),
]
# fmt: on
