"""The cashier (收银台): which page, which methods, in which words. Pure functions from a `SessionView`, no HTML."""

from checkstand.cashier.methods import Decisions, MethodDecision, Reason, decide
from checkstand.cashier.pages import PageName, may_pay, page_for
from checkstand.cashier.submission import FieldError, NotPayableNow, Submission, SubmissionRefused, check_submission
from checkstand.cashier.view import PaymentView, SessionView

__all__ = [
    "Decisions",
    "FieldError",
    "MethodDecision",
    "NotPayableNow",
    "PageName",
    "PaymentView",
    "Reason",
    "SessionView",
    "Submission",
    "SubmissionRefused",
    "check_submission",
    "decide",
    "may_pay",
    "page_for",
]
