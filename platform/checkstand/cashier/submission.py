"""Whether what the shopper submitted can be paid, and if not, one message per field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from checkstand.cashier.fields import check_field
from checkstand.cashier.methods import Decisions, MethodDecision, moment
from checkstand.cashier.pages import may_pay
from checkstand.cashier.split import offered_split, part_of
from checkstand.cashier.view import SessionView
from checkstand.kernel import CheckstandError, Kind
from checkstand.scenario.plan import FieldPlan

MAX_VALUE = 1000  # characters; above this nothing the shopper typed by hand


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to put right; `pointer` is the JSON pointer of the field, `message_key` a key of the copy catalog."""

    pointer: str
    message_key: str


class SubmissionRefused(CheckstandError):
    """The shopper's submission has mistakes; nothing was started."""

    code = "cashier.submission_refused"
    message = "Something in this form needs your attention."
    remedy = "Correct the fields named in `errors` and send the form again."

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__(pointer=errors[0].pointer, errors=[f"{e.pointer}: {e.message_key}" for e in errors])
        self.errors = errors


class NotPayableNow(CheckstandError):
    """This session has been paid, has ended, or a payment's outcome is still open."""

    code = "cashier.not_payable_now"
    kind = Kind.CONFLICT
    message = "This checkout cannot take another payment now."
    remedy = "Read the session; its status says whether it is paid, over, or waiting for an answer."


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission without mistakes. `next` says whether it may be paid or a step is missing."""

    method_id: str
    fields: Mapping[str, str]
    consents: frozenset[str]
    effect: str  # allow | challenge | review: what operators see on the payment
    next: Literal["pay", "review", "confirm"]
    balance_minor: int = 0  # what the shopper's balance pays of the order; the method pays the rest


def check_submission(
    view: SessionView,
    decisions: Decisions,
    *,
    method_id: str,
    fields: Mapping[str, str],
    consents: Collection[str],
    reviewed: bool,
    confirmed: bool,
    use_balance: str = "",
) -> Submission:
    """Accept a submission or refuse it with every mistake at once; pure, no I/O."""
    if not may_pay(view):
        raise NotPayableNow(session_id=view.session_id)
    errors: list[FieldError] = []
    decision = decisions.of(method_id)
    problem = _method_problem(decisions, method_id, decision)
    if problem:
        errors.append(FieldError("/method", problem))
    asked = asked_fields(view, (method_id,)) if decision and decision.state == "visible" else view.plan.fields
    values = {field.id: str(fields.get(field.id, ""))[:MAX_VALUE].strip() for field in asked}
    if not problem:
        errors += [FieldError(f"/fields/{f.id}", key) for f in asked if (key := check_field(f, values[f.id]))]
        errors += _missing_consents(view, consents)
    balance_minor, wrong = part_of(offered_split(view, decisions), use_balance)
    if wrong:
        errors.append(FieldError("/use_balance", wrong))
    if errors or decision is None:
        raise SubmissionRefused(tuple(errors))
    return Submission(
        method_id=method_id,
        fields={name: value for name, value in values.items() if value},
        consents=frozenset(consent.id for consent in view.plan.consents if consent.id in consents),
        effect=_effect(decisions, decision),
        next=_next_step(view, decisions, decision, reviewed=reviewed, confirmed=confirmed),
        balance_minor=balance_minor,
    )


def asked_fields(view: SessionView, method_ids: Collection[str]) -> tuple[FieldPlan, ...]:
    """The fields asked for when one of these methods is chosen; a field's condition may look at the method."""
    methods = [method for method in view.plan.methods if method.id in method_ids]
    return tuple(
        field
        for field in view.plan.fields
        if field.when is None or any(field.when.evaluate(moment(view, method)) for method in methods)
    )


def _method_problem(decisions: Decisions, method_id: str, decision: MethodDecision | None) -> str | None:
    if decisions.visit_effect == "block":
        return "errors.visit_blocked"
    if not method_id:
        return "errors.method_missing"
    if decision is None or decision.state == "hidden":
        return "errors.method_gone"
    if decision.state == "disabled":
        return "errors.method_blocked" if decision.effect == "block" else "errors.method_unavailable"
    return None


def _missing_consents(view: SessionView, given: Collection[str]) -> list[FieldError]:
    return [
        FieldError(f"/consents/{consent.id}", "errors.consent_missing")
        for consent in view.plan.consents
        if consent.required and consent.id not in given
    ]


def _effect(decisions: Decisions, decision: MethodDecision) -> str:
    effects = {decision.effect, decisions.visit_effect}
    return next((name for name in ("review", "challenge") if name in effects), "allow")


def _next_step(
    view: SessionView, decisions: Decisions, decision: MethodDecision, *, reviewed: bool, confirmed: bool
) -> Literal["pay", "review", "confirm"]:
    """Review first (what am I buying?), then confirm (is it really me?)."""
    wants_review = view.plan.form.needs_review(view.amount.minor) or _effect(decisions, decision) == "review"
    if wants_review and not reviewed:
        return "review"
    challenged = decision.fired("challenge") or decisions.visit_effect == "challenge"
    if challenged and not (confirmed or view.challenged):
        return "confirm"
    return "pay"
