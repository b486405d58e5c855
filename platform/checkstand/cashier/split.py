"""Whether the shopper's balance can pay a part of an order, and how much (组合支付). Pure.

The balance is used up first and one other method pays the rest. It is offered only while it is too low to pay
alone: a balance that suffices is a method of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkstand.cashier.methods import INTERNAL_BALANCE, Decisions, MethodDecision
from checkstand.cashier.view import SessionView

WHOLE_BALANCE: Final = "all"  # a client that names no amount takes whatever the balance can pay
# What may speak against the balance as a method of its own and still let it pay a part.
_HARMLESS: Final = frozenset({"balance_too_low", "note", "shadow"})


@dataclass(frozen=True, slots=True)
class Split:
    """The two parts of an order, in minor units."""

    balance_minor: int
    rest_minor: int


def offered_split(view: SessionView, decisions: Decisions) -> Split | None:
    """The parts that this shopper is offered; None when only one method can pay."""
    reason = why_not(view, decisions)
    if reason or view.balance_minor is None:
        return None
    return Split(view.balance_minor, view.amount.minor - view.balance_minor)


def why_not(view: SessionView, decisions: Decisions) -> str:
    """The first thing that stands against a split, as a code; empty when nothing does."""
    balance = next((each for each in decisions.methods if each.type == INTERNAL_BALANCE), None)
    if not view.plan.composite.offers(INTERNAL_BALANCE):
        return "not_allowed"
    if balance is None or view.balance_minor is None:
        return "no_member"
    if view.balance_minor <= 0:
        return "balance_empty"
    if view.balance_minor >= view.amount.minor:
        return "balance_suffices"
    if any(reason.code not in _HARMLESS for reason in balance.reasons):
        return "balance_refused"
    if not payers(decisions):
        return "no_other_method"
    return ""


def payers(decisions: Decisions) -> tuple[MethodDecision, ...]:
    """The methods that can pay the rest."""
    return tuple(each for each in decisions.usable if each.type != INTERNAL_BALANCE)


def part_of(split: Split | None, wanted: str) -> tuple[int, str]:
    """What the balance pays for a submission that asks for it, or the key of what is wrong with it.

    `wanted` is the amount that the page showed: nobody is charged other parts than those they have read.
    """
    if not wanted:
        return 0, ""
    if split is None:
        return 0, "errors.balance_gone"
    if wanted not in (WHOLE_BALANCE, str(split.balance_minor)):
        return 0, "errors.balance_changed"
    return split.balance_minor, ""
