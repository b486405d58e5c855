"""The form of the studio over the text: what each field shows, and what a changed field means for the scenario."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from checkstand.app.preview_page import FORMS
from checkstand.kernel import CheckstandError, Money, duration_s
from checkstand.kernel.money import EXPONENTS
from checkstand.scenario.contrast import BUTTON_WORDS, DARK, LIGHT, MINIMUM, ratio
from checkstand.scenario.defaults import default
from checkstand.scenario.edit import Value
from checkstand.scenario.edit_items import value_at
from checkstand.scenario.finding import section
from checkstand.scenario.schema import SCHEMA
from checkstand_admin.console import Form

COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
WAS: Final = "was."  # what the field showed; only a field that differs from it is written into the text
_PPM_PER_PERCENT: Final = 10_000
_SETTLEMENT: Final = SCHEMA["properties"]["settlement"]["properties"]
_FEE: Final = _SETTLEMENT["fee"]["properties"]
# The values of a field that is a choice, as the schema lists them.
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "form": FORMS,
    "currency": tuple(EXPONENTS),
    "cycle": tuple(_SETTLEMENT["cycle"]["enum"]),
    **{name: tuple(_FEE[name]["enum"]) for name in ("bearer", "timing", "rounding")},
}
# Settings that no page of the shopper shows, and why not; what stands beside the preview shows them instead.
UNSEEN: Final[Mapping[str, str]] = {
    "name": "Names the scenario in the console and in reports; the page names the business unit.",
    "pay": "Ends one attempt at the channel; the page counts down the checkout's own time.",
    "cycle": "When the merchant gets the money is no business of the shopper.",
    "rate": "The fee is taken from what the merchant is owed, never added to the order.",
    **dict.fromkeys(("fee_min", "fee_max", "bearer", "timing", "rounding"), "As the fee's rate."),
}


class SettingInvalid(CheckstandError):
    code = "studio.setting_invalid"
    message = "This value cannot be used."
    remedy = "Correct the field; nothing was saved."


@dataclass(frozen=True, slots=True)
class Setting:
    """One field: its name in the form, its place in the scenario, and how it is written."""

    name: str
    path: tuple[str, ...]
    kind: str  # text | choice | colour | amount | minutes | percent
    part: str = "settings"  # where it stands on the page: settings | settlement
    optional: bool = False  # whether an empty field takes it out of the scenario

    @property
    def unseen(self) -> bool:
        """Whether only the money flow shows it."""
        return self.name.partition(".")[0] in UNSEEN


def settings_of(document: Mapping[str, Any]) -> list[Setting]:
    """The fields of this scenario, in the order of the page."""
    supported = section(document, "locales").get("supported", ())
    return [
        *(Setting(f"name.{locale}", ("metadata", "name", locale), "text") for locale in supported),
        Setting("form", ("form", "type"), "choice"),
        Setting("primary", ("theme", "tokens", "color_primary"), "colour", optional=True),
        Setting("session", ("timeouts", "session"), "minutes"),
        Setting("pay", ("timeouts", "pay"), "minutes"),
        Setting("currency", ("amount_limits", "currency"), "choice", "settlement"),
        Setting("min", ("amount_limits", "min"), "amount", "settlement"),
        Setting("max", ("amount_limits", "max"), "amount", "settlement"),
        Setting("cycle", ("settlement", "cycle"), "choice", "settlement"),
        Setting("rate", ("settlement", "fee", "rate_ppm"), "percent", "settlement"),
        Setting("fee_min", ("settlement", "fee", "min"), "amount", "settlement"),
        Setting("fee_max", ("settlement", "fee", "max"), "amount", "settlement", optional=True),
        Setting("bearer", ("settlement", "fee", "bearer"), "choice", "settlement"),
        Setting("timing", ("settlement", "fee", "timing"), "choice", "settlement"),
        Setting("rounding", ("settlement", "fee", "rounding"), "choice", "settlement"),
    ]


def shown(document: Mapping[str, Any]) -> list[tuple[Setting, str]]:
    """Every field with what the scenario says now; defaults included, because they count."""
    return [(setting, _shown(setting, document)) for setting in settings_of(document)]


def wanted_settings(document: Mapping[str, Any], form: Form) -> dict[tuple[str, ...], Value]:
    """The values of the fields that the person changed."""
    sent = set(form)  # an absent field reads as empty, so `in` would find every name
    fields = [setting for setting in settings_of(document) if setting.name in sent]
    touched = {setting.name for setting in fields if form[setting.name] != form[WAS + setting.name]}
    currency = form["currency"] if "currency" in touched else currency_of(document)
    if "currency" in touched:  # ¥12.00 becomes $12.00, and the digits of its minor units may differ
        touched |= {each.name for each in fields if each.kind == "amount" and value_at(document, each.path)}
    return {each.path: _read(each, form[each.name], currency) for each in fields if each.name in touched}


def is_touched(form: Form) -> bool:
    """Whether a field says something else than it showed."""
    return any(form[name] != form[name.removeprefix(WAS)] for name in form if name.startswith(WAS))


def currency_of(document: Mapping[str, Any]) -> str:
    """The scenario's currency; empty while there is none."""
    return str(section(document, "amount_limits").get("currency", ""))


