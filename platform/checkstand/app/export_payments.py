"""Payments leave the platform as a file: who took them, which and how many is on the audit trail first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.app.search_payments import PaymentFilter, count_payments


def begin_export(
    platform: Platform,
    who: Actor,
    tenant_id: str,
    mode: str,
    wanted: PaymentFilter,
    *,
    file_format: str,
    shown: Mapping[str, str],
    until: datetime,
) -> int:
    """Write down that the export happens; tells the number of rows. `shown` is the filter in the words of the page."""
    rows = count_payments(platform, tenant_id, mode, wanted)
    after = {"format": file_format, "rows": rows, "until": until.isoformat(), "filters": dict(shown)}
    told = who.audit(tenant_id, "payments.export", "export", file_format, platform.clock.now(), mode=mode, after=after)
    platform.poster.commit(WriteSet(ops=[told]))
    return rows
