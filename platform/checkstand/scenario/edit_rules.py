"""Rules of the studio's form: written as one item, changed value by value, so that a comment beside a value stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from checkstand.scenario.edit import EditRefused
from checkstand.scenario.edit_items import add_item, remove_item, set_in_item, unset_in_item

RULES: Final = ("rules",)


@dataclass(frozen=True, slots=True)
class RuleWanted:
    """A rule as the form describes it. `applies_to` without methods means every method."""

    id: str
    effect: str
    applies_to: tuple[str, ...]
    when: str
    reason: str

    def item(self) -> dict[str, Any]:
        """As a scenario writes it: what is empty is left out."""
        item = {"id": self.id, "effect": self.effect, "applies_to": list(self.applies_to), "when": self.when}
        return {name: value for name, value in {**item, "reason": self.reason}.items() if value}


def save_rule(text: str, document: Mapping[str, Any], rule: RuleWanted) -> str:
    """The rule of this id as wanted; a new one comes to the end."""
    wanted, now = rule.item(), rules_of(document).get(rule.id)
    if now is None:
        return add_item(text, RULES, wanted)
    for name in ("effect", "applies_to", "when", "reason"):
        if name in wanted and wanted[name] != now.get(name):
            text = set_in_item(text, RULES, rule.id, name, wanted[name])
        elif name not in wanted and name in now:
            text = unset_in_item(text, RULES, rule.id, name)
    return text


def remove_rule(text: str, document: Mapping[str, Any], rule_id: str, inherited: frozenset[str]) -> str:
    """The scenario without this rule."""
    if rule_id not in rules_of(document):
        raise EditRefused(f"there is no rule {rule_id!r}", pointer="rules")
    return remove_item(text, RULES, rule_id, inherited)


def rules_of(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The rules by id, in their order."""
    return {str(rule["id"]): rule for rule in document.get("rules", ())}
