"""A page of a list as the API tells it: newest first, the cursor is the last id seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, select

from checkstand.app.list_payments import MAX_PAGE, PageInvalid


def page_of(
    connection: Connection,
    table: Table,
    id_name: str,
    where: Sequence[ColumnElement[bool]],
    told: Callable[[Row[Any]], dict[str, Any]],
    *,
    cursor: str | None,
    limit: int,
    prefix: str,
) -> dict[str, Any]:
    """Ids begin with their time, so a page follows the primary key and new rows never shift one."""
    if not 1 <= limit <= MAX_PAGE or (cursor is not None and not cursor.startswith(prefix)):
        raise PageInvalid()
    key = table.c[id_name]
    query = select(table).where(*where)
    if cursor is not None:
        query = query.where(key < cursor)
    rows = connection.execute(query.order_by(key.desc()).limit(limit + 1)).all()
    last = rows[limit - 1]._mapping[id_name] if len(rows) > limit else None
    return {"data": [told(row) for row in rows[:limit]], "next_cursor": last}
