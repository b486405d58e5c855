"""What the simulated bank decides by itself: the rail, the day, and the outcomes that amounts choose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8))
OPENING_MINOR: Final = 10_000_000_000  # what a new account holds: 100 million yuan
IBPS_UP_TO_MINOR: Final = 100_000_000  # one million yuan; larger sums go through the large-value system
IBPS_TAKES: Final = timedelta(seconds=20)
HVPS_TAKES: Final = timedelta(minutes=1)
# The large-value system's working day D runs from 20:30 of the day before to 17:30.
HVPS_OPENS_BEFORE: Final = timedelta(hours=3, minutes=30)
HVPS_LASTS: Final = timedelta(hours=21)
RETURN_AFTER_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What an amount's last two digits do to a transfer in test mode."""

    says: str
    rejected: str = ""
    loses_answer: bool = False
    comes_back: bool = False
    waits: bool = False


# fmt: off
BY_LAST_DIGITS: Final = {
    51: Rule("is rejected: the account is closed (AC04)", rejected="AC04"),
    52: Rule("is rejected: the name is not the account's (BE01)", rejected="BE01"),
    55: Rule("is accepted, but the answer to the upload is lost", loses_answer=True),
    56: Rule("is booked, and comes back a day later (AC01)", comes_back=True),
    59: Rule("stays in process until somebody approves or refuses it", waits=True),
}
# fmt: on
PLAIN: Final = Rule("is booked")


def rule_for(amount_minor: int) -> Rule:
    return BY_LAST_DIGITS.get(amount_minor % 100, PLAIN)


def bank_day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def day_starts(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), CHINA)


def rail(amount_minor: int, earliest: datetime) -> tuple[str, datetime]:
    """The system that carries the transfer, and when it is booked. Weekends are the only holidays here."""
    if amount_minor <= IBPS_UP_TO_MINOR:
        return "IBPS", earliest + IBPS_TAKES
    opens = day_starts(bank_day(earliest + HVPS_OPENS_BEFORE)) - HVPS_OPENS_BEFORE
    while (opens + HVPS_OPENS_BEFORE).astimezone(CHINA).weekday() > 4 or opens + HVPS_LASTS <= earliest:
        opens += timedelta(days=1)
    return "HVPS", max(earliest, opens) + HVPS_TAKES
