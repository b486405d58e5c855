"""From a session as it stands to the page that is shown: worded, formatted, in order. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from checkstand.cashier import formats
from checkstand.cashier.build_methods import method_models, method_name
from checkstand.cashier.build_parts import consent_models, error_models, field_models, line_models
from checkstand.cashier.build_split import balance_name, leg_models, planned_parts, split_model
from checkstand.cashier.methods import INTERNAL_BALANCE, Decisions, decide
from checkstand.cashier.model import (
    ActionModel,
    DeadlineModel,
    FactModel,
    PageModel,
    PageUrls,
    ThemeModel,
)
from checkstand.cashier.pages import POLLED, PageName, newest, page_for, state_of
from checkstand.cashier.split import Split
from checkstand.cashier.submission import FieldError, asked_fields
from checkstand.cashier.texts import Words, pick, words_for
from checkstand.cashier.view import SessionView
from checkstand.channel.port import InvokeAction, QrAction, RedirectAction
from checkstand.kernel import Money

P = PageName

TONES: Final[Mapping[PageName, str]] = {
    P.QR: "waiting",
    P.REDIRECT: "waiting",
    P.INVOKE: "waiting",
    P.WAITING: "waiting",
    P.UNKNOWN: "warning",
    P.FAILED: "danger",
    P.PAID: "success",
    P.REFUNDED: "success",
    P.EXPIRED: "warning",
}  # every other page is neutral

ASKING: Final = frozenset({P.CHOOSE, P.REVIEW, P.CONFIRM})  # pages that hold the form
RECEIPTS: Final = frozenset({P.PAID, P.REFUNDED})
UNSAFE_SCHEMES: Final = frozenset({"javascript", "data", "vbscript", "file", "blob"})


@dataclass(frozen=True, slots=True)
class Said:
    """What the shopper has submitted so far, to be shown again or carried along."""

    method_id: str = ""
    fields: Mapping[str, str] | None = None
    consents: Collection[str] = ()
    reviewed: bool = False
    confirmed: bool = False
    use_balance: str = ""  # what the page showed for the balance's part; empty: not used

    def hidden(self) -> tuple[tuple[str, str], ...]:
        """The form values that the review and confirm steps carry along."""
        rows = [("method", self.method_id)]
        rows += [(f"field.{name}", value) for name, value in (self.fields or {}).items()]
        rows += [("consent", consent) for consent in sorted(self.consents)]
        rows += [("use_balance", self.use_balance)] if self.use_balance else []
        rows += [(name, "1") for name, on in (("reviewed", self.reviewed), ("confirmed", self.confirmed)) if on]
        return tuple(rows)


def build_page(
    view: SessionView,
    *,
    urls: PageUrls,
    page: str | None = None,
    decisions: Decisions | None = None,
    errors: Sequence[FieldError] = (),
    said: Said = Said(),
    forward: bool = False,
    time_zone: str = formats.DEFAULT_ZONE,
) -> PageModel:
    """Build the page of the real state, or `page` if the state's row lists it."""
    shown = page_for(view, page)
    words = words_for(view.plan.copy, view.locale, view.plan.default_locale)
    scribe = _Scribe(view, shown, words, time_zone)
    decisions = decisions or (decide(view) if shown in ASKING else None)
    asking = shown in ASKING and decisions is not None
    split = split_model(view, decisions, words, said.use_balance, errors) if asking and decisions else None
    groups = method_models(view, decisions, words, said.method_id) if asking and decisions else {}
    if split is not None:  # the checkbox is the balance's place: a row beside it would say that the balance is too low
        groups = {name: tuple(m for m in models if m.type != INTERNAL_BALANCE) for name, models in groups.items()}
    usable = [decision.method_id for decision in decisions.usable] if decisions else []
    asked = asked_fields(view, [said.method_id] if said.method_id in usable and shown != P.CHOOSE else usable)
    texts = scribe.page_words()
    return PageModel(
        page=shown.value,
        form=view.form,
        terminal=view.terminal,
        locale=view.locale,
        direction=formats.direction(view.locale),
        mode=view.mode,
        version=view.version,
        title=texts[0],
        lead=texts[1],
        note=scribe.note(blocked=decisions is not None and decisions.visit_effect == "block"),
        tone=TONES.get(shown, "neutral"),
        merchant=view.merchant_name,
        order_no=view.order_no,
        order_title=view.title,
        lines=line_models(view, words),
        amount=scribe.amount(view.amount),
        amount_minor=view.amount.minor,
        currency=view.amount.currency,
        pay_label=scribe.say(f"labels.{view.plan.form.submit_type}"),
        deadline=scribe.deadline(view.expires_at, "labels.deadline") if shown in {*ASKING, P.FAILED} else None,
        instant=groups.get("instant", ()),
        regular=groups.get("regular", ()),
        folded=groups.get("folded", ()),
        split=split,
        legs=leg_models(view, scribe.payment, words),
        fields_first=bool(groups.get("instant")) and any(field.collect == "required" for field in asked),
        consents_first=bool(groups.get("instant")) and any(consent.required for consent in view.plan.consents),
        fields=field_models(view, asked, words, said.fields or {}, errors) if asking else (),
        consents=consent_models(view, words, said.consents, errors) if asking else (),
        disclosures=tuple(words[key] for key in view.plan.disclosures) if asking else (),
        evidence=scribe.evidence() if view.form == "regulatory" else "",
        errors=error_models(errors, words),
        hidden=said.hidden() if shown in {P.REVIEW, P.CONFIRM} else (),
        facts=scribe.facts(said, planned_parts(view, decisions, said.use_balance)),
        action=scribe.action(forward=forward),
        poll_s=_poll_s(view) if shown in POLLED else None,
        watch=watch_of(view, shown),
        can_switch=_can_switch(view, shown),
        can_print=shown in RECEIPTS,
        method_name=scribe.method,
        method_type=scribe.method_type,
        simulator_url=_simulator_url(view, shown),
        return_url=safe_url(view.return_url),
        allowed_origins=view.plan.allowed_origins,
        theme=ThemeModel(
            view.plan.theme.base, view.plan.theme.tokens, view.plan.theme.logo, view.merchant_name.strip()[:1].upper()
        ),
        urls=urls,
        words=scribe.labels(),
    )


