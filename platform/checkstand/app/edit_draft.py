"""Edit a scenario: begin from a template or a version, save, check, discard. Nobody's text is ever lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.infra.resources import scenarios
from checkstand.kernel import CheckstandError, Kind
from checkstand.scenario import Loaded, Problem
from checkstand.scenario.bases import Bases
from checkstand.scenario.draft import discard_op, draft_op, draft_row, revision_op
from checkstand.scenario.edit import set_value
from checkstand.scenario.edit_items import value_at
from checkstand.scenario.finding import Facts
from checkstand.scenario.load import load_bytes, load_file
from checkstand.scenario.node import Scalar, at, plain
from checkstand.scenario.read import MAX_BYTES, read_yaml
from checkstand.scenario.schema import HEADER
from checkstand.scenario.store import list_versions, published_pointer, read_version

# The catalogue names the schema by its place in the source; wherever a unit's file goes, the schema lies beside it.
_SCHEMA_LINE: Final = re.compile(r"^# yaml-language-server: \$schema=.*\n")
SCENARIO_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class DraftUnknown(CheckstandError):
    code = "draft.unknown"
    kind = Kind.NOT_FOUND
    message = "There is no draft of this scenario."
    remedy = "Begin one from a template, or from the version that is published."


class TemplateUnknown(CheckstandError):
    code = "draft.template_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no template of this name."
    remedy = "Choose one of the gallery."


class ScenarioIdInvalid(CheckstandError):
    code = "draft.id_invalid"
    message = "This is not an id for a scenario."
    remedy = "Use 3 to 64 lower-case letters, digits and single hyphens, beginning with a letter."


class ScenarioIdTaken(CheckstandError):
    code = "draft.id_taken"
    kind = Kind.CONFLICT
    message = "The business unit has a scenario with this id."
    remedy = "Choose another id, or edit the one that exists."


class DraftTooLarge(CheckstandError):
    code = "draft.too_large"
    kind = Kind.TOO_LARGE
    message = f"A scenario has at most {MAX_BYTES:,} bytes. Nothing was saved."
    remedy = "Paste one scenario only; what several share belongs into a base."


class DraftChanged(CheckstandError):
    """Somebody saved since the text was read; `current` is what they wrote."""

    code = "draft.changed"
    kind = Kind.CONFLICT
    message = "Somebody else has saved this draft since you opened it. Your text was not saved."
    remedy = "Compare both texts and save the one that should count."

    def __init__(self, current: Draft | None) -> None:
        self.current = current
        super().__init__()


@dataclass(frozen=True, slots=True)
class Draft:
    """The text that is being edited."""

    tenant_id: str
    scenario_id: str
    source: str
    revision: int
    base_hash: str | None
    updated_by: str
    updated_at: datetime


def find_draft(platform: Platform, tenant_id: str, scenario_id: str) -> Draft | None:
    """The open draft, or None."""
    row = _row(platform, tenant_id, scenario_id)
    return _draft(row) if row is not None and row.discarded_at is None else None


def read_draft(platform: Platform, tenant_id: str, scenario_id: str) -> Draft:
    """The open draft; `DraftUnknown` when there is none."""
    draft = find_draft(platform, tenant_id, scenario_id)
    if draft is None:
        raise DraftUnknown()
    return draft


@cache
def templates() -> Mapping[str, str]:
    """The gallery: id → text of every scenario file that ships with the platform."""
    return {
        path.stem: _SCHEMA_LINE.sub(HEADER, path.read_text(encoding="utf-8"), count=1)
        for path in sorted(scenarios().glob("*.yaml"))
    }


def start_from_template(platform: Platform, who: Actor, tenant_id: str, template: str, scenario_id: str) -> Draft:
    """A new scenario of the unit: the template's text with its comments, under the unit's own id."""
    if template not in templates():
        raise TemplateUnknown()
    if not SCENARIO_ID.fullmatch(scenario_id) or not 3 <= len(scenario_id) <= 64:
        raise ScenarioIdInvalid(pointer="scenario_id")
    with platform.db.read() as connection:
        known = bool(list_versions(connection, tenant_id, scenario_id, limit=1))
    if known or find_draft(platform, tenant_id, scenario_id) is not None:
        raise ScenarioIdTaken(pointer="scenario_id")
    source = set_value(templates()[template], ("metadata", "id"), scenario_id)
    source = set_value(source, ("metadata", "owner"), tenant_id)
    try:
        return _write(platform, who, "draft.start", tenant_id, scenario_id, source, None, {"template": template})
    except DraftChanged:  # somebody took the id a moment ago
        raise ScenarioIdTaken(pointer="scenario_id") from None


def start_from_version(platform: Platform, who: Actor, tenant_id: str, scenario_id: str, mode: str) -> Draft:
    """The open draft, else a new one with the text of the version that is published (else of the newest)."""
    draft = find_draft(platform, tenant_id, scenario_id)
    if draft is not None:
        return draft
    with platform.db.read() as connection:
        newest = next((row.content_hash for row in list_versions(connection, tenant_id, scenario_id, limit=1)), None)
        content_hash = published_pointer(connection, tenant_id, scenario_id, mode) or newest
        version = read_version(connection, tenant_id, content_hash) if content_hash else None
    if version is None:
        raise DraftUnknown()
    facts = {"version": version.content_hash}
    try:
        return _write(
            platform, who, "draft.start", tenant_id, scenario_id, version.source_yaml, version.content_hash, facts
        )
    except DraftChanged:  # somebody began a moment ago: one draft, theirs
        return read_draft(platform, tenant_id, scenario_id)


def save_draft(
    platform: Platform, who: Actor, tenant_id: str, scenario_id: str, source: str, revision: int
) -> Draft:  # fmt: skip
    """Save the text that was edited from this revision, right or wrong; `DraftChanged` when it is not the last one."""
    source = source.replace("\r\n", "\n")  # what browsers send
    refuse_large(source)
    draft = find_draft(platform, tenant_id, scenario_id)
    if draft is not None and draft.source == source:
        return draft  # saved twice
    if draft is None and _row(platform, tenant_id, scenario_id) is None:
        raise DraftUnknown()
    if draft is None or draft.revision != revision:
        raise DraftChanged(draft)
    facts = {"revision": draft.revision + 1}
    return _write(platform, who, "draft.save", tenant_id, scenario_id, source, draft.base_hash, facts, revision)


def refuse_large(source: str) -> None:
    """`DraftTooLarge` for a text that no scenario can be."""
    if len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise DraftTooLarge(pointer="source")


def discard_draft(platform: Platform, who: Actor, tenant_id: str, scenario_id: str, revision: int) -> None:
    """Forget the text; what is published stays."""
    row = _row(platform, tenant_id, scenario_id)
    if row is None or row.discarded_at is not None:
        raise DraftUnknown()
    if row.revision != revision:
        raise DraftChanged(_draft(row))
    now = platform.clock.now()
    before = {"revision": row.revision, "source": row.source}
    told = who.audit(tenant_id, "draft.discard", "scenario", scenario_id, now, before=before)
    try:
        platform.poster.commit(WriteSet(ops=[discard_op(row, at=now, by=who.email), told]))
    except EdgeRefused:
        raise DraftChanged(find_draft(platform, tenant_id, scenario_id)) from None


def check_draft(platform: Platform, scenario_id: str, source: str) -> Loaded:
    """Read and check the text as publishing would; the id has to be the draft's own."""
    loaded = load_bytes(source.encode(), scenario_id, scenarios(), Facts(platform.registry.method_types()), Bases())
    if loaded.document is None or loaded.tree is None:
        return loaded
    written = at(loaded.tree, ("metadata", "id"))
    if not isinstance(written, Scalar) or written.value == scenario_id:
        return loaded  # a missing one is told already
    place = written.place
    message = f'this draft is of the scenario "{scenario_id}"; its id cannot change'
    remedy = f"Write `id: {scenario_id}`, or begin another scenario from a template."
    other = Problem(scenario_id, place.line, place.column, "metadata.id", "draft.id_differs", message, remedy)
    return replace(loaded, problems=(other, *loaded.problems))


