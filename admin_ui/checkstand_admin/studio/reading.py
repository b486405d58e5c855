"""What the pages of the studio show: scenarios of a unit, the gallery, one editor."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkstand.app.edit_draft import Draft, check_draft, find_draft, template_document, templates
from checkstand.app.platform import Platform
from checkstand.app.preview_page import FORMS, SCHEMES, STATES, sample_amount
from checkstand.app.prove_scenarios import with_proof
from checkstand.app.try_scenario import tried_url
from checkstand.kernel import CheckstandError
from checkstand.scenario import Loaded, compile_plan
from checkstand.scenario.defaults import default
from checkstand.scenario.draft import list_drafts
from checkstand.scenario.edit_parts import in_order
from checkstand.scenario.store import list_published, list_versions, published_pointer, read_version, version_document
from checkstand_admin.console import NotYours, Visitor
from checkstand_admin.studio import rule_form, shares
from checkstand_admin.studio.money_flow import money_flow
from checkstand_admin.studio.settings import CHOICES, contrast_of, shown

PAGE = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario of the unit."""

    scenario_id: str
    name: str
    published_at: Any
    draft: Any


def scenario_rows(platform: Platform, who: Visitor, after: str) -> tuple[list[Row], str]:
    """Published and drafted scenarios by id, and where the next page begins (empty: it was the last)."""
    with platform.db.read() as connection:
        published = list_published(connection, who.unit, who.mode, after=after, limit=PAGE + 1)
        drafts = {row.scenario_id: row for row in list_drafts(connection, who.unit) if row.scenario_id > after}
        named = {row.scenario_id: version_document(connection, who.unit, row.content_hash) for row in published}
    pointers = {row.scenario_id: row for row in published}
    ids = sorted(pointers.keys() | drafts.keys())[: PAGE + 1]
    rows = []
    for scenario_id in ids[:PAGE]:
        pointer, document = pointers.get(scenario_id), named.get(scenario_id, {})
        at = pointer.published_at if pointer is not None else None
        rows.append(Row(scenario_id, name_of(document, who.locale), at, drafts.get(scenario_id)))
    return rows, rows[-1].scenario_id if len(ids) > PAGE else ""


@dataclass(frozen=True, slots=True)
class Card:
    """One template of the gallery."""

    template: str
    name: str
    description: str
    form: str
    terminals: list[str]
    currency: str


def cards(locale: str) -> list[Card]:
    """The whole gallery."""
    made = []
    for template in templates():
        document = template_document(template)
        form = document.get("form", {}).get("type", default("form", "type"))
        terminals = list(document.get("terminals", default("terminals")))
        name, currency = name_of(document, locale), document["amount_limits"]["currency"]
        description = for_reader(document["metadata"].get("description", {}), locale)
        made.append(Card(template, name or template, description, form, terminals, currency))
    return made


def name_of(document: Mapping[str, Any], locale: str) -> str:
    """The scenario's name for this reader."""
    return for_reader(document.get("metadata", {}).get("name", {}), locale)


def for_reader(texts: Mapping[str, str], locale: str) -> str:
    """The text in the reader's language, else in English, else in whichever there is."""
    return str(texts.get(locale) or texts.get("en") or next(iter(texts.values()), ""))


