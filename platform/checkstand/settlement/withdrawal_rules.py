"""What a business unit charges for a withdrawal, and from which amount on two people look at it first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from checkstand.accounting.fees import fee_minor


@dataclass(frozen=True, slots=True)
class WithdrawalRules:
    """Both parts of the fee are added; amounts above the limit wait for approval."""

    flat_minor: int = 0
    rate_ppm: int = 0
    approval_above_minor: int = 5_000_000

    @classmethod
    def of(cls, stored: Mapping[str, int]) -> Self:
        """The stored values over the defaults."""
        return cls(**stored)

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    def fee_of(self, amount_minor: int) -> int:
        """Taken on top of the amount, so that the bank pays what was asked for."""
        return self.flat_minor + fee_minor(amount_minor, self.rate_ppm)

    def needs_approval(self, amount_minor: int) -> bool:
        return amount_minor > self.approval_above_minor