def percent_of(ppm: int) -> str:
    """`0.6` of 6,000 parts per million."""
    whole, rest = divmod(ppm, _PPM_PER_PERCENT)
    return f"{whole}.{rest:04}".rstrip("0").rstrip(".")


def ppm_of(text: str) -> int:
    """Parts per million of a percentage with up to four digits behind the point."""
    whole, _, rest = text.strip().partition(".")
    if not re.fullmatch(r"[0-9]{1,3}", whole) or not re.fullmatch(r"[0-9]{0,4}", rest):
        raise SettingInvalid("a rate is a percentage like 0.6, with at most four digits after the point")
    ppm = int(whole) * _PPM_PER_PERCENT + int(rest.ljust(4, "0"))
    if ppm > 100 * _PPM_PER_PERCENT:
        raise SettingInvalid("a rate is at most 100 percent")
    return ppm


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
    here = value_at(document, setting.path)
    here = _standard(setting.path) if here is None else here
    try:
        if setting.kind == "amount":
            return Money(here, currency_of(document)).decimal()
        if setting.kind == "minutes":
            return f"{duration_s(here) / 60:g}"
        if setting.kind == "percent":
            return percent_of(here)
    except (CheckstandError, TypeError):
        return ""  # the text says something wrong there; its message stands beside it
    return "" if here is None else str(here)


def _standard(path: tuple[str, ...]) -> Any:
    """What counts where the scenario says nothing; None when nothing does."""
    try:
        return default(*path)
    except KeyError:
        return None


def _read(setting: Setting, text: str, currency: str) -> Value:
    text = text.strip()
    if setting.optional and not text:
        return None
    if setting.kind == "amount":
        return Money.from_decimal(text, currency).minor
    if setting.kind == "percent":
        return ppm_of(text)
    if setting.kind == "minutes":
        if not (text.isascii() and text.isdigit() and int(text[:6]) > 0 and len(text) <= 6):
            raise SettingInvalid(f"{setting.path[-1]} is a whole number of minutes", pointer=setting.name)
        return f"PT{int(text)}M"
    if setting.kind == "colour":
        if not COLOUR.fullmatch(text):
            raise SettingInvalid("a colour looks like #1f4fd8", pointer=setting.name)
        return text.lower()
    if setting.kind == "choice":
        if text not in CHOICES[setting.name]:
            raise SettingInvalid(f"{setting.name} is one of {', '.join(CHOICES[setting.name])}", pointer=setting.name)
        return text
    if not text:
        raise SettingInvalid("a name cannot be empty", pointer=setting.name)
    return text
