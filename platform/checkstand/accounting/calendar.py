"""The accounting day: it ends at midnight in Shanghai (日切), which has had no summer time since 1991."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

ACCOUNTING_ZONE: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


def accounting_date(at: datetime) -> date:
    """The accounting day an instant belongs to."""
    return at.astimezone(ACCOUNTING_ZONE).date()
