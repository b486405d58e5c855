"""The form of the studio over the text: what each field shows, and what a changed field means for the scenario."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from checkstand.app.edit_draft import check_draft, inherited_methods
from checkstand.app.platform import Platform
from checkstand.app.preview_page import FORMS
from checkstand.kernel import CheckstandError, Money, duration_s
from checkstand.scenario.contrast import BUTTON_WORDS, DARK, LIGHT, MINIMUM, ratio
from checkstand.scenario.defaults import DEFAULT_TIMEOUTS, default
from checkstand.scenario.edit import EditRefused, Value
from checkstand.scenario.edit_parts import add_method, change_settings, move_method, remove_method
from checkstand.scenario.finding import section
from checkstand_admin.console import Form

COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
WAS: Final = "was."  # what the field showed; only a field that differs from it is written into the text
MOVES: Final = {"up": -1, "down": 1}


class SettingInvalid(CheckstandError):
    code = "studio.setting_invalid"
    message = "This value cannot be used."
    remedy = "Correct the field; nothing was saved."


@dataclass(frozen=True, slots=True)
class Setting:
    """One field: its name in the form, its place in the scenario, and how it is written."""

    name: str
    path: tuple[str, ...]
    kind: str  # text | form | colour | amount | minutes


def settings_of(document: Mapping[str, Any]) -> list[Setting]:
    """The fields of this scenario, in the order of the page."""
    supported = section(document, "locales").get("supported", ())
    return [
        *(Setting(f"name.{locale}", ("metadata", "name", locale), "text") for locale in supported),
        Setting("form", ("form", "type"), "form"),
        Setting("primary", ("theme", "tokens", "color_primary"), "colour"),
        Setting("min", ("amount_limits", "min"), "amount"),
        Setting("max", ("amount_limits", "max"), "amount"),
        Setting("session", ("timeouts", "session"), "minutes"),
        Setting("pay", ("timeouts", "pay"), "minutes"),
    ]


def shown(document: Mapping[str, Any]) -> list[tuple[Setting, str]]:
    """Every field with what the scenario says now; defaults included, because they count."""
    return [(setting, _shown(setting, document)) for setting in settings_of(document)]


def edited(platform: Platform, scenario_id: str, source: str, form: Form) -> str:
    """The text after what the person did in the form: changed fields, then the button of a method."""
    document = check_draft(platform, scenario_id, source).document
    wanted = {
        setting.path: _read(setting, form[setting.name], document)
        for setting in settings_of(document or {})
        if setting.name in form and form[setting.name] != form[WAS + setting.name]
    }
    verb, _, what = form["do"].partition(":")
    if not wanted and verb not in {*MOVES, "drop", "add"}:
        return source
    if document is None:
        raise EditRefused("the text cannot be read; correct it first, then use the fields")
    if wanted:
        source = change_settings(source, document, wanted)
        document = check_draft(platform, scenario_id, source).document or document
    if verb in MOVES:
        return move_method(source, document, what, MOVES[verb])
    if verb == "drop":
        return remove_method(source, document, what, inherited_methods(source))
    if verb == "add":
        if form["type"] not in platform.registry.method_types():
            raise SettingInvalid("there is no such payment method", pointer="type")
        return add_method(source, document, form["type"])
    return source


@dataclass(frozen=True, slots=True)
class Contrast:
    """The button that pays, as people will read it."""

    primary: str
    words: str
    ratio: float
    enough: bool


def contrast_of(document: Mapping[str, Any]) -> Contrast | None:
    """The button's words on its colour; None while the colours are no colours."""
    theme, tokens = section(document, "theme"), section(document, "theme", "tokens")
    standard = DARK if theme.get("base") == "dark" else LIGHT
    primary = str(tokens.get("color_primary", standard["color_primary"]))
    words = str(tokens.get("color_on_primary", standard["color_on_primary"]))
    if not COLOUR.fullmatch(primary) or not COLOUR.fullmatch(words):
        return None
    if "color_primary" in tokens and "color_on_primary" not in tokens:
        words = max(BUTTON_WORDS, key=lambda each: ratio(each, primary))
    found = ratio(words, primary)
    return Contrast(primary, words, found, found >= MINIMUM)


def _shown(setting: Setting, document: Mapping[str, Any]) -> str:
    here: Any = document
    for name in setting.path:
        here = here.get(name) if isinstance(here, Mapping) else None
    if here is None:
        here = {"form": default("form", "type"), "min": default("amount_limits", "min")}.get(setting.name)
    if here is None and setting.kind == "minutes":
        here = DEFAULT_TIMEOUTS[setting.path[-1]]
    try:
        if setting.kind == "amount":
            return Money(here, document["amount_limits"]["currency"]).decimal()
        if setting.kind == "minutes":
            return f"{duration_s(here) / 60:g}"
    except (CheckstandError, KeyError, TypeError):
        return ""  # the text says something wrong there; its message stands beside it
    return "" if here is None else str(here)


def _read(setting: Setting, text: str, document: Mapping[str, Any] | None) -> Value:
    text = text.strip()
    if setting.kind == "amount":
        currency = str(section(document or {}, "amount_limits").get("currency", ""))
        return Money.from_decimal(text, currency).minor
    if setting.kind == "minutes":
        if not (text.isascii() and text.isdigit() and int(text[:6]) > 0 and len(text) <= 6):
            raise SettingInvalid(f"{setting.path[-1]} is a whole number of minutes", pointer=setting.name)
        return f"PT{int(text)}M"
    if setting.kind == "colour":
        if text and not COLOUR.fullmatch(text):
            raise SettingInvalid("a colour looks like #1f4fd8", pointer=setting.name)
        return text.lower() or None
    if setting.kind == "form" and text not in FORMS:
        raise SettingInvalid(f"the form is one of {', '.join(FORMS)}", pointer=setting.name)
    if not text:
        raise SettingInvalid("a name cannot be empty", pointer=setting.name)
    return text
