"""What the person did in the form, written into the text: the changed fields, then the button that was pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from checkstand.app.edit_draft import check_draft, inherited
from checkstand.app.platform import Platform
from checkstand.scenario.edit import EditRefused
from checkstand.scenario.edit_items import add_item, remove_item
from checkstand.scenario.edit_parts import (
    METHODS,
    add_method,
    change_settings,
    move_method,
    place_method,
    remove_method,
)
from checkstand.scenario.edit_rules import RULES, remove_rule, save_rule
from checkstand_admin.console import Form
from checkstand_admin.studio.rule_form import wanted_rule
from checkstand_admin.studio.settings import SettingInvalid, is_touched, wanted_settings
from checkstand_admin.studio.shares import SPLITS, wanted_share


@dataclass(frozen=True, slots=True)
class Press:
    """A button of the form: what the text says at that moment, and what the button names."""

    platform: Platform
    source: str
    document: Mapping[str, Any]
    form: Form
    what: str


def edited(platform: Platform, scenario_id: str, source: str, form: Form) -> str:
    """The text after this form; the very same text when nothing was changed."""
    document = check_draft(platform, scenario_id, source).document
    verb, _, what = form["do"].partition(":")
    if document is None:
        if verb in EDITS or is_touched(form):
            raise EditRefused("the text cannot be read; correct it first, then use the fields")
        return source
    changed = change_settings(source, document, wanted_settings(document, form))
    if verb not in EDITS:
        return changed
    now = document if changed == source else check_draft(platform, scenario_id, changed).document
    try:
        return EDITS[verb](Press(platform, changed, now or document, form, what))
    except (KeyError, TypeError, AttributeError):  # readable, but not yet a scenario
        raise EditRefused("the text is no scenario yet; correct it first, then use the fields") from None


def _add_method(press: Press) -> str:
    kind = press.form["type"]
    if kind not in press.platform.registry.method_types():
        raise SettingInvalid("there is no such payment method", pointer="type")
    return add_method(press.source, press.document, kind)


def _drop_method(press: Press) -> str:
    return remove_method(press.source, press.document, press.what, inherited(press.source, METHODS))


def _place_method(press: Press) -> str:
    method_id, _, place = press.what.rpartition(":")
    if not (place.isascii() and place.isdigit() and len(place) < 4):
        raise SettingInvalid("a place is a number", pointer="methods")
    return place_method(press.source, press.document, method_id, int(place))


def _save_rule(press: Press) -> str:
    return save_rule(press.source, press.document, wanted_rule(press.document, press.form, press.what))


def _drop_rule(press: Press) -> str:
    return remove_rule(press.source, press.document, press.what, inherited(press.source, RULES))


def _add_share(press: Press) -> str:
    return add_item(press.source, SPLITS, wanted_share(press.document, press.form))


def _drop_share(press: Press) -> str:
    return remove_item(press.source, SPLITS, press.what, inherited(press.source, SPLITS))


# Verb of a button → what it does. `up:alipay` is the verb `up` for the method `alipay`.
EDITS: Final[Mapping[str, Callable[[Press], str]]] = {
    "up": lambda press: move_method(press.source, press.document, press.what, -1),
    "down": lambda press: move_method(press.source, press.document, press.what, 1),
    "place": _place_method,
    "drop": _drop_method,
    "add": _add_method,
    "rule_save": _save_rule,
    "rule_drop": _drop_rule,
    "share_add": _add_share,
    "share_drop": _drop_share,
}