def watch_of(view: SessionView, page: PageName) -> str:
    """A fingerprint of what decides the page; the status partial reloads the page when it changed."""
    payment = newest(view)
    state = state_of(view)
    over = bool(payment and payment.action and isinstance(payment.action, QrAction) and _over(view, payment.action))
    facts = (*(getattr(state, name) for name in state.__slots__), payment.payment_id if payment else "", page, over)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def safe_url(url: str | None) -> str | None:
    """A link that may be put on a page: no address that runs as a script."""
    if url is None:
        return None
    scheme, colon, _ = url.strip().partition(":")
    return url.strip() if colon and scheme.lower() not in UNSAFE_SCHEMES and scheme.isascii() else None


class _Scribe:
    """Words one page: everything it says goes through here, with the same values in the braces."""

    def __init__(self, view: SessionView, page: PageName, words: Words, time_zone: str) -> None:
        self.view, self.page, self.words, self.zone = view, page, words, time_zone
        self.payment = None if page in ASKING else newest(view)
        self.method = method_name(view, self.payment.method_id) if self.payment else ""
        chosen = view.plan.method(self.payment.method_id) if self.payment else None
        self.method_type = chosen.type if chosen else ""
        self.values = {
            "amount": self.amount(view.amount),
            "merchant": formats.isolated(view.merchant_name, view.locale),
            "method": formats.isolated(self.method, view.locale),
            "refunded": self.amount(self._refunded()),
        }

    def amount(self, money: Money) -> str:
        return formats.amount(money, self.view.locale)

    def say(self, key: str, **more: str) -> str:
        return self.words.say(key, **{**self.values, **more})

    def labels(self) -> dict[str, str]:
        prefix = "labels."
        return {key[len(prefix) :]: self.say(key) for key in self.words if key.startswith(prefix)}

    def page_words(self) -> tuple[str, str]:
        name = self._variant()
        asked = next((leg.amount for leg in self.payment.legs if not leg.internal), None) if self.payment else None
        values = {"amount": self.amount(asked)} if asked else {}  # what this method is asked for, not the whole order
        return self.say(f"pages.{name}.title", **values), self.say(f"pages.{name}.lead", **values)

    def _variant(self) -> str:
        """The same page, worded for what makes this moment special."""
        if self.page is P.QR and self.payment and isinstance(self.payment.action, QrAction):
            return "qr_over" if _over(self.view, self.payment.action) else "qr"
        if self.page is P.WAITING and self.payment and "CLOSING" in {self.payment.status, self.view.order_status}:
            return "closing"
        if self.page is P.PAID and self.view.order_status == "PART_REFUNDED":
            return "part_refunded"
        if self.page is P.PAID and self.view.money:
            return self.view.money
        return self.page.value

    def note(self, *, blocked: bool) -> str:
        if blocked:
            return self.say("errors.visit_blocked")
        if self.page is P.FAILED and self.payment:
            key = f"reasons.{self.payment.reason}"
            return self.say(key if key in self.words else "reasons.other")
        return ""

    def deadline(self, until: datetime, key: str) -> DeadlineModel:
        left = formats.left(until, self.view.now, self.view.locale)
        time = formats.clock_time(until, self.view.now, self.view.locale, self.zone)
        text = self.say(key, left=left, time=time)
        seconds = max(0, int((until - self.view.now).total_seconds()))
        return DeadlineModel(until.astimezone(UTC).isoformat(), seconds, text, over=until <= self.view.now)

    def evidence(self) -> str:
        time = formats.full_time(self.view.now, self.view.locale, self.zone)
        version = formats.isolated(self.view.version[:12], self.view.locale)
        return self.say("labels.evidence", version=version, time=formats.isolated(time, self.view.locale))

    def action(self, *, forward: bool) -> ActionModel | None:
        action = self.payment.action if self.payment and self.page in {P.QR, P.REDIRECT, P.INVOKE} else None
        if isinstance(action, QrAction):
            until = self.deadline(action.expires_at, "labels.code_valid") if action.expires_at else None
            return ActionModel("qr", action.content, "", "", {}, forward=False, deadline=until)
        if isinstance(action, RedirectAction):
            return ActionModel("redirect", "", safe_url(action.url) or "", "", {}, forward=forward, deadline=None)
        if isinstance(action, InvokeAction):
            return ActionModel("invoke", "", "", action.client, action.params, forward=False, deadline=None)
        return None

    def facts(self, said: Said, parts: Split | None) -> tuple[FactModel, ...]:
        rows = self._answers(said, parts) if self.page in {P.REVIEW, P.CONFIRM} else self._receipt()
        return tuple(FactModel(label, value, name) for name, label, value in rows if value)

    def _answers(self, said: Said, parts: Split | None) -> list[tuple[str, str, str]]:
        view = self.view
        rows = [
            ("merchant", self.say("labels.merchant"), view.merchant_name),
            ("order_no", self.say("labels.order_no"), view.order_no),
            ("method", self.say("labels.method"), method_name(view, said.method_id)),
        ]
        if parts is not None:
            currency = view.amount.currency
            rows += [
                ("leg.1", balance_name(view), self.amount(Money(parts.balance_minor, currency))),
                ("leg.2", method_name(view, said.method_id), self.amount(Money(parts.rest_minor, currency))),
            ]
        for field in view.plan.fields:
            answer = (said.fields or {}).get(field.id, "")
            chosen = next((texts for name, texts in field.options if name == answer), None)
            spoken = pick(chosen, view.locale, view.plan.default_locale) if chosen else answer
            spoken = "✓" if field.type == "checkbox" and answer else spoken
            rows.append((f"field.{field.id}", pick(field.label, view.locale, view.plan.default_locale), spoken))
        return rows

    def _receipt(self) -> list[tuple[str, str, str]]:
        view, payment = self.view, self.payment
        if self.page is P.CHOOSE or payment is None:
            return []
        paid_at = formats.full_time(payment.paid_at, view.locale, self.zone) if payment.paid_at else ""
        refunded = self._refunded()
        return [
            ("merchant", self.say("labels.merchant"), view.merchant_name),
            ("order_no", self.say("labels.order_no"), view.order_no),
            ("method", self.say("labels.method"), self.method),
            *(
                (f"leg.{place}", leg.name, f"{leg.amount} · {leg.state}")
                for place, leg in enumerate(leg_models(view, payment, self.words), 1)
            ),
            ("paid_at", self.say("labels.paid_at"), paid_at),
            ("payment_no", self.say("labels.payment_no"), payment.payment_id),
            ("channel_no", self.say("labels.channel_no"), payment.channel_no or ""),
            ("money", self.say("labels.money"), self.say(f"labels.money_{view.money}") if view.money else ""),
            ("refunded", self.say("labels.refunded"), self.amount(refunded) if refunded.minor else ""),
        ]

    def _refunded(self) -> Money:
        total = Money(0, self.view.amount.currency)
        for payment in self.view.payments:
            total = total + payment.refunded
        return total


def _over(view: SessionView, action: QrAction) -> bool:
    return action.expires_at is not None and action.expires_at <= view.now


def _poll_s(view: SessionView) -> int:
    """How soon the page asks again: often at first, slower when the answer takes its time."""
    payment, timeouts = newest(view), view.plan.timeouts
    since = (view.now - payment.created_at).total_seconds() if payment else 0.0
    return timeouts.poll_slow_s if since > timeouts.poll_backoff_after_s else timeouts.waiting_poll_s


def _can_switch(view: SessionView, page: PageName) -> bool:
    """Only a payment that the channel knows, or has refused, may be left for another; an unknown one may not."""
    payment = newest(view)
    if payment is None or page in ASKING:
        return False
    known = payment.status == "PROCESSING" and payment.attempt_status == "ACCEPTED"
    return page is P.FAILED or (page in POLLED and known and view.now < view.expires_at)


def _simulator_url(view: SessionView, page: PageName) -> str | None:
    payment = newest(view)
    return payment.simulator_url if payment and view.mode == "test" and page in POLLED else None
