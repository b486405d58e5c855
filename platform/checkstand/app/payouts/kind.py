"""What a payout of one kind books and tells; `kinds.py` lists them.

A step gets the payout's row as it was read (or as it will be inserted) and returns the journals, and the writes
beside them, that go into the same commit as the payout's edge. It reads no database: what it needs is in the row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkstand.accounting import WriteSet

Step = Callable[[Any, datetime], WriteSet]


@dataclass(frozen=True, slots=True)
class PayoutKind:
    """The steps of one kind; times are when it happened at the bank, where the bank says so."""

    frozen: Step  # created: the money is set aside
    sending: Step  # committed before the bank is called
    succeeded: Step
    failed: Step
    returned: Callable[[Any, datetime, str], WriteSet]  # the third is the bank's reference of the entry
    rejected: Step | None = None  # None: payouts of this kind are approved before they are created
