"""Where a refund's money comes from (F7): pending settlement, available balance, deposit, then debt up to a limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Funds:
    """What a merchant has, and how much more it may owe; `credit_minor` None: as much as it takes."""

    pending_minor: int = 0
    available_minor: int = 0
    deposit_minor: int = 0
    credit_minor: int | None = 0


@dataclass(frozen=True, slots=True)
class Sources:
    """What is taken from each."""

    pending_minor: int = 0
    available_minor: int = 0
    deposit_minor: int = 0
    debt_minor: int = 0

    @property
    def amount_minor(self) -> int:
        return self.pending_minor + self.available_minor + self.deposit_minor + self.debt_minor


def cascade(funds: Funds, amount_minor: int) -> Sources | None:
    """Take the amount in this order; None when all of it together does not suffice."""
    pending = min(funds.pending_minor, amount_minor)
    available = min(funds.available_minor, amount_minor - pending)
    deposit = min(funds.deposit_minor, amount_minor - pending - available)
    debt = amount_minor - pending - available - deposit
    if funds.credit_minor is not None and debt > funds.credit_minor:
        return None
    return Sources(pending, available, deposit, debt)
