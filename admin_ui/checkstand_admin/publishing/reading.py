"""What the pages of this area show of one scenario, read at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from checkstand.app.edit_draft import Draft, check_draft, find_draft
from checkstand.app.live_checks import Check, live_checks
from checkstand.app.platform import Platform
from checkstand.app.publish_scenario import version_of
from checkstand.member import operators
from checkstand.scenario.live_request import requests_of
from checkstand.scenario.schedule import open_schedule
from checkstand.scenario.store import list_versions, pointers_of, publications, published_before
from checkstand_admin.console import Console, NotYours, Visitor

PAGE: Final = 30
DRAFT: Final = "draft"  # stands where a version's hash can stand


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a version or the draft. A draft that cannot be read has no document."""

    key: str
    document: Mapping[str, Any] | None
    source: str
    ok: bool = True  # a draft may be wrong


@dataclass(frozen=True, slots=True)
class ScenarioState:
    """A scenario with its versions, pointers, history, requests and draft."""

    scenario_id: str
    versions: list[Row[Any]]
    more_versions: str  # where the next page of versions begins; empty when this is the last
    history: list[Row[Any]]
    more_history: str
    test: Row[Any] | None  # pointers
    live: Row[Any] | None
    requests: list[Row[Any]]
    draft: Draft | None
    draft_hash: str | None  # the version the draft would become; None when it does not validate
    rollbacks: frozenset[tuple[str, str]]  # (mode, version)
    checks: tuple[Check, ...]  # of the version in test, when it is not live
    names: Mapping[str, str]  # operator → name
    schedule: Row[Any] | None  # what waits to go live

    @property
    def open_request(self) -> Row[Any] | None:
        return next((row for row in self.requests if row.state == "requested"), None)

    @property
    def can_request(self) -> bool:
        """Test has a version that live does not have, and nobody has asked yet."""
        in_live = self.live.content_hash if self.live is not None else None
        return self.test is not None and self.test.content_hash != in_live and self.open_request is None


def read_scenario(
    console: Console, who: Visitor, scenario_id: str, *, versions_before: str = "", history_before: str = ""
) -> ScenarioState:
    """Everything about a scenario of the visitor's unit; `NotYours` when the unit has none with this id."""
    platform, older_than = console.platform, _instant(versions_before)
    with platform.db.read() as connection:
        versions = list_versions(connection, who.unit, scenario_id, before=older_than, limit=PAGE + 1)
        history = publications(connection, who.unit, scenario_id, before=history_before, limit=PAGE + 1)
        pointers = pointers_of(connection, who.unit, [scenario_id])
        requests = requests_of(connection, who.unit, scenario_id)
        published = published_before(connection, who.unit, scenario_id)
        schedule = open_schedule(connection, who.unit, scenario_id, "live")
    draft = find_draft(platform, who.unit, scenario_id)
    if not versions and not pointers and draft is None:
        raise NotYours()
    loaded = check_draft(platform, scenario_id, draft.source) if draft is not None else None
    test, live = pointers.get((scenario_id, "test")), pointers.get((scenario_id, "live"))
    now_live = {(mode, row.content_hash) for (_, mode), row in pointers.items()}
    people = [
        *(row.created_by for row in versions),
        *(row.published_by for row in history),
        *(row.published_by for row in pointers.values()),
        *(each for row in requests for each in (row.requested_by, row.decided_by) if each),
    ]
    wanted = test is not None and (live is None or live.content_hash != test.content_hash)
    checks = _checks_of(console, who, scenario_id, test.content_hash) if wanted and test is not None else ()
    return ScenarioState(
        scenario_id=scenario_id,
        versions=versions[:PAGE],
        more_versions=versions[PAGE - 1].created_at.isoformat() if len(versions) > PAGE else "",
        history=history[:PAGE],
        more_history=history[PAGE - 1].publication_id if len(history) > PAGE else "",
        test=test,
        live=live,
        requests=requests,
        draft=draft,
        draft_hash=loaded.version if loaded is not None and loaded.ok else None,
        rollbacks=frozenset(published - now_live),
        checks=checks,
        names=names_of(platform, people),
        schedule=schedule,
    )


def side_of(platform: Platform, who: Visitor, scenario_id: str, key: str) -> Side:
    """A version, or the draft, to compare."""
    if key == DRAFT:
        draft = find_draft(platform, who.unit, scenario_id)
        if draft is None:
            raise NotYours()
        loaded = check_draft(platform, scenario_id, draft.source)
        return Side(DRAFT, loaded.document, draft.source, loaded.ok)
    row = version_of(platform, who.unit, scenario_id, key)
    return Side(key, row.document, row.source_yaml)


def names_of(platform: Platform, ids: Iterable[str]) -> dict[str, str]:
    """The names of operators; whoever is no operator (the command line, say) keeps the name it gave itself."""
    names: dict[str, str] = {}
    with platform.db.read() as connection:
        for each in dict.fromkeys(ids):
            row = operators.get_operator(connection, each)
            names[each] = row.name if row is not None else each
    return names


def _checks_of(console: Console, who: Visitor, scenario_id: str, content_hash: str) -> tuple[Check, ...]:
    version = version_of(console.platform, who.unit, scenario_id, content_hash)
    return live_checks(console.platform, console.preview, who.unit, version)


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotYours() from None
    if at.tzinfo is None:
        raise NotYours()
    return at