def inherited(source: str, part: tuple[str, ...]) -> frozenset[str]:
    """The ids that a list of a readable text has from what the text extends."""
    base = Bases().of(read_yaml(source.encode(), "draft"), "draft", scenarios())
    found = value_at(plain(base), part) if base is not None else None
    return frozenset(str(item.get("id")) for item in found or ())


@cache
def _catalogue_file(path: Path) -> Loaded:
    return load_file(path, Facts(), Bases())


def template_source(template: str) -> str:
    """The text of a template."""
    if template not in templates():
        raise TemplateUnknown()
    return templates()[template]


def template_document(template: str) -> Mapping[str, Any]:
    """What a template says, bases included, for its card in the gallery."""
    if template not in templates():
        raise TemplateUnknown()
    return _catalogue_file(scenarios() / f"{template}.yaml").document or {}


def _write(
    platform: Platform, who: Actor, action: str, tenant_id: str, scenario_id: str, source: str,
    base_hash: str | None, facts: Mapping[str, Any], revision: int | None = None,
) -> Draft:  # fmt: skip
    row, now = _row(platform, tenant_id, scenario_id), platform.clock.now()
    if revision is not None and (row is None or row.revision != revision):
        raise DraftChanged(find_draft(platform, tenant_id, scenario_id))
    op = draft_op(tenant_id, scenario_id, source, base_hash=base_hash, after=row, at=now, by=who.email)
    told = who.audit(tenant_id, action, "scenario", scenario_id, now, after=facts)
    kept = revision_op(tenant_id, scenario_id, row.revision + 1 if row is not None else 1, source)
    try:
        platform.poster.commit(WriteSet(ops=[op, kept, told]))
    except (EdgeRefused, RowExists):
        raise DraftChanged(find_draft(platform, tenant_id, scenario_id)) from None
    return read_draft(platform, tenant_id, scenario_id)


def _row(platform: Platform, tenant_id: str, scenario_id: str) -> Row[Any] | None:
    with platform.db.read() as connection:
        return draft_row(connection, tenant_id, scenario_id)


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        row.tenant_id, row.scenario_id, row.source, row.revision, row.base_hash, row.updated_by, row.updated_at
    )
