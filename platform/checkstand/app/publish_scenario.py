"""Publish a draft to test at once, and roll a mode back to a version that counted there before.

Every pointer moves through `pointer_ops`: guarded by what the person saw, with its line of history and audit, and
with the open request for live made void when test no longer has the version that it asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.edit_draft import DraftChanged, find_draft, read_draft
from checkstand.app.experiments.publishing import experiment_ops
from checkstand.app.plan_words import change_summary
from checkstand.app.platform import Platform
from checkstand.app.prove_scenarios import prove_draft, refuse_unproven
from checkstand.infra.ops import Op, Update
from checkstand.kernel import CheckstandError, Kind, present
from checkstand.scenario.draft import scenario_draft
from checkstand.scenario.live_request import NEWER_IN_TEST, void_ops
from checkstand.scenario.store import (
    VersionUnknown,
    publish_ops,
    published_pointer,
    read_version,
    version_op,
    was_published,
)

MAX_NOTE: Final = 500


class PublishedMeanwhile(CheckstandError):
    code = "scenario.published_meanwhile"
    kind = Kind.CONFLICT
    message = "Another version was published since you opened this page. Nothing was changed."
    remedy = "Look at what is published now, then decide again."


class NeverPublished(CheckstandError):
    code = "scenario.never_published"
    kind = Kind.CONFLICT
    message = "This version was never published in this mode, so there is nothing to go back to."
    remedy = "Publish it to test, or request it for live."


class RollbackReasonMissing(CheckstandError):
    code = "scenario.rollback_reason_missing"
    message = "Say why you go back."
    remedy = "A sentence that helps whoever reads the history is enough."


class NoteTooLong(CheckstandError):
    code = "scenario.note_too_long"
    message = f"The note is too long; it has room for {MAX_NOTE} characters."
    remedy = "Say in one or two sentences what changed and why."


def publish_draft(platform: Platform, who: Actor, tenant_id: str, scenario_id: str, revision: int, note: str) -> str:
    """Make the draft a version and point test at it; tells the content hash. Publishing twice changes nothing more.

    Raises `DraftChanged` when the draft is not at this revision, `ScenarioInvalid` with every problem, which is
    `ProofRefused` when only the proof found some.
    """
    note = checked_note(note)
    draft = read_draft(platform, tenant_id, scenario_id)
    if draft.revision != revision:
        raise DraftChanged(draft)
    loaded = prove_draft(platform, scenario_id, draft.source)
    refuse_unproven(loaded.problems)
    document = present(loaded.document, "a text without mistakes is a document", scenario=scenario_id)
    now, content_hash = platform.clock.now(), loaded.version
    with platform.db.read() as connection:
        previous = published_pointer(connection, tenant_id, scenario_id, "test")
    if previous == content_hash:
        return content_hash
    key = {"tenant_id": tenant_id, "scenario_id": scenario_id}
    unchanged = {"revision": revision, "discarded_at": None}
    ops: list[Op] = [
        Update(scenario_draft, key, {"base_hash": content_hash}, guard=unchanged),
        version_op(tenant_id, scenario_id, content_hash, document, draft.source, at=now, by=who.operator_id, note=note),
        *pointer_ops(
            platform,
            who,
            "scenario.publish",
            tenant_id,
            scenario_id,
            "test",
            content_hash,
            previous,
            now,
            note,
            document=loaded.document,
        ),
    ]
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except (EdgeRefused, RowExists):
        current = find_draft(platform, tenant_id, scenario_id)
        if current is None or current.revision != revision:
            raise DraftChanged(current) from None
        raise PublishedMeanwhile() from None
    return content_hash


def roll_back(
    platform: Platform, who: Actor, tenant_id: str, scenario_id: str, mode: str, content_hash: str, seen: str,
    reason: str,
) -> None:  # fmt: skip
    """Point a mode back at a version that counted there before, with a reason that stays in the history.

    `seen` is what the page said is published.
    """
    reason = checked_note(reason)
    version_of(platform, tenant_id, scenario_id, content_hash)
    with platform.db.read() as connection:
        previous = published_pointer(connection, tenant_id, scenario_id, mode)
        known = was_published(connection, tenant_id, scenario_id, mode, content_hash)
    if not known:
        raise NeverPublished()
    if previous != seen or previous == content_hash:
        raise PublishedMeanwhile()
    if not reason:
        raise RollbackReasonMissing(pointer="reason")
    now = platform.clock.now()
    ops = pointer_ops(
        platform, who, "scenario.roll_back", tenant_id, scenario_id, mode, content_hash, previous, now, reason
    )
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except (EdgeRefused, RowExists):
        raise PublishedMeanwhile() from None


def version_of(platform: Platform, tenant_id: str, scenario_id: str, content_hash: str) -> Row[Any]:
    """The version, when it is one of this scenario of this business unit."""
    with platform.db.read() as connection:
        row = read_version(connection, tenant_id, content_hash)
    if row is None or row.scenario_id != scenario_id:
        raise VersionUnknown()
    return row


def pointer_ops(
    platform: Platform, who: Actor, action: str, tenant_id: str, scenario_id: str, mode: str, content_hash: str,
    previous: str | None, at: datetime, reason: str, facts: Mapping[str, Any] | None = None,
    *, document: Mapping[str, Any] | None = None,
) -> list[Op]:  # fmt: skip
    """Everything that belongs to moving a pointer, for one commit. A version of the same commit brings its document."""
    if document is None:
        document = version_of(platform, tenant_id, scenario_id, content_hash).document
    ops = publish_ops(
        tenant_id, scenario_id, mode, content_hash,
        previous=previous, at=at, by=who.operator_id, reason=reason, guarded=True,
    )  # fmt: skip
    ops += experiment_ops(platform, tenant_id, mode, {scenario_id: document}, moved=[scenario_id], at=at)
    if mode == "test":
        with platform.db.read() as connection:
            ops += void_ops(
                connection, tenant_id, scenario_id, by=who.operator_id, at=at, reason=NEWER_IN_TEST,
                besides=content_hash,
            )  # fmt: skip
    told_as = {"changes": change_summary(platform, tenant_id, previous, document)}
    before, after = {"version": previous}, {"version": content_hash, "reason": reason, **told_as, **(facts or {})}
    told = who.audit(tenant_id, action, "scenario", scenario_id, at, mode=mode, before=before, after=after)
    return [*ops, told]


def checked_note(note: str) -> str:
    """The note without the space around it; refused when it is too long to keep."""
    if len(note.strip()) > MAX_NOTE:
        raise NoteTooLong(pointer="note")
    return note.strip()
