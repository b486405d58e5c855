"""The classes of planted defects: who plants each, and the codes that may tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.scenarios.planters import (
    Planter,
    balance_alone,
    beyond_the_limits,
    condition,
    contradicting_itself,
    field_for_nobody,
    forgotten_terminal,
    gap_between_amounts,
    hidden_one_by_one,
    method_for_nobody,
    missing_translation,
    misspelt_method,
    overtaken,
    payment_outlasts_session,
    refused_one_by_one,
    required_and_hidden,
    reversed_limits,
    said_twice,
    twin_ids,
    unknown_method_in_rule,
    unreadable_colours,
    variation_that_empties,
    variation_without_duties,
    weights_beside_one,
)


@dataclass(frozen=True)
class Kind:
    """One class of defects. `codes` are the ways in which it may be told."""

    name: str
    plant: Planter
    codes: frozenset[str]


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
