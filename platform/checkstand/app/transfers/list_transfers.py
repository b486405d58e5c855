"""A business unit reads a page of its transfers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_

from checkstand.app.pages import page_of
from checkstand.app.platform import Platform
from checkstand.app.transfers.facts import transfer_facts
from checkstand.transaction.transfer_store import transfer


def list_transfers(
    platform: Platform,
    tenant_id: str,
    mode: str,
    *,
    cursor: str | None = None,
    limit: int = 20,
    transfer_no: str | None = None,
    member_id: str | None = None,
) -> dict[str, Any]:
    """Newest first; to or from one member, or under one number."""
    where = [transfer.c.tenant_id == tenant_id, transfer.c.mode == mode]
    if transfer_no:
        where.append(transfer.c.transfer_no == transfer_no)
    if member_id:
        where.append(or_(transfer.c.source_id == member_id, transfer.c.target_id == member_id))
    with platform.db.read() as connection:
        return page_of(
            connection, transfer, "transfer_id", where, transfer_facts, cursor=cursor, limit=limit, prefix="trf_"
        )
