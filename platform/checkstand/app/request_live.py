"""To live by request: one person asks for a version that was tried in test, another one decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.live_checks import all_passed, live_checks
from checkstand.app.platform import Platform
from checkstand.app.preview_page import Preview
from checkstand.app.publish_scenario import PublishedMeanwhile, checked_note, pointer_ops, version_of
from checkstand.app.publish_scheduled import schedule_ops
from checkstand.app.request_mails import decision_mails, request_link
from checkstand.app.write_mail import mail_ops
from checkstand.infra.ops import Insert, Op, Update
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.scenario.live_request import NEWER_REQUEST, decide_op, get_request, live_request, open_request
from checkstand.scenario.store import published_pointer
from checkstand.scenario.tables import scenario_pointer


class RequestUnknown(CheckstandError):
    code = "live_request.unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such request."
    remedy = "Open the scenario; it lists its requests."


class RequestClosed(CheckstandError):
    code = "live_request.closed"
    kind = Kind.CONFLICT
    message = "This request is not open any more: it was decided, withdrawn or replaced. Nothing was changed."
    remedy = "Open the scenario and look at its latest request."


class HashChanged(CheckstandError):
    code = "live_request.hash_changed"
    kind = Kind.CONFLICT
    message = (
        "Test has another version now. A request is about exactly the version that was tried. Nothing was changed."
    )
    remedy = "Look at the version that test has now, and request that one."


class AlreadyLive(CheckstandError):
    code = "live_request.already_live"
    kind = Kind.CONFLICT
    message = "Live has this version already."
    remedy = "Publish a change to test first."


class ChecksFailed(CheckstandError):
    code = "live_request.checks_failed"
    kind = Kind.MISMATCH
    message = "Not every check is passed. Nothing was changed."
    remedy = "Each check says what is missing and what to do about it."


class OwnRequest(CheckstandError):
    code = "live_request.own"
    kind = Kind.FORBIDDEN
    message = "You asked for this or wrote this version yourself, so somebody else has to approve it."
    remedy = "Ask another owner or reviewer of the business unit."


class ReasonMissing(CheckstandError):
    code = "live_request.reason_missing"
    message = "Say why you reject it."
    remedy = "A sentence that helps the author is enough."


def request_live(
    platform: Platform, preview: Preview, who: Actor, tenant_id: str, scenario_id: str, content_hash: str, note: str
) -> str:  # fmt: skip
    """Ask for live; tells the request. Asking twice is one request, asking anew makes the older one void."""
    note, now = checked_note(note), platform.clock.now()
    version = version_of(platform, tenant_id, scenario_id, content_hash)
    with platform.db.read() as connection:
        in_test = published_pointer(connection, tenant_id, scenario_id, "test")
        in_live = published_pointer(connection, tenant_id, scenario_id, "live")
        older = open_request(connection, tenant_id, scenario_id)
    if in_test != content_hash:
        raise HashChanged()
    if in_live == content_hash:
        raise AlreadyLive()
    if older is not None and (older.content_hash, older.requested_by) == (content_hash, who.operator_id):
        return str(older.request_id)
    if not all_passed(live_checks(platform, preview, tenant_id, version)):
        raise ChecksFailed()
    request_id = new_id("lrq")
    row = {
        "tenant_id": tenant_id,
        "request_id": request_id,
        "scenario_id": scenario_id,
        "content_hash": content_hash,
        "state": "requested",
        "note": note,
        "requested_by": who.operator_id,
        "requested_at": now,
        "decided_by": None,
        "decided_at": None,
        "reason": "",
    }
    after = {"request": request_id, "version": content_hash, "note": note}
    ops: list[Op] = [
        _still_in_test(tenant_id, scenario_id, content_hash),
        Insert(live_request, row),
        who.audit(tenant_id, "live_request.create", "scenario", scenario_id, now, mode="live", after=after),
    ]
    link = request_link(platform, tenant_id, scenario_id, request_id)
    facts = {"scenario": scenario_id, "who": who.email, "note": note}
    ops += mail_ops(platform, tenant_id, "live_requested", link, facts, now)
    if older is not None:
        ops.append(decide_op(older, "void", by=who.operator_id, at=now, reason=NEWER_REQUEST))
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except (EdgeRefused, RowExists):
        raise PublishedMeanwhile() from None
    return request_id


def approve(
    platform: Platform, preview: Preview, who: Actor, tenant_id: str, scenario_id: str, request_id: str, note: str,
    *, publish_at: datetime | None = None,
) -> None:  # fmt: skip
    """Switch live to the version of the request, now or at a later moment.

    Never by who asked for it or wrote it; every check once more.
    """
    row, note, now = (
        find_request(platform, tenant_id, scenario_id, request_id),
        checked_note(note),
        platform.clock.now(),
    )
    version = version_of(platform, tenant_id, scenario_id, row.content_hash)
    if who.operator_id in {row.requested_by, version.created_by}:
        raise OwnRequest()
    _refuse_closed(row)
    with platform.db.read() as connection:
        in_test = published_pointer(connection, tenant_id, scenario_id, "test")
        previous = published_pointer(connection, tenant_id, scenario_id, "live")
    if in_test != row.content_hash:
        raise HashChanged()
    if not all_passed(live_checks(platform, preview, tenant_id, version)):
        raise ChecksFailed()
    ops: list[Op] = [
        decide_op(row, "approved", by=who.operator_id, at=now, reason=note),
        _still_in_test(tenant_id, scenario_id, row.content_hash),
    ]
    if publish_at is not None:
        ops += decision_mails(platform, row, "live_scheduled", who.email, note, at=publish_at)
        ops += schedule_ops(platform, who, row, previous, publish_at, note or row.note)
    else:
        facts = {"request": request_id, "requested_by": row.requested_by}
        ops += decision_mails(platform, row, "live_approved", who.email, note)
        ops += pointer_ops(
            platform, who, "live_request.approve", tenant_id, scenario_id, "live", row.content_hash, previous, now,
            note or row.note, facts,
        )  # fmt: skip
    _commit(platform, ops)


def reject(platform: Platform, who: Actor, tenant_id: str, scenario_id: str, request_id: str, reason: str) -> None:
    """Say no, and why."""
    reason = checked_note(reason)
    if not reason:
        raise ReasonMissing(pointer="reason")
    _close(platform, who, tenant_id, scenario_id, request_id, "rejected", reason)


def withdraw(platform: Platform, who: Actor, tenant_id: str, scenario_id: str, request_id: str) -> None:
    """Take the question back; whoever may ask may do it."""
    _close(platform, who, tenant_id, scenario_id, request_id, "withdrawn", "")


def find_request(platform: Platform, tenant_id: str, scenario_id: str, request_id: str) -> Row[Any]:
    with platform.db.read() as connection:
        row = get_request(connection, tenant_id, request_id)
    if row is None or row.scenario_id != scenario_id:
        raise RequestUnknown()
    return row


def _close(
    platform: Platform, who: Actor, tenant_id: str, scenario_id: str, request_id: str, state: str, reason: str
) -> None:
    row, now = find_request(platform, tenant_id, scenario_id, request_id), platform.clock.now()
    _refuse_closed(row)
    before = {"request": request_id, "state": row.state}
    after = {"request": request_id, "state": state, "reason": reason, "version": row.content_hash}
    told = who.audit(
        tenant_id, f"live_request.{state}", "scenario", scenario_id, now, mode="live", before=before, after=after
    )
    mails = decision_mails(platform, row, "live_rejected", who.email, reason) if state == "rejected" else []
    _commit(platform, [decide_op(row, state, by=who.operator_id, at=now, reason=reason), told, *mails])


def _refuse_closed(row: Row[Any]) -> None:
    if row.state != "requested":
        raise RequestClosed()


def _still_in_test(tenant_id: str, scenario_id: str, content_hash: str) -> Op:
    """Refuses the commit when test got another version in this very moment."""
    key = {"tenant_id": tenant_id, "scenario_id": scenario_id, "mode": "test"}
    same = {"content_hash": content_hash}
    return Update(scenario_pointer, key, same, guard=same)


def _commit(platform: Platform, ops: list[Op]) -> None:
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except (EdgeRefused, RowExists):
        raise RequestClosed() from None
