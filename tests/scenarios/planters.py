"""Planters: each changes one catalogue scenario as people do by mistake."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

Document = dict[str, Any]
Planter = Callable[[Document, random.Random], bool]  # False: this scenario has no place for the defect
# Orders that are rare enough for nobody to try them.
RARE: Final = (
    'shopper.tier == "vip" && hour == 3',
    'shopper.country in ["IS", "NZ"]',
    "shopper.age_days > 9000 && shopper.risk > 77",
    'order.category == "unusual" && shopper.real_name',
    "amount % 1000 == 777",
    'device.webview == "alipay" && hour >= 23',
    'order.category.startsWith("x-")',
)


# ── mistakes of spelling and structure ──────────────────────────────────────────────────────────


def add_rule(document: Document, rule_id: str, effect: str, when: str, *, applies_to: list[str] | None = None) -> None:
    named = {"applies_to": applies_to} if applies_to else {}
    document.setdefault("rules", []).append({"id": rule_id, "effect": effect, "when": when, **named})


def condition(*sources: str) -> Planter:
    """A review under a condition that the language does not have."""

    def plant(document: Document, chance: random.Random) -> bool:
        add_rule(document, "planted", "review", chance.choice(sources))
        return True

    return plant


def misspelt_method(document: Document, chance: random.Random) -> bool:
    method = chance.choice(document["methods"])
    method["type"] = method["type"][:-1] + "x"
    return True


def unknown_method_in_rule(document: Document, chance: random.Random) -> bool:
    add_rule(document, "planted", "hide", chance.choice(RARE), applies_to=["wxx"])
    return True


def twin_ids(document: Document, chance: random.Random) -> bool:
    document["methods"].append(deepcopy(chance.choice(document["methods"])))
    return True


def reversed_limits(document: Document, _chance: random.Random) -> bool:
    limits = document["amount_limits"]
    limits["min"], limits["max"] = limits["max"], limits.get("min", 1)
    return True


def missing_translation(document: Document, chance: random.Random) -> bool:
    consents = document.get("consents")
    if not consents:
        return False
    key = chance.choice(consents)["text_ref"].removeprefix("copy.")
    del document["copy"][chance.choice(document["locales"]["supported"])][key]
    return True


def unreadable_colours(document: Document, _chance: random.Random) -> bool:
    document.setdefault("theme", {})["tokens"] = {"color_primary": "#cccccc", "color_on_primary": "#ffffff"}
    return True


def weights_beside_one(document: Document, chance: random.Random) -> bool:
    document["experiments"] = [experiment({}, weight=chance.choice((0.3, 0.6)))]
    return True


def payment_outlasts_session(document: Document, _chance: random.Random) -> bool:
    document["timeouts"] = {**document.get("timeouts", {}), "session": "PT5M", "pay": "PT20M"}
    return True


# ── mistakes that only a proof sees ─────────────────────────────────────────────────────────────


def ids(document: Document) -> list[str]:
    return [method["id"] for method in document["methods"]]


def wallets(document: Document) -> list[Document]:
    return [method for method in document["methods"] if method["type"] != "balance"]


def and_also(method: Document, when: str) -> None:
    method["when"] = f"({method['when']}) && ({when})" if "when" in method else when


def hidden_one_by_one(document: Document, chance: random.Random) -> bool:
    """Each method is hidden by a rule of its own; together they leave nothing."""
    rare = chance.choice(RARE)
    for number, method_id in enumerate(ids(document)):
        extra = f" || shopper.risk == {90 + number}"
        add_rule(document, f"planted-{number}", "hide", f"({rare}){extra}", applies_to=[method_id])
    return True


def gap_between_amounts(document: Document, chance: random.Random) -> bool:
    low, high = document["amount_limits"].get("min", 1), document["amount_limits"]["max"]
    start = chance.randint(low + 1, high - 10)
    for method in document["methods"]:
        and_also(method, f"amount < {start} || amount > {start + chance.randint(1, 9)}")
    return True


def forgotten_terminal(document: Document, chance: random.Random) -> bool:
    terminal = chance.choice(document.get("terminals", ["pc", "h5"]))
    for method in document["methods"]:
        and_also(method, f'terminal != "{terminal}"')
    return True


def refused_one_by_one(document: Document, chance: random.Random) -> bool:
    rare = chance.choice(RARE)
    document["risk"] = {**document.get("risk", {}), "mode": "enforce"}
    for number, method_id in enumerate(ids(document)):
        add_rule(document, f"planted-{number}", "block", rare, applies_to=[method_id])
    return len(ids(document)) > 1


def required_and_hidden(document: Document, chance: random.Random) -> bool:
    one = chance.choice(wallets(document))["id"]
    add_rule(document, "planted-a", "require", chance.choice(RARE), applies_to=[one])
    add_rule(document, "planted-b", "hide", "hour < 12 || shopper.risk > 50 || amount > 5", applies_to=[one])
    return len(ids(document)) > 1


def beyond_the_limits(document: Document, chance: random.Random) -> bool:
    above = document["amount_limits"]["max"] + chance.randint(0, 1000)
    add_rule(document, "planted", chance.choice(("hide", "review", "note")), f"amount > {above} && ({RARE[0]})")
    return True


def contradicting_itself(document: Document, chance: random.Random) -> bool:
    impossible = (
        "hour < 6 && hour > 20",
        'shopper.tier == "new" && shopper.tier == "vip"',
        "shopper.risk > 100",
        'terminal == "pc" && terminal == "h5"',
        'order.category.startsWith("book") && order.category == "toys"',
    )
    add_rule(document, "planted", chance.choice(("hide", "review")), chance.choice(impossible))
    return True


def said_twice(document: Document, chance: random.Random) -> bool:
    rare, method_id = chance.choice(RARE), chance.choice(wallets(document))["id"]
    add_rule(document, "planted-a", "hide", rare, applies_to=[method_id])
    add_rule(document, "planted-b", "hide", f"({rare}) && amount > 50", applies_to=[method_id])
    return True


def overtaken(document: Document, chance: random.Random) -> bool:
    document["risk"] = {**document.get("risk", {}), "mode": "enforce"}
    rare = chance.choice(RARE)
    add_rule(document, "planted-a", "challenge", f"({rare}) && hour != 5")
    add_rule(document, "planted-b", chance.choice(("block", "review")), rare)
    return True


def method_for_nobody(document: Document, chance: random.Random) -> bool:
    and_also(chance.choice(wallets(document)), f"amount > {document['amount_limits']['max']}")
    return True


def balance_alone(document: Document, chance: random.Random) -> bool:
    if len(wallets(document)) == len(document["methods"]):
        return False
    add_rule(document, "planted", "hide", chance.choice(RARE), applies_to=[m["id"] for m in wallets(document)])
    return True


def field_for_nobody(document: Document, chance: random.Random) -> bool:
    names = dict.fromkeys(document["locales"]["supported"], "Planted")
    when = f"amount > {document['amount_limits']['max'] + chance.randint(0, 9)}"
    document.setdefault("fields", []).append({"id": "planted", "type": "text", "label": names, "when": when})
    return True


def experiment(patch: Mapping[str, Any], *, weight: float = 0.5) -> Document:
    variations = [{"id": "control", "weight": 0.5}, {"id": "treated", "weight": weight, "patch": dict(patch)}]
    return {"id": "planted", "layer": "planted", "unit": "session", "variations": variations}


def variation_that_empties(document: Document, chance: random.Random) -> bool:
    rare = chance.choice(RARE)
    hiding = {"planted": {"effect": "hide", "when": rare}}
    document["experiments"] = [experiment({"rules": hiding})]
    return True


def variation_without_duties(document: Document, chance: random.Random) -> bool:
    if document.get("form", {}).get("type") != "regulatory":
        return False
    consent = chance.choice(document["consents"])["id"]
    form = {"form": {"type": "full_screen", "per_terminal": {}}}
    document["experiments"] = [experiment(chance.choice((form, form, {"consents": {consent: None}})))]
    return True
