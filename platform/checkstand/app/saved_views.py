"""Keep a filter under a name, and forget it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.infra.ops import Update
from checkstand.kernel import CheckstandError, Kind
from checkstand.member.saved_views import saved_view, view_op, views_of

MAX_VIEWS: Final = 30


class ViewNameMissing(CheckstandError):
    code = "view.name_missing"
    message = "This view has no name."
    remedy = "Give it a name of 1 to 60 characters."


class TooManyViews(CheckstandError):
    code = "view.too_many"
    kind = Kind.CONFLICT
    message = "You have as many saved views as one list can show."
    remedy = f"Delete one first; a list holds {MAX_VIEWS} views."


class ViewNotFound(CheckstandError):
    code = "view.not_found"
    kind = Kind.NOT_FOUND
    message = "You have no such view."
    remedy = "Open the list again; the view may have been deleted in another tab."


def save_view(
    platform: Platform, who: Actor, tenant_id: str, mode: str, area: str, name: str, filters: Mapping[str, str]
) -> None:
    """Keep these filters. A view of the same name is replaced, so a double submit keeps one."""
    name, now = " ".join(name.split()), platform.clock.now()
    if not 1 <= len(name) <= 60:
        raise ViewNameMissing(pointer="name")
    with platform.db.read() as connection:
        mine = views_of(connection, tenant_id, who.operator_id, area)
    if len(mine) >= MAX_VIEWS and name not in {row.name for row in mine}:
        raise TooManyViews()
    op = view_op(tenant_id, who.operator_id, area, name, filters, now)
    gone = [_forget(tenant_id, row.view_id, platform) for row in mine if row.name == name]
    told = who.audit(
        tenant_id, "view.save", "view", op.values["view_id"], now, mode=mode, after={"name": name, **filters}
    )
    platform.poster.commit(WriteSet(ops=[*gone, op, told]))


def delete_view(platform: Platform, who: Actor, tenant_id: str, mode: str, area: str, view_id: str) -> None:
    """Forget a view. Somebody else's answers like one that is not there."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        mine = {row.view_id: row for row in views_of(connection, tenant_id, who.operator_id, area)}
    if view_id not in mine:
        raise ViewNotFound(view=view_id)
    told = who.audit(tenant_id, "view.delete", "view", view_id, now, mode=mode, before={"name": mine[view_id].name})
    try:
        platform.poster.commit(WriteSet(ops=[_forget(tenant_id, view_id, platform), told]))
    except EdgeRefused:
        pass  # deleted in another tab at this moment


def _forget(tenant_id: str, view_id: str, platform: Platform) -> Update:
    key = {"tenant_id": tenant_id, "view_id": view_id}
    return Update(saved_view, key, {"deleted_at": platform.clock.now()}, guard={"deleted_at": None})
