"""What a payment costs the merchant, and what comes back with a refund. Whole minor units only."""

from __future__ import annotations

from checkstand.kernel import PPM, MoneyError, div_half_even


def fee_minor(amount_minor: int, rate_ppm: int, min_minor: int = 0) -> int:
    """The fee on an amount: rounded half to even, at least the minimum, at most the amount itself."""
    if amount_minor < 0 or rate_ppm < 0 or min_minor < 0:
        raise MoneyError("an amount, a rate and a minimum fee are zero or more")
    return min(amount_minor, max(min_minor, div_half_even(amount_minor * rate_ppm, PPM)))


def refund_fee_share(
    fee_minor: int,
    captured_minor: int,
    refund_minor: int,
    *,
    refunded_before_minor: int = 0,
    fee_returned_minor: int = 0,
) -> int:
    """The part of the fee that returns with this refund; the last refund takes what is left of the fee.

    "Before" and "returned" count refunds that are reserved or done, not failed ones. Read them together
    with the payment's version and guard the reservation with it, or two refunds could claim one remainder.
    """
    left, fee_left = captured_minor - refunded_before_minor, fee_minor - fee_returned_minor
    if not 0 < refund_minor <= left:
        raise MoneyError(f"{refund_minor} cannot be refunded, {left} is left")
    if not 0 <= fee_left <= left:
        raise MoneyError(f"a fee of {fee_left} cannot be left on {left}")
    share = div_half_even(fee_minor * refund_minor, captured_minor)
    # Many small refunds all round the same way. What stays must remain payable: never more fee left than
    # amount left, never more fee in this refund than the refund itself.
    lowest, highest = max(0, fee_left - (left - refund_minor)), min(fee_left, refund_minor)
    return min(max(share, lowest), highest)
