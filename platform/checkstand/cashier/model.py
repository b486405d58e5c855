"""The page model: everything a template may say, worded and in order. Templates decide nothing.

Each field carries its help text; the reference for template authors is generated from it.
"""

# ruff: noqa: RUF009 - `said` is `dataclasses.field` with a help text

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def said(help_text: str) -> Any:
    """A field with its help text for template authors."""
    return field(metadata={"help": help_text})


@dataclass(frozen=True, slots=True)
class PageUrls:
    """Where the page's links and forms lead."""

    page: str = said("the checkout itself; a GET shows the page of the real state")
    pay: str = said("takes the form of `choose`, `review` and `confirm` by POST")
    another_method: str = said("ends the open payment by POST, then offers the methods again")
    status: str = said("answers with the status partial only")
    receipt: str = said("the printable receipt of a paid order")

    @classmethod
    def of(cls, token: str, base: str = "") -> PageUrls:
        """The addresses of one checkout; `base` is empty for links inside the page."""
        page = f"{base}/c/{token}"
        return cls(page, f"{page}/payments", f"{page}/another-method", f"{page}/status", f"{page}/receipt")


@dataclass(frozen=True, slots=True)
class LineModel:
    """One line of the order."""

    name: str = said("what was sold")
    quantity: str = said("worded, `× 2`; empty for one")
    amount: str = said("formatted amount of the line; empty when the business sent none")


@dataclass(frozen=True, slots=True)
class FactModel:
    """One row of a review or receipt."""

    label: str = said("what it is")
    value: str = said("what it says")
    name: str = said("stable name for tests and native clients: order_no, method, …")


@dataclass(frozen=True, slots=True)
class MethodModel:
    """One payment method as the shopper sees it."""

    id: str = said("the plan's method id; the value that is submitted")
    type: str = said("the method type, which also names the logo: wechat_pay, balance, …")
    name: str = said("the method's name in the shopper's language")
    hint: str = said("a sentence under the name; empty when there is none")
    notice: str = said("why it cannot be used now; empty for a usable method")
    disabled: bool = said("shown, but cannot be chosen")
    selected: bool = said("chosen when the page opens")
    pay_label: str = said("the one-tap button's words")


@dataclass(frozen=True, slots=True)
class SplitModel:
    """The checkbox that lets the balance pay a part and the chosen method the rest."""

    name: str = said("the form control's name")
    value: str = said(
        "what is submitted when it is ticked: the balance's part, so that nobody pays other parts than read"
    )
    label: str = said("the sentence with both parts")
    checked: bool = said("the shopper ticked it in the form that is shown again")
    error: str = said("what to put right; empty when all is well")
    balance: str = said("the balance's part, formatted")
    rest: str = said("the chosen method's part, formatted")
    balance_minor: int = said("the balance's part in minor units, for native clients")
    rest_minor: int = said("the chosen method's part in minor units")


@dataclass(frozen=True, slots=True)
class LegModel:
    """One part of a payment that is made with two methods."""

    type: str = said("the method type, which also names the logo")
    name: str = said("the method's name in the shopper's language")
    amount: str = said("its part, formatted")
    amount_minor: int = said("the same in minor units, for native clients")
    state: str = said("worded: set aside, to be paid, paid, given back, not paid")


@dataclass(frozen=True, slots=True)
class FieldModel:
    """One question to the shopper."""

    id: str = said("the plan's field id")
    name: str = said("the form control's name")
    type: str = said("text | email | phone | select | checkbox | id_number | real_name")
    label: str = said("the question")
    hint: str = said("a sentence under the question; empty when there is none")
    error: str = said("what to put right; empty when all is well")
    required: bool = said("must be answered")
    value: str = said("what was typed before")
    options: tuple[tuple[str, str], ...] = said("value and words of each answer of a select")
    autocomplete: str = said("the browser's autocomplete token")
    input_type: str = said("the HTML input type")
    input_mode: str = said("the HTML inputmode")
    max_length: int = said("characters at most")


@dataclass(frozen=True, slots=True)
class ConsentModel:
    """One agreement the shopper gives by ticking a box; never ticked beforehand."""

    id: str = said("the plan's consent id")
    text: str = said("what is agreed to")
    url: str | None = said("where the whole text can be read")
    required: bool = said("payment needs it")
    checked: bool = said("the shopper ticked it in the form that is shown again")
    error: str = said("what to put right; empty when all is well")


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """One line of the error summary."""

    href: str = said("the anchor of the control")
    text: str = said("what to put right, as a request")


