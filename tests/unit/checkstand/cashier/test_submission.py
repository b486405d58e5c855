"""A submission is accepted, sent one step further, or refused with one message per field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checkstand.cashier import NotPayableNow, SessionView, Submission, SubmissionRefused, check_submission, decide
from checkstand.rule import compile_rule
from checkstand.scenario.plan import FieldPlan, FormPlan, RulePlan
from checkstand.web.pages.sample import sample_plan, sample_view


def submit(view: SessionView, method_id: str = "wx", **changes: Any) -> Submission:
    answer: dict[str, Any] = {"fields": {}, "consents": {"terms"}, "reviewed": False, "confirmed": False, **changes}
    return check_submission(view, decide(view), method_id=method_id, **answer)


def mistakes(view: SessionView, method_id: str = "wx", **changes: Any) -> dict[str, str]:
    with pytest.raises(SubmissionRefused) as refused:
        submit(view, method_id, **changes)
    return {error.pointer: error.message_key for error in refused.value.errors}


def test_a_complete_submission_may_be_paid() -> None:
    submission = submit(sample_view(), fields={"invoice_title": " Lantern ", "other": "x"}, consents={"terms", "spam"})

    assert submission == Submission("wx", {"invoice_title": "Lantern"}, frozenset({"terms"}), "allow", "pay")


@pytest.mark.parametrize(
    ("method", "key"), [("", "method_missing"), ("nope", "method_gone"), ("bal", "method_unavailable")]
)
def test_a_method_that_cannot_be_used_is_refused(method: str, key: str) -> None:
    assert mistakes(sample_view(), method) == {"/method": f"errors.{key}"}


def test_every_mistake_is_told_at_once() -> None:
    found = mistakes(sample_view("regulatory"), fields={"id_number": "110101199003070000"}, consents=set())

    assert found == {
        "/fields/real_name": "errors.field_required_real_name",
        "/fields/id_number": "errors.field_id_number",
        "/consents/terms": "errors.consent_missing",
        "/consents/suitability": "errors.consent_missing",
    }


def test_a_blocked_visit_pays_nothing() -> None:
    assert mistakes(sample_view(risk_effect="block")) == {"/method": "errors.visit_blocked"}


def test_a_field_of_another_method_is_not_asked() -> None:
    only_alipay = compile_rule('method == "alipay"')
    field = FieldPlan("nick", "text", {}, {}, "required", (), only_alipay, 20)
    view = sample_view(plan=sample_plan(fields=(field,)))

    assert submit(view, "wx").next == "pay"
    assert mistakes(view, "ali") == {"/fields/nick": "errors.field_required_text"}


def test_a_review_step_comes_before_paying() -> None:
    view = sample_view(plan=sample_plan(form=FormPlan("full_screen", {}, "above_amount", 25799, "pay")))

    assert submit(view).next == "review"
    assert submit(view, reviewed=True).next == "pay"


@pytest.mark.parametrize(
    ("effect", "steps"), [("challenge", ("confirm", "confirm", "pay")), ("review", ("review", "pay", "pay"))]
)
def test_a_rule_asks_for_one_more_step(effect: str, steps: tuple[str, ...]) -> None:
    rule = RulePlan("r", effect, ("wx",), compile_rule("amount > 1"), "because")
    view = sample_view(plan=sample_plan(rules=(rule,)))

    asked = submit(view).next, submit(view, reviewed=True).next, submit(view, reviewed=True, confirmed=True).next

    assert asked == steps
    assert submit(view, "ali").next == "pay"
    assert submit(view, reviewed=True, confirmed=True).effect == effect


def test_a_challenge_is_passed_once_per_visit() -> None:
    assert submit(sample_view(risk_effect="challenge")).next == "confirm"
    assert submit(sample_view(risk_effect="challenge", challenged=True)).next == "pay"


@pytest.mark.parametrize("state", ["paid", "expired", "closed", "unknown", "waiting", "qr", "refunded", "closing"])
def test_nothing_is_paid_while_something_is_open_or_over(state: str) -> None:
    with pytest.raises(NotPayableNow):
        submit(sample_view(page_state=state))


def test_after_a_failure_another_method_can_be_paid() -> None:
    assert submit(sample_view(page_state="failed")).next == "pay"


def test_an_endless_answer_is_cut_before_it_is_checked() -> None:
    view = sample_view()

    assert mistakes(view, fields={"invoice_title": "x" * 100_000}) == {"/fields/invoice_title": "errors.field_too_long"}
    assert replace(view) == view