def editor(
    platform: Platform, who: Visitor, scenario_id: str, *, source: str | None = None, revision: int | None = None
) -> dict[str, Any]:
    """Everything the editor's page shows; `source` is a text that is not saved. A foreign id is an absent one."""
    draft = find_draft(platform, who.unit, scenario_id)
    with platform.db.read() as connection:
        pointer = published_pointer(connection, who.unit, scenario_id, "test")
        known = bool(list_versions(connection, who.unit, scenario_id, limit=1))
    if draft is None and not known:
        raise NotYours()
    text = source if source is not None else _text(platform, who, scenario_id, draft)
    loaded = check_draft(platform, scenario_id, text)
    return {
        "scenario_id": scenario_id,
        "draft": draft,
        "source": text,
        "revision": revision if revision is not None else draft.revision if draft else 0,
        "can_write": draft is not None and who.may("scenarios.write"),
        "can_try": pointer is not None and who.may("scenarios.write"),
        "order_no": "TRY-" + secrets.token_hex(8),
        **checked(with_proof(platform, loaded)),
        **structure(platform, loaded, who.locale),
        "states": tuple(STATES),
        "forms": FORMS,
        "schemes": SCHEMES,
        "sample": _sample(platform, loaded),
        "choices": CHOICES,
        "rule_choices": rule_form.choices(_names(platform, who.locale), who.locale),
        "rule": rule_form.RuleFields(),
        "flow": money_flow(platform, loaded, who.locale),
    }


def checked(loaded: Loaded) -> dict[str, Any]:
    """The messages beside the text."""
    document = loaded.document or {}
    return {"problems": loaded.problems, "ok": loaded.ok, "contrast": contrast_of(document) if document else None}


def structure(platform: Platform, loaded: Loaded, locale: str) -> dict[str, Any]:
    """The form over the text; empty while the text cannot be read or its shape is wrong."""
    names = _names(platform, locale)
    empty: dict[str, Any] = {
        "settings": [],
        "methods": [],
        "when": {},
        "rules": [],
        "shares": [],
        "types": names,
        "locales": [],
        "terminals": [],
        "currency": "",
    }
    document = loaded.document
    if document is None:
        return empty
    try:
        by_id = {method["id"]: method for method in document.get("methods", ())}
        methods = [(method_id, names.get(by_id[method_id]["type"], "?")) for method_id in in_order(document)]
        return {
            **empty,
            "settings": shown(document),
            "methods": methods,
            "when": rule_form.methods_when(document, names, locale),
            "rules": rule_form.rules_shown(document, names, locale),
            "shares": shares.shares_of(document),
            "locales": list(document["locales"]["supported"]),
            "terminals": list(document.get("terminals", default("terminals"))),
            "currency": document["amount_limits"]["currency"],
        }
    except (
        CheckstandError,
        KeyError,
        TypeError,
        AttributeError,
    ):  # readable, but not yet a scenario: the messages say why
        return empty


def rule_fields(platform: Platform, scenario_id: str, source: str, rule_id: str, locale: str) -> rule_form.RuleFields:
    """The rule's form, filled with what the text says about it."""
    document = check_draft(platform, scenario_id, source).document
    try:
        return rule_form.fields_of(document or {}, rule_id, locale)
    except (CheckstandError, KeyError, TypeError, AttributeError):
        return rule_form.RuleFields(is_open=True)


def tried(platform: Platform, who: Visitor, order_no: str) -> str:
    """The link to the sample order that was just made, if it was."""
    return tried_url(platform, who.unit, order_no) or ""


def _names(platform: Platform, locale: str) -> dict[str, str]:
    """What the payment method types are called."""
    kinds = platform.registry.method_types()
    return {name: kind.names.get(locale) or kind.names.get("en") or name for name, kind in kinds.items()}


def _text(platform: Platform, who: Visitor, scenario_id: str, draft: Draft | None) -> str:
    if draft is not None:
        return draft.source
    with platform.db.read() as connection:
        newest = list_versions(connection, who.unit, scenario_id, limit=1)
        pointer = published_pointer(connection, who.unit, scenario_id, who.mode)
        row = read_version(connection, who.unit, pointer or newest[0].content_hash)
    return str(row.source_yaml) if row is not None else ""


def _sample(platform: Platform, loaded: Loaded) -> str:
    """The amount that the preview shows when none is chosen."""
    if not loaded.ok or loaded.document is None:
        return ""
    return sample_amount(compile_plan(loaded.document, platform.registry.method_types())).decimal()
