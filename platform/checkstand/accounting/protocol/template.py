"""One journal template, compiled: a few look-ups for each entry, nothing is parsed when money moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from checkstand.accounting.calendar import accounting_date
from checkstand.accounting.model import AccountRef, Entry, Journal
from checkstand.accounting.protocol.errors import Place
from checkstand.accounting.protocol.notation import Line
from checkstand.kernel import must

Values = Mapping[str, Any]
# Custody, and money that is held for us at a bank or channel; of any other choice the caller says `<owner>_code`.
DEPOSIT: Final = ("1001", "1002")
# Code, owner, sub-key, and the amount: one name with its sign, or several.
_Compiled = tuple[
    Callable[[Values], str], Callable[[Values], str], Callable[[Values], str], tuple[tuple[str, int], ...]
]


@dataclass(frozen=True, slots=True)
class Template:
    """What one business event books, as a pack says it."""

    template_id: str
    kind: str
    source: str
    about: str
    lines: tuple[Line, ...]
    place: Place
    names: frozenset[str] = field(init=False)
    _compiled: tuple[_Compiled, ...] = field(init=False, repr=False)
    _dated: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parties = {name for line in self.lines for name in (line.owner, line.sub) if name and not _fixed(name)}
        amounts = {name for line in self.lines for name in line.amount}
        choices = {(line.codes, line.owner) for line in self.lines if len(line.codes) > 1}
        funded = {"fund_mode" if codes == DEPOSIT else f"{owner}_code" for codes, owner in choices}
        object.__setattr__(self, "_dated", "day" in parties)
        object.__setattr__(self, "names", frozenset(parties | amounts | funded | {self.source}) - {"day"})
        object.__setattr__(self, "_compiled", tuple(_compiled(line) for line in self.lines))

    def journal(self, tenant_id: str, currency: str, event_at: datetime, **values: Any) -> Journal:
        """The journal for these parties and amounts; an entry of zero is left out.

        `day`, the clearing day of a channel's claim, is the day on which the event happened there,
        unless the caller knows better.
        """
        if self._dated and "day" not in values:
            values["day"] = accounting_date(event_at).isoformat()
        entries = []
        for code, owner, sub, terms in self._compiled:
            minor = 0
            for name, times in terms:
                minor += times * values[name]
            if minor:
                entries.append(Entry(AccountRef(code(values), owner(values), currency, sub(values)), minor))
        return Journal(tenant_id, self.kind, self.source, values[self.source], tuple(entries), event_at)


def _compiled(line: Line) -> _Compiled:
    terms = tuple((name, line.sign * times) for name, times in line.amount.items())
    return _code(line), _party(line.owner), _party(line.sub), terms


def _code(line: Line) -> Callable[[Values], str]:
    codes, name = line.codes, f"{line.owner}_code"
    if len(codes) == 1:
        return _always(codes[0])
    if codes == DEPOSIT:
        return lambda values: DEPOSIT[0] if values["fund_mode"] == "custody" else DEPOSIT[1]

    def chosen(values: Values) -> str:
        code = str(values[name])
        must(code in codes, "the account is one of those the template names", code=code, codes=codes)
        return code

    return chosen


def _party(name: str) -> Callable[[Values], str]:
    if not name or _fixed(name):
        return _always(name.strip("'"))
    found: Callable[[Values], str] = itemgetter(name)
    return found


def _always(text: str) -> Callable[[Values], str]:
    return lambda _values: text


def _fixed(name: str) -> bool:
    return name.startswith("'")
