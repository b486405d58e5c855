"""How long a business unit's operational rows are kept. The ledger, payments, orders and the audit trail always are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Span:
    """In days: what a unit that has set nothing gets, and the platform's limits."""

    default: int
    least: int
    most: int


# fmt: off
SPANS: Final[Mapping[str, Span]] = {
    "requests": Span(30, 7, 180),     # calls to the API, with the bodies of refused ones
    "messages": Span(90, 7, 365),     # mails
    "webhooks": Span(90, 14, 730),    # bodies of messages and answers; repeats go on for 75 hours
    "channel":  Span(730, 180, 3650),  # raw messages of channels: disputes are opened up to half a year later
}
# fmt: on


def days_kept(chosen: Mapping[str, int]) -> dict[str, int]:
    """Days by kind: what was chosen, within the limits of today, else the default."""
    return {kind: min(max(chosen.get(kind, span.default), span.least), span.most) for kind, span in SPANS.items()}
