"""The cashier (收银台): which page, which methods, in which words. Pure functions from a `SessionView`, no HTML."""

from checkstand.cashier.build import Said, build_page
from checkstand.cashier.methods import Decisions, MethodDecision, Reason, decide
from checkstand.cashier.model import PageModel, PageUrls
from checkstand.cashier.page_json import page_model_json
from checkstand.cashier.pages import PageName, may_pay, page_for
from checkstand.cashier.split import WHOLE_BALANCE, Split, offered_split
from checkstand.cashier.submission import FieldError, NotPayableNow, Submission, SubmissionRefused, check_submission
from checkstand.cashier.view import LegView, PaymentView, SessionView

__all__ = [
    "WHOLE_BALANCE",
    "Decisions",
    "FieldError",
    "LegView",
    "MethodDecision",
    "NotPayableNow",
    "PageModel",
    "PageName",
    "PageUrls",
    "PaymentView",
    "Reason",
    "Said",
    "SessionView",
    "Split",
    "Submission",
    "SubmissionRefused",
    "build_page",
    "check_submission",
    "decide",
    "may_pay",
    "offered_split",
    "page_for",
    "page_model_json",
]
