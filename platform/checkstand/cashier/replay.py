"""One recorded visit under two plans: what would be different for this shopper. Pure, nothing is written.

A replay asks the plan and not the moment: every channel is taken to be open, a shopper with an id to have enough
balance, and nobody to have tried too often. So each difference comes from the edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from checkstand.cashier.methods import decide
from checkstand.cashier.view import SessionView
from checkstand.kernel import Money
from checkstand.scenario import with_variations
from checkstand.scenario.plan import Plan

if TYPE_CHECKING:
    from checkstand.channel import MethodType


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would be different."""

    kind: str  # refused | taken | lost | gained | block | review | challenge | no_… | empty | filled | arm
    subject: str = ""  # a method, or an experiment


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a session has kept of its visit."""

    session_id: str
    context: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one plan gives a visit."""

    taken: bool
    methods: Mapping[str, str]  # method → visible | disabled | hidden
    effects: Mapping[str, str]  # method → allow | challenge | review | block
    arms: Mapping[str, str]


def outcome(plan: Plan, arms: Mapping[str, str], visit: Recorded, kinds: Mapping[str, MethodType]) -> Outcome:
    """The decision of `decide` about this visit; an order that the plan does not take has no methods."""
    context = visit.context
    inside = plan.min_minor <= int(context["amount"]) <= plan.max_minor
    if not inside or context["currency"] != plan.currency or context["terminal"] not in plan.terminals:
        return Outcome(False, {}, {}, {})
    varied = with_variations(plan, arms) if arms else plan
    decisions = decide(first_view(varied, context, kinds, visit.at, arms, session_id=visit.session_id, solvent=True))
    return Outcome(
        taken=True,
        methods={each.method_id: each.state for each in decisions.methods},
        effects={each.method_id: each.effect for each in decisions.methods if each.shown},
        arms=arms,
    )


def compared(before: Outcome, after: Outcome) -> tuple[Difference, ...]:
    """What differs between the two, each thing once."""
    if before.taken != after.taken:
        return (Difference("taken" if after.taken else "refused"),)
    found = []
    for method in dict.fromkeys([*before.methods, *after.methods]):
        one, other = (side.methods.get(method, "hidden") for side in (before, after))
        if (one == "hidden") != (other == "hidden"):
            found.append(Difference("gained" if one == "hidden" else "lost", method))
        elif one != "hidden":
            old, new = before.effects[method], after.effects[method]
            if old != new:
                found.append(Difference(f"no_{old}" if new == "allow" else new, method))
    usable = ["visible" in side.methods.values() for side in (before, after)]
    if usable[0] != usable[1]:
        found.append(Difference("filled" if usable[1] else "empty"))
    experiments = dict.fromkeys([*before.arms, *after.arms])
    found += (Difference("arm", each) for each in experiments if before.arms.get(each) != after.arms.get(each))
    return tuple(found)


def first_view(
    plan: Plan,
    context: Mapping[str, Any],
    method_types: Mapping[str, MethodType],
    at: datetime,
    arms: Mapping[str, str],
    *,
    session_id: str,
    mode: str = "test",
    solvent: bool = False,
) -> SessionView:
    """The first look at the checkout of an order, with nothing paid and every channel open.

    `plan` has the patches of `arms` already. `solvent`: a shopper with an id has enough balance.
    """
    terminal, amount = str(context["terminal"]), Money(int(context["amount"]), str(context["currency"]))
    return SessionView(
        tenant_id="",
        session_id=session_id,
        token="",
        mode=mode,
        status="open",
        plan=plan,
        version=plan.content_hash,
        merchant_name="",
        order_no="",
        title="",
        lines=(),
        amount=amount,
        order_status="CREATED",
        context=context,
        terminal=terminal,
        locale=plan.default_locale,
        form=plan.form.for_terminal(terminal),
        created_at=at,
        expires_at=at,
        return_url=None,
        now=at,
        balance_minor=amount.minor if solvent and context.get("shopper.id") else None,
        assignments=arms,
        method_types=method_types,
    )