@dataclass(frozen=True, slots=True)
class DeadlineModel:
    """Until when something can be done."""

    until: str = said("the instant, ISO 8601 in UTC")
    left_s: int = said("seconds that are left, for a countdown that trusts no clock but ours")
    text: str = said("the sentence with what is left and the clock time")
    over: bool = said("the deadline has passed")


@dataclass(frozen=True, slots=True)
class ActionModel:
    """What the shopper's side has to do next."""

    kind: str = said("qr | redirect | invoke")
    content: str = said("qr: what the code says; else empty")
    url: str = said("redirect: where to go; else empty")
    client: str = said("invoke: which client kit; else empty")
    params: Mapping[str, str] = said("invoke: parameters for the client kit, exactly as the channel gave them")
    forward: bool = said("redirect: go there at once, because the shopper just pressed pay")
    deadline: DeadlineModel | None = said("until when the code or link can be used")


@dataclass(frozen=True, slots=True)
class ThemeModel:
    """The merchant's look. Tokens only."""

    base: str = said("auto | light | dark")
    tokens: Mapping[str, str | int] = said("color_primary, color_on_primary, …, radius, font")
    logo: str | None = said("file name of the merchant's logo; None shows the initial instead")
    initial: str = said("first letter of the merchant's name")


@dataclass(frozen=True, slots=True)
class PageModel:
    """One page, complete."""

    page: str = said("choose | review | confirm | qr | redirect | invoke | waiting | unknown | failed | paid | …")
    form: str = said("full_screen | popup | mobile_site | regulatory")
    terminal: str = said("pc | h5 | mini_program | ios | android")
    locale: str = said("BCP 47 tag of the page's language")
    direction: str = said("ltr | rtl")
    mode: str = said("test | live")
    version: str = said("the published version this session is pinned to")
    title: str = said("the page's heading")
    lead: str = said("the sentence under the heading")
    note: str = said("a second sentence, such as why a payment failed; empty when there is none")
    tone: str = said("neutral | waiting | warning | success | danger: colour and icon of the state")
    merchant: str = said("who is paid")
    order_no: str = said("the merchant's order number")
    order_title: str = said("what was ordered")
    lines: tuple[LineModel, ...] = said("the order's lines; may be empty")
    amount: str = said("what is paid, formatted")
    amount_minor: int = said("the same in minor units, for native clients")
    currency: str = said("ISO 4217 code")
    pay_label: str = said("the words of the pay button, with the amount")
    deadline: DeadlineModel | None = said("until when the order can be paid")
    instant: tuple[MethodModel, ...] = said("one-tap methods")
    regular: tuple[MethodModel, ...] = said("methods of the list")
    folded: tuple[MethodModel, ...] = said("methods behind “more ways to pay”")
    split: SplitModel | None = said("the balance pays a part; None when only one method can pay")
    legs: tuple[LegModel, ...] = said("the parts of the payment that is shown; empty for a payment in one piece")
    fields_first: bool = said("the questions stand above the methods, because a one-tap method pays at once")
    consents_first: bool = said("the agreements stand above the methods, for the same reason")
    fields: tuple[FieldModel, ...] = said("questions to the shopper")
    consents: tuple[ConsentModel, ...] = said("agreements")
    disclosures: tuple[str, ...] = said("texts that must be read before paying")
    evidence: str = said("what is recorded as evidence; empty unless the form keeps evidence")
    errors: tuple[ErrorModel, ...] = said("the error summary; empty when all is well")
    hidden: tuple[tuple[str, str], ...] = said("form values that a later step carries along")
    facts: tuple[FactModel, ...] = said("rows of the review or receipt")
    action: ActionModel | None = said("what to do next on qr, redirect and invoke pages")
    poll_s: int | None = said("seconds until the page asks again; None when nothing will change")
    watch: str = said("fingerprint of the state; the status partial compares it")
    can_switch: bool = said("the shopper may end this payment and choose another method")
    can_print: bool = said("there is a receipt")
    method_name: str = said("the method of the payment that is shown; empty before there is one")
    method_type: str = said("its type, which names the logo; empty before there is one")
    simulator_url: str | None = said("test mode: where to play the shopper")
    return_url: str | None = said("back to the merchant")
    allowed_origins: tuple[str, ...] = said("origins that may embed a popup")
    theme: ThemeModel = said("the merchant's look")
    urls: PageUrls = said("where links and forms lead")
    words: Mapping[str, str] = said("labels of buttons and headings, by key")
