"""The statement side of the port: what a channel says it collected and gave back on one day (账单).

A channel that takes payments and declares `statement` in channel.yaml offers this verb on its `ADAPTER`. The file is
handed on exactly as it came; what stands in it is declared in the channel's `statement.yaml` and read by
reconciliation, so an adapter only knows how to ask, and when to believe that it got the file it asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from checkstand.channel.port import ChannelAccount, ChannelHttp, Exchange


class BillOutcome(StrEnum):
    """What came of asking for the bill of a day."""

    READY = "ready"
    EMPTY = "empty"  # the channel says that nothing moved on this day: a result, not a missing file
    NOT_READY = "not_ready"  # it is still being made
    REFUSED = "refused"  # a definite no: wrong day, no permission; asking again changes nothing
    UNKNOWN = "unknown"  # no answer, or none that can be believed


@dataclass(frozen=True, slots=True)
class BillRequest:
    """Asks for one day of one account. `kind` is one of the channel's own; the first is what reconciliation reads."""

    account: ChannelAccount
    day: date
    now: datetime
    kind: str = ""


@dataclass(frozen=True, slots=True)
class BillAnswer:
    """`raw` is the file, or with EMPTY the channel's own words for it; `name` is what the channel calls the file."""

    outcome: BillOutcome
    raw: bytes = b""
    name: str = ""
    code: str | None = None  # the channel's own code
    reason: str | None = None  # ours
    exchanges: tuple[Exchange, ...] = ()


class StatementAdapter(Protocol):
    """Called outside any transaction; nothing moves here."""

    def download_statement(self, request: BillRequest, http: ChannelHttp) -> BillAnswer:
        """The day's file. Its hash, where the channel gives one, has been checked."""
        ...
