"""Money: whole minor units and a currency, nothing else.

`Money(1999, "CNY")` is ¥19.99. Fractions never appear: shares are cut with `split`, which hands out
every last fen, and rates are integers in parts per million.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from checkstand.kernel.errors import CheckstandError

# Digits after the decimal point, ISO 4217.
EXPONENTS: Final[dict[str, int]] = {
    "AED": 2, "AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "IDR": 2, "INR": 2,
    "JPY": 0, "KRW": 0, "KWD": 3, "MOP": 2, "MYR": 2, "NZD": 2, "PHP": 2, "SAR": 2, "SGD": 2, "THB": 2, "TWD": 2,
    "USD": 2, "VND": 0,
}  # fmt: skip

MAX_MINOR: Final = 10**15  # ten trillion yuan; far inside BIGINT, so sums of a ledger cannot overflow
PPM: Final = 1_000_000


class MoneyError(CheckstandError):
    """An amount that is no amount, or two currencies in one sum."""

    code = "money.invalid"
    message = "This is not an amount of money."
    remedy = "Send whole minor units (fen, cents) as an integer, with an ISO 4217 currency."


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole minor units of `currency`; may be negative in postings, never in an order."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise MoneyError(f"an amount is a whole number of minor units, not {self.minor!r}")
        if self.currency not in EXPONENTS:
            raise MoneyError(f"unknown currency {self.currency!r}")
        if abs(self.minor) > MAX_MINOR:
            raise MoneyError(f"{self.minor} minor units are beyond the largest amount")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Cut into shares by weight; leftovers go one minor unit each to the earliest, so the sum is exact."""
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise MoneyError("weights must be zero or more, and not all zero")
        shares = [self.minor * weight // total for weight in weights]
        takers = [i for i, weight in enumerate(weights) if weight > 0]
        for i in range(self.minor - sum(shares)):
            shares[takers[i % len(takers)]] += 1
        return tuple(Money(share, self.currency) for share in shares)

    def share_ppm(self, rate_ppm: int) -> Money:
        """A rate in parts per million of this amount, rounded half to even."""
        return Money(div_half_even(self.minor * rate_ppm, PPM), self.currency)

    @property
    def exponent(self) -> int:
        """Digits after the decimal point in this currency."""
        return EXPONENTS[self.currency]

    def decimal(self) -> str:
        """The amount as a plain decimal string, `19.99`; for channels that speak yuan."""
        sign, digits = ("-" if self.minor < 0 else ""), str(abs(self.minor)).zfill(self.exponent + 1)
        if not self.exponent:
            return sign + digits
        return f"{sign}{digits[: -self.exponent]}.{digits[-self.exponent :]}"

    @classmethod
    def from_decimal(cls, text: str, currency: str) -> Self:
        """Read `19.99` exactly; more digits than the currency has are refused, not rounded."""
        exponent = EXPONENTS.get(currency)
        whole, _, fraction = text.strip().lstrip("-").partition(".")
        if exponent is None or not (whole + fraction).isascii() or not (whole + fraction).isdigit() or not whole:
            raise MoneyError(f"{text!r} is not an amount in {currency}")
        if len(fraction.rstrip("0")) > exponent:
            raise MoneyError(f"{text!r} has more digits than {currency} has")
        minor = int(whole + fraction[:exponent].ljust(exponent, "0"))
        return cls(-minor if text.strip().startswith("-") else minor, currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} cannot be added or compared")
        return other


def div_half_even(numerator: int, denominator: int) -> int:
    """Integer division rounding half to even (banker's rounding), exact for any size."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient % 2):
        return quotient + 1
    return quotient
