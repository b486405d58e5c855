"""The page that a draft would give a shopper, in any state, with a sample order. Reads nothing but the unit's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from checkstand.app.platform import Platform
from checkstand.app.session_view import merchant_name
from checkstand.cashier import PageModel, PageUrls, PaymentView, SessionView, build_page
from checkstand.kernel import CheckstandError, Money, MoneyError
from checkstand.rule import DEFAULTS
from checkstand.scenario.plan import Plan, ThemePlan

FORMS: Final = ("full_screen", "popup", "mobile_site", "regulatory")
SCHEMES: Final = ("auto", "light", "dark")
SAMPLE_MINOR: Final = 25800  # where the scenario's limits allow it
SURFACES: Final = frozenset(("color_background", "color_surface", "color_text", "color_link"))
_MOMENTARY: Final = frozenset(("hour", "method"))

# State of the preview → session, order, payment and attempt as the database would have them.
STATES: Final[Mapping[str, tuple[str, str, str | None, str | None]]] = {
    "open": ("open", "CREATED", None, None),
    "waiting": ("open", "PAYING", "PROCESSING", "ACCEPTED"),
    "failed": ("open", "PAYING", "FAILED", "FAILED"),
    "paid": ("complete", "PAID", "SUCCEEDED", "SUCCEEDED"),
    "expired": ("expired", "CLOSED", None, None),
}
TITLES: Final = {"en": "Sample order", "zh": "示例订单", "ar": "طلب تجريبي"}
LINES: Final = {"en": "Sample article", "zh": "示例商品", "ar": "سلعة تجريبية"}


class PreviewInvalid(CheckstandError):
    code = "preview.invalid"
    message = "There is no such preview."
    remedy = "Choose one of the offered values."


class Rendered(Protocol):
    """A finished page."""

    @property
    def html(self) -> bytes: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class Preview(Protocol):
    """The checkout's own renderer, for a frame of ours."""

    def __call__(self, model: PageModel) -> Rendered: ...

    def weigh(self, model: PageModel) -> int:
        """Bytes of the first load, compressed: the page and the files it links."""


@dataclass(frozen=True, slots=True)
class Axes:
    """What the person chose beside the preview; empty means "as the scenario says"."""

    form: str = ""
    terminal: str = ""
    locale: str = ""
    scheme: str = "auto"
    state: str = "open"
    amount: str = ""  # decimal, in the scenario's currency


def preview_page(platform: Platform, tenant_id: str, plan: Plan, axes: Axes) -> PageModel:
    """Build the page; `PreviewInvalid` names the choice that the plan does not have."""
    terminal = _choice("terminal", axes.terminal, plan.terminals, plan.terminals[0])
    locale = _choice("locale", axes.locale, plan.locales, plan.default_locale)
    form = _choice("form", axes.form, FORMS, plan.form.for_terminal(terminal))
    scheme = _choice("scheme", axes.scheme, SCHEMES, "auto")
    session, order, payment, attempt = STATES[_choice("state", axes.state, tuple(STATES), "open")]
    amount, now, language = _amount(plan, axes.amount), platform.clock.now(), locale.partition("-")[0]
    with platform.db.read() as connection:
        merchant = merchant_name(platform, connection, tenant_id, locale)
    context = {name: value for name, value in DEFAULTS.items() if name not in _MOMENTARY}
    view = SessionView(
        tenant_id=tenant_id,
        session_id="preview",
        token="preview",  # noqa: S106 - nothing can be paid with it
        mode="test",
        status=session,
        plan=replace(plan, theme=_theme(plan.theme, scheme)),
        version=plan.content_hash,
        merchant_name=merchant,
        order_no="SAMPLE-0001",
        title=TITLES.get(language, TITLES["en"]),
        lines=({"name": LINES.get(language, LINES["en"]), "quantity": 1, "amount_minor": amount.minor},),
        amount=amount,
        order_status=order,
        context={**context, "amount": amount.minor, "currency": amount.currency, "terminal": terminal},
        terminal=terminal,
        locale=locale,
        form=form,
        created_at=now,
        expires_at=now + timedelta(seconds=plan.timeouts.session_s),
        return_url=plan.return_url.replace("{order_no}", "SAMPLE-0001") if plan.return_url else None,
        now=now,
        balance_minor=amount.minor,
        money={"escrow": "held", "preauth": "authorised"}.get(plan.flow, "") if order == "PAID" else "",
        method_types=platform.registry.method_types(),
    )
    if payment is not None and attempt is not None:
        view = replace(view, payments=(_payment(view, payment, attempt),))
    return build_page(view, urls=PageUrls.of("preview"))


def _payment(view: SessionView, status: str, attempt: str) -> PaymentView:
    method = view.plan.methods[0]
    return PaymentView(
        payment_id="pay_sample",
        status=status,
        method_id=method.id,
        amount=view.amount,
        created_at=view.now,
        paid_at=view.now if status == "SUCCEEDED" else None,
        attempt_id="att_sample",
        attempt_status=attempt,
        action=None,
        reason="insufficient_funds" if status == "FAILED" else None,
        simulator_url=None,
        refunded=Money(0, view.amount.currency),
    )


def _theme(theme: ThemePlan, scheme: str) -> ThemePlan:
    """What a device of this scheme shows. A theme that is always light or always dark stays so."""
    if theme.base != "auto" or scheme == "auto":
        return theme
    tokens = {name: value for name, value in theme.tokens.items() if scheme == "light" or name not in SURFACES}
    return replace(theme, base=scheme, tokens=tokens)


def sample_amount(plan: Plan) -> Money:
    """An amount that the scenario takes."""
    return Money(min(max(SAMPLE_MINOR, plan.min_minor), plan.max_minor), plan.currency)


def _amount(plan: Plan, text: str) -> Money:
    if not text.strip():
        return sample_amount(plan)
    try:
        amount = Money.from_decimal(text, plan.currency)
    except MoneyError as error:
        raise PreviewInvalid(str(error), pointer="amount") from None
    if not plan.min_minor <= amount.minor <= plan.max_minor:
        low, high = Money(plan.min_minor, plan.currency).decimal(), Money(plan.max_minor, plan.currency).decimal()
        raise PreviewInvalid(f"the scenario takes amounts from {low} to {high} {plan.currency}", pointer="amount")
    return amount


def _choice(name: str, value: str, known: tuple[str, ...], standard: str) -> str:
    if value and value not in known:
        raise PreviewInvalid(f"{name} is one of {', '.join(known)}", pointer=name)
    return value or standard
