"""Fields, consents, order lines and mistakes in the shopper's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from checkstand.cashier import formats
from checkstand.cashier.model import ConsentModel, ErrorModel, FieldModel, LineModel
from checkstand.cashier.submission import FieldError
from checkstand.cashier.texts import Words, pick
from checkstand.cashier.view import SessionView
from checkstand.kernel import Money
from checkstand.scenario.plan import FieldPlan


class Control(NamedTuple):
    """How a browser asks for one type of field."""

    input_type: str
    input_mode: str
    autocomplete: str


CONTROLS: Final[Mapping[str, Control]] = {
    "text": Control("text", "text", "on"),
    "email": Control("email", "email", "email"),
    "phone": Control("tel", "tel", "tel"),
    "select": Control("select", "none", "on"),
    "checkbox": Control("checkbox", "none", "off"),
    "real_name": Control("text", "text", "name"),
    "id_number": Control("text", "text", "off"),
}


def line_models(view: SessionView, words: Words) -> tuple[LineModel, ...]:
    """The order's lines as the business sent them."""
    models = []
    for line in view.lines:
        quantity, minor = line.get("quantity", 1), line.get("amount_minor")
        models.append(
            LineModel(
                name=str(line.get("name", "")),
                quantity="" if quantity == 1 else words.say("labels.quantity", quantity=str(quantity)),
                amount="" if minor is None else formats.amount(Money(minor, view.amount.currency), view.locale),
            )
        )
    return tuple(models)


def field_models(
    view: SessionView,
    asked: Sequence[FieldPlan],
    words: Words,
    values: Mapping[str, str],
    errors: Sequence[FieldError],
) -> tuple[FieldModel, ...]:
    """The questions, with what was typed before and what is wrong with it."""
    wrong = {error.pointer: words[error.message_key] for error in errors}
    return tuple(_field_model(view, field, values, wrong) for field in asked)


def _field_model(
    view: SessionView, field: FieldPlan, values: Mapping[str, str], wrong: Mapping[str, str]
) -> FieldModel:
    def text(texts: Mapping[str, str]) -> str:
        return pick(texts, view.locale, view.plan.default_locale)

    control = CONTROLS[field.type]
    return FieldModel(
        id=field.id,
        name=f"field.{field.id}",
        type=field.type,
        label=text(field.label) or field.id,
        hint=text(field.hint),
        error=wrong.get(f"/fields/{field.id}", ""),
        required=field.collect == "required",
        value=values.get(field.id, ""),
        options=tuple((name, text(words) or name) for name, words in field.options),
        autocomplete=control.autocomplete,
        input_type=control.input_type,
        input_mode=control.input_mode,
        max_length=field.max_length,
    )


def consent_models(
    view: SessionView, words: Words, given: Collection[str], errors: Sequence[FieldError]
) -> tuple[ConsentModel, ...]:
    """The agreements. Only the shopper ticks a box."""
    wrong = {error.pointer: words[error.message_key] for error in errors}
    return tuple(
        ConsentModel(
            id=consent.id,
            text=words[consent.text_ref],
            url=consent.url,
            required=consent.required,
            checked=consent.id in given,
            error=wrong.get(f"/consents/{consent.id}", ""),
        )
        for consent in view.plan.consents
    )


def error_models(errors: Sequence[FieldError], words: Words) -> tuple[ErrorModel, ...]:
    """The error summary: each line leads to its control."""
    return tuple(ErrorModel(_anchor(error.pointer), words[error.message_key]) for error in errors)


def _anchor(pointer: str) -> str:
    kind, _, name = pointer.strip("/").partition("/")
    anchors = {"fields": f"#field-{name}", "consents": f"#consent-{name}", "use_balance": "#use-balance"}
    return anchors.get(kind, "#methods")
