"""Members: the people whose balances a business unit keeps here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from checkstand.accounting import RowExists, WriteSet
from checkstand.app.platform import Platform
from checkstand.kernel import present
from checkstand.member import find_member, member_op


def create_member(platform: Platform, tenant_id: str, mode: str, external_id: str, name: str) -> tuple[Row[Any], bool]:
    """The member of this shopper id, made when absent; True when it was made now."""
    created = False
    with platform.db.read() as connection:
        row = find_member(connection, tenant_id, mode, external_id)
    if row is None:
        _, op = member_op(tenant_id, mode, external_id, platform.clock.now(), name=name)
        try:
            platform.poster.commit(WriteSet(ops=[op]))
            created = True
        except RowExists:
            pass  # made by another request in this moment; the read below finds it
        with platform.db.read() as connection:
            row = find_member(connection, tenant_id, mode, external_id)
    return present(row, "a member that was just made can be read"), created
