"""The two parts of an order in the shopper's words: offered, set aside, paid, given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from checkstand.cashier import formats
from checkstand.cashier.build_methods import method_name
from checkstand.cashier.methods import INTERNAL_BALANCE, Decisions
from checkstand.cashier.model import LegModel, SplitModel
from checkstand.cashier.split import Split, offered_split, payers
from checkstand.cashier.submission import FieldError
from checkstand.cashier.texts import Words
from checkstand.cashier.view import LegView, PaymentView, SessionView
from checkstand.kernel import Money

# What became of a leg, by its attempt's state; whatever is not here is still open.
_PAID: Final = frozenset({"SUCCEEDED", "SUCCEEDED_LATE"})
_ENDED: Final = frozenset({"FAILED", "CLOSED"})


def split_model(
    view: SessionView, decisions: Decisions, words: Words, wanted: str, errors: Sequence[FieldError]
) -> SplitModel | None:
    """The checkbox that uses the balance up; None where it has nothing to offer."""
    split = offered_split(view, decisions)
    if split is None:
        return None
    values = {"balance": _amount(view, split.balance_minor), "rest": _amount(view, split.rest_minor)}
    others = payers(decisions)
    if len(others) == 1:
        name = formats.isolated(method_name(view, others[0].method_id), view.locale)
        label = words.say("labels.use_balance_with", method=name, **values)
    else:
        label = words.say("labels.use_balance", **values)
    wrong = next((error for error in errors if error.pointer == "/use_balance"), None)
    return SplitModel(
        name="use_balance",
        value=str(split.balance_minor),
        label=label,
        checked=bool(wanted) and wrong is None,
        error=words[wrong.message_key] if wrong else "",
        balance=values["balance"],
        rest=values["rest"],
        balance_minor=split.balance_minor,
        rest_minor=split.rest_minor,
    )


def leg_models(view: SessionView, payment: PaymentView | None, words: Words) -> tuple[LegModel, ...]:
    """The parts of a payment that is under way or over."""
    if payment is None:
        return ()
    return tuple(
        LegModel(
            type=leg.method_type,
            name=_name(view, payment, leg),
            amount=formats.amount(leg.amount, view.locale),
            amount_minor=leg.amount.minor,
            state=words[f"labels.leg_{_state(leg)}"],
        )
        for leg in payment.legs
    )


def planned_parts(view: SessionView, decisions: Decisions | None, wanted: str) -> Split | None:
    """The parts that the review step shows: those that the form carried, as long as they are offered."""
    split = offered_split(view, decisions) if decisions and wanted else None
    return split if split is not None and wanted == str(split.balance_minor) else None


def balance_name(view: SessionView) -> str:
    """What the scenario calls the balance."""
    method = next((each for each in view.plan.methods if each.type == INTERNAL_BALANCE), None)
    return method_name(view, method.id if method else INTERNAL_BALANCE)


def _name(view: SessionView, payment: PaymentView, leg: LegView) -> str:
    return balance_name(view) if leg.internal else method_name(view, payment.method_id)


def _state(leg: LegView) -> str:
    if leg.status in _PAID:
        return "paid"
    if leg.status in _ENDED:
        return "released" if leg.internal else "unpaid"
    return "held" if leg.internal else "open"


def _amount(view: SessionView, minor: int) -> str:
    return formats.amount(Money(minor, view.amount.currency), view.locale)
