"""Defects planted into the catalogue, and how many of them are found before anything is published.

python -m tests.scenarios.planted            one JSON line for each class, and one for all
python -m tests.scenarios.planted 7 40       another seed, more of each class

Each planter changes one catalogue scenario as people do by mistake. A defect counts as found when the validator or
the proof tells one of the codes that fit its class. What the proof tells has an order, and that order is shown to the
cashier, who has to confirm it.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from tests.scenarios.confirming import confirmed, known_channels

from checkstand.infra.resources import scenarios
from checkstand.proof import Proofs, installed, is_proof, proven
from checkstand.scenario import Loaded, load
from checkstand.scenario.problem import Problem

Document = dict[str, Any]
Planter = Callable[[Document, random.Random], bool]  # False: this scenario has no place for the defect
SEED: Final = 2026
EACH: Final = 10  # of each class
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


@dataclass(frozen=True)
class Kind:
    """One class of defects. `codes` are the ways in which it may be told."""

    name: str
    plant: Planter
    codes: frozenset[str]


@dataclass
class Tally:
    """How one class came out."""

    name: str
    planted: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    unconfirmed: list[str] = field(default_factory=list)


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


_STUCK: Final = frozenset(
    f"proof.{name}"
    for name in ("empty_checkout", "no_usable_method", "nothing_payable", "terminal_unusable", "amount_unusable")
)


def kind(planter: Planter, *codes: str, name: str = "", besides: frozenset[str] = frozenset()) -> Kind:
    return Kind(name or planter.__name__, planter, frozenset(codes) | besides)


KINDS: Final = (
    kind(misspelt_method, "method.unknown_type", "shape.unknown_value", "method.no_channel", "shape.enum"),
    kind(unknown_method_in_rule, "rule.unknown_method"),
    kind(twin_ids, "id.twice"),
    kind(reversed_limits, "amount.reversed"),
    kind(missing_translation, "copy.missing_locale", "copy.unknown_key"),
    kind(unreadable_colours, "theme.contrast"),
    kind(weights_beside_one, "experiment.weights"),
    kind(payment_outlasts_session, "time.pay_outlasts_session"),
    kind(condition("amuont > 5", 'shopper.teir == "new"'), "rule.unknown_name", name="unknown_name"),
    kind(condition('shopper.tier == "VIP"', 'terminal == "desktop"'), "rule.unknown_value", name="unknown_value"),
    kind(condition("amount", "hour + 1"), "rule.not_boolean", name="no_truth"),
    kind(condition('order.category.matches("(a+)+")'), "rule.not_allowed", name="pattern"),
    kind(condition("amount * hour > 5", 'shopper.id < "m"'), "rule.not_analysable", name="not_provable"),
    kind(condition("amount >", "amount > 5 and hour < 3"), "rule.syntax", name="syntax"),
    kind(hidden_one_by_one, besides=_STUCK),
    kind(gap_between_amounts, besides=_STUCK),
    kind(forgotten_terminal, besides=_STUCK),
    kind(refused_one_by_one, besides=_STUCK),
    kind(required_and_hidden, "proof.contradictory_rules"),
    kind(beyond_the_limits, "proof.dead_rule"),
    kind(contradicting_itself, "proof.dead_rule"),
    kind(said_twice, "proof.redundant_rule"),
    kind(overtaken, "proof.shadowed_rule", "proof.redundant_rule"),
    kind(method_for_nobody, "proof.dead_method", besides=_STUCK),
    kind(balance_alone, "proof.only_balance"),
    kind(field_for_nobody, "proof.dead_condition"),
    kind(variation_that_empties, besides=_STUCK),
    kind(variation_without_duties, "proof.duty_removed", "shape.unknown_name"),
)


def run(seed: int = SEED, each: int = EACH) -> list[Tally]:
    """Plant `each` defects of every class; the same seed plants the same."""
    originals = _with_wallets(_originals())
    with tempfile.TemporaryDirectory() as folder:
        return [_tally(kind, originals, random.Random(f"{seed} {kind.name}"), each, Path(folder)) for kind in KINDS]


def false_alarms() -> list[str]:
    """What is told about the catalogue as it is."""
    return [str(problem) for loaded in _originals() for problem in loaded.problems]


def _originals() -> list[Loaded]:
    registry = known_channels()
    proofs = Proofs(installed(registry))
    return [proven(loaded, proofs) for loaded in load([scenarios()], registry.method_types()).scenarios]


def _with_wallets(originals: list[Loaded]) -> list[Loaded]:
    """Those in which a wallet can go wrong; a deposit is reserved on a balance alone."""
    return [loaded for loaded in originals if wallets(dict(loaded.document or {}))]


def _tally(kind: Kind, originals: list[Loaded], chance: random.Random, each: int, folder: Path) -> Tally:
    tally = Tally(kind.name)
    order = originals * (each // len(originals) + 2)
    chance.shuffle(order)
    for original in _fitting(kind, order, chance, each):
        loaded = _loaded(original, folder)
        tally.planted += 1
        fitting = [problem for problem in loaded.problems if problem.code in kind.codes]
        tally.found += bool(fitting)
        if not fitting:
            tally.missed.append(f"{loaded.scenario_id}: {[problem.code for problem in loaded.problems]}")
        tally.unconfirmed += [str(problem) for problem in _of_proof(loaded) if not confirmed(loaded, problem)]
    return tally


def _fitting(kind: Kind, order: list[Loaded], chance: random.Random, each: int) -> Iterator[Document]:
    planted = 0
    for original in order:
        document = deepcopy(dict(original.document or {}))
        if planted < each and kind.plant(document, chance):
            planted += 1
            yield document


def _loaded(document: Document, folder: Path) -> Loaded:
    """The document as a file, through everything that a file goes through."""
    registry = known_channels()
    path = folder / "planted.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return proven(load([path], registry.method_types()).scenarios[0], Proofs(installed(registry)))


def _of_proof(loaded: Loaded) -> list[Problem]:
    return [problem for problem in loaded.problems if is_proof(problem)]


def main() -> None:
    seed, each = (*map(int, sys.argv[1:3]), SEED, EACH)[:2] if len(sys.argv) > 2 else (SEED, EACH)
    tallies = run(seed, each)
    for tally in tallies:
        sys.stdout.write(json.dumps({"class": tally.name, "planted": tally.planted, "found": tally.found}) + "\n")
        for text in (*tally.missed, *tally.unconfirmed):
            sys.stdout.write(f"  {text}\n")
    planted, found = sum(tally.planted for tally in tallies), sum(tally.found for tally in tallies)
    report = {
        "seed": seed,
        "classes": len(tallies),
        "planted": planted,
        "found": found,
        "share": round(found / planted, 4),
        "unconfirmed": sum(len(tally.unconfirmed) for tally in tallies),
        "false_alarms": len(false_alarms()),
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
