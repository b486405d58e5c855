"""The third side: what the bank received against what the channel says it settled (money.md §5.3, step 8).

A channel pays a whole day in one sum, so this side is compared per clearing date. An entry belongs to
the day whose reference stands in its text, or else to the day whose expected sum it equals; what
belongs to no day is shown as such and never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from checkstand.reconciliation.classes import ItemClass
from checkstand.reconciliation.model import BankEntry


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the channel owes for one clearing date and when it should arrive."""

    cleared_on: date
    net_minor: int
    currency: str
    due_on: date
    reference: str = ""  # the channel's settlement id, where its file has one


@dataclass(frozen=True, slots=True)
class BankFinding:
    """One settlement with its entry, or one of them alone."""

    item_class: ItemClass
    settlement: Settlement | None
    entry: BankEntry | None

    @property
    def difference_minor(self) -> int:
        """What the bank has beyond what was due."""
        if self.item_class == ItemClass.BANK_LATE:
            return 0
        return (self.entry.amount_minor if self.entry else 0) - (self.settlement.net_minor if self.settlement else 0)


def compare_bank(settlements: Sequence[Settlement], entries: Sequence[BankEntry], *, today: date) -> list[BankFinding]:
    """Each settlement and each entry once. A settlement that is due and absent is late, not short."""
    left = list(entries)
    findings: list[BankFinding] = []
    alone: list[Settlement] = []
    for settlement in settlements:
        entry = next((each for each in left if _named(settlement, each)), None)
        if entry is None:
            alone.append(settlement)
        else:
            left.remove(entry)
            findings.append(BankFinding(_class(settlement, entry), settlement, entry))
    for settlement in alone:
        entry = next((each for each in left if _equals(settlement, each)), None)
        if entry is not None:
            left.remove(entry)
            findings.append(BankFinding(ItemClass.MATCHED, settlement, entry))
        elif settlement.net_minor and settlement.due_on <= today:
            findings.append(BankFinding(ItemClass.BANK_LATE, settlement, None))
    return findings + [BankFinding(ItemClass.BANK_ONLY, None, each) for each in left]


def _named(settlement: Settlement, entry: BankEntry) -> bool:
    return bool(settlement.reference) and settlement.currency == entry.currency and settlement.reference in entry.text


def _equals(settlement: Settlement, entry: BankEntry) -> bool:
    """Equal in sum, and not there before its day was over."""
    same = settlement.net_minor == entry.amount_minor and settlement.currency == entry.currency
    return bool(settlement.net_minor) and same and entry.value_on > settlement.cleared_on


def _class(settlement: Settlement, entry: BankEntry) -> ItemClass:
    if entry.amount_minor == settlement.net_minor:
        return ItemClass.MATCHED
    return ItemClass.BANK_SHORT if entry.amount_minor < settlement.net_minor else ItemClass.BANK_OVER
