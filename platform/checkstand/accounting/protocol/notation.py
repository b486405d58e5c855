"""The notation of an entry: `2102[payee, cycle] amount - fee` is an account by its parties and an amount.

An account is its code, then its owner and sub-key in brackets: names of what the caller knows, or a
fixed word in quotes. `1001|1002` stands for the first in custody and for the second when the money is
held for us; any other choice of codes is the caller's. An amount is a sum of named amounts, so a
template balances for all of them or for none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Amount = Mapping[str, int]  # name → how often it is added

_ENTRY: Final = re.compile(r"(\d{4}(?:\|\d{4})*)(?:\[([^\]]*)\])?\s+(.+)")
_TERM: Final = re.compile(r"([+-]?)\s*([a-z][a-z_]*)\s*")
_PARTY: Final = re.compile(r"[a-z][a-z_]*|'[a-z0-9_-]*'")


class NotationWrong(ValueError):
    """The text is no entry; says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a template; `sign` is 1 for a debit and -1 for a credit."""

    codes: tuple[str, ...]
    owner: str
    sub: str
    amount: Amount
    sign: int

    @property
    def account(self) -> str:
        """The account as it is written in a pack."""
        parties = ", ".join(filter(None, (self.owner, self.sub)))
        return "|".join(self.codes) + (f"[{parties}]" if parties else "")


def read_entry(text: str, sign: int) -> Line:
    """`2102[payee] amount - fee` as a line."""
    found = _ENTRY.fullmatch(text.strip())
    if found is None:
        raise NotationWrong(f"{text!r} is no entry")
    codes, parties, amount = found.groups()
    names = [name.strip() for name in parties.split(",")] if parties else []
    if len(names) > 2 or not all(_PARTY.fullmatch(name) for name in names):
        raise NotationWrong(f"[{parties}] is not an owner and, where it has one, a sub-key")
    owner, sub = (*names, "", "")[:2]
    return Line(tuple(codes.split("|")), owner, sub, read_amount(amount), sign)


def read_amount(text: str) -> dict[str, int]:
    """`amount - fee` as {"amount": 1, "fee": -1}."""
    sums: dict[str, int] = {}
    place, text = 0, text.strip()
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None or (place and not found[1]):
            raise NotationWrong(f"{text!r} is no sum of named amounts")
        sums[found[2]] = sums.get(found[2], 0) + (-1 if found[1] == "-" else 1)
        place = found.end()
    if not sums:
        raise NotationWrong("an entry needs an amount")
    return {name: times for name, times in sums.items() if times}


def resolved(amount: Amount, where: Mapping[str, Amount]) -> dict[str, int]:
    """The amount with every name that a pack defines replaced by its definition."""
    sums: dict[str, int] = {}
    for name, times in amount.items():
        for part, each in where.get(name, {name: 1}).items():
            sums[part] = sums.get(part, 0) + times * each
    return {name: times for name, times in sums.items() if times}


def written(amount: Amount) -> str:
    """An amount as people write it."""
    parts = [f"{'-' if times < 0 else '+'} {'' if abs(times) == 1 else f'{abs(times)} '}{name}"
             for name, times in amount.items()]  # fmt: skip
    return " ".join(parts).removeprefix("+ ") or "0"
