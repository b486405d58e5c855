"""What callers hand to the poster: accounts by name, balanced journals, and the writes that go with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from checkstand.accounting.chart import CHART, AccountType
from checkstand.accounting.errors import UnbalancedJournal, UnknownAccount
from checkstand.infra.ops import Op
from checkstand.kernel.money import EXPONENTS


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account by name; it is opened by the first journal that books on it."""

    code: str
    owner: str
    currency: str
    sub: str = ""

    def __post_init__(self) -> None:
        if self.code not in CHART:
            raise UnknownAccount(f"the chart of accounts has no code {self.code!r}", account_code=self.code)
        if self.currency not in EXPONENTS:
            raise UnknownAccount(f"account {self.code}: unknown currency {self.currency!r}", account_code=self.code)
        if ":" in self.owner:
            raise UnknownAccount(
                f"account {self.code}: an owner has no colon, {self.owner!r} has", account_code=self.code
            )

    @property
    def account_id(self) -> str:
        """The name as one readable text, `2102:CNY:mer_1`; equal names are equal accounts."""
        head = f"{self.code}:{self.currency}:{self.owner}"
        return f"{head}:{self.sub}" if self.sub else head

    @property
    def type(self) -> AccountType:
        return CHART[self.code]


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a journal; a debit is positive, a credit negative."""

    account: AccountRef
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Journal:
    """A balanced set of entries. (tenant, kind, source) is unique: the same event is never booked twice."""

    tenant_id: str
    kind: str
    source_type: str
    source_id: str
    entries: Sequence[Entry]
    event_at: datetime
    memo: str = ""
    reverses: str | None = None

    def __post_init__(self) -> None:
        sums: Counter[str] = Counter()
        for entry in self.entries:
            if type(entry.amount_minor) is not int or entry.amount_minor == 0:
                raise self._unbalanced(f"{entry.amount_minor!r} is no amount to book")
            sums[entry.account.currency] += entry.amount_minor
        if not sums or any(sums.values()):
            raise self._unbalanced(f"the entries sum to {dict(sums)}")

    def _unbalanced(self, why: str) -> UnbalancedJournal:
        return UnbalancedJournal(
            f"journal {self.kind} of {self.source_id}: {why}", kind=self.kind, source=self.source_id
        )


@dataclass(frozen=True, slots=True)
class WriteSet:
    """All that one decision writes: everything of it is stored, or nothing."""

    ops: Sequence[Op] = field(default=())
    journals: Sequence[Journal] = field(default=())

    def merge(self, other: WriteSet) -> WriteSet:
        """Both together, as one."""
        return WriteSet((*self.ops, *other.ops), (*self.journals, *other.journals))

    __add__ = merge
