"""What was said about an attempt, by whom: the one form in which every message is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checkstand.channel.port import Action, Outcome
from checkstand.kernel import Money


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was said, by whom. `source` is pay, query, close, notification or sweeper."""

    outcome: Outcome
    source: str
    amount: Money | None = None
    payee: str | None = None
    channel_no: str | None = None
    occurred_at: datetime | None = None
    reason: str | None = None
    code: str | None = None
    action: Action | None = None
