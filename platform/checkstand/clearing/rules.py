"""Shares of one amount among platform, partners and merchant (清分). Whole minor units only.

The order is the rule's: the fee first, then the partners as they are listed, then the merchant's
reserve; the merchant takes what remains, so the sum is always exact. An amount that is released in
pieces is cleared cumulatively: each piece brings the parts to where the whole released sum has them,
so ten pieces cost the same fee as one.
"""

from __future__ import annotations

from collections.abc import Sequence

from checkstand.accounting.fees import refund_fee_share
from checkstand.clearing.errors import RuleDoesNotSum
from checkstand.clearing.model import NOTHING, ClearingRule, FeeRule, Parts
from checkstand.kernel import PPM, MoneyError, div_half_even


def clear(rule: ClearingRule, amount_minor: int, *, total_minor: int | None = None, before: Parts = NOTHING) -> Parts:
    """The parts of an amount that becomes the merchant's.

    `total_minor` is the whole transaction, `before` what was released of it already. Raises
    `RuleDoesNotSum` when fee and shares are more than there is.
    """
    released = before.amount_minor + amount_minor
    whole = released if total_minor is None else total_minor
    if not 0 < amount_minor <= whole - before.amount_minor:
        raise MoneyError(f"{amount_minor} cannot be released, {whole - before.amount_minor} is left")
    over = excess(rule, released, whole)
    if over > 0:
        raise RuleDoesNotSum(f"fee and shares are {over} minor units more than {released}", over_minor=over)
    left = amount_minor
    fee = _step(fee_of(rule.fee, released), before.fee_minor, left)
    left -= fee
    base = _base(rule, released)
    splits = []
    for place, split in enumerate(rule.splits):
        target = _rounded(base * split.rate_ppm, rule.fee.rounding) + split.amount_minor * released // whole
        given = before.splits[place] if place < len(before.splits) else 0
        splits.append(_step(target, given, left))
        left -= splits[-1]
    earned = before.reserve_minor + before.rest_minor + left
    reserve = _step(_rounded(earned * rule.reserve_ppm, rule.fee.rounding), before.reserve_minor, left)
    return Parts(fee, tuple(splits), reserve, left - reserve)


def fee_of(fee: FeeRule, amount_minor: int) -> int:
    """The fee on an amount: between its minimum and its maximum, and never more than the amount."""
    wanted = max(fee.min_minor, _rounded(amount_minor * fee.rate_ppm, fee.rounding))
    if fee.max_minor is not None:
        wanted = min(wanted, fee.max_minor)
    return min(wanted, amount_minor)


def excess(rule: ClearingRule, amount_minor: int, total_minor: int | None = None) -> int:
    """By how much fee and shares are more than the amount; what is only rounding does not count."""
    whole = amount_minor if total_minor is None else total_minor
    base = _base(rule, amount_minor)
    shares = sum(base * split.rate_ppm // PPM + split.amount_minor * amount_minor // whole for split in rule.splits)
    return fee_of(rule.fee, amount_minor) + shares - amount_minor if rule.splits else 0


def give_back(taken: Parts, returned: Parts, amount_minor: int) -> Parts:
    """The parts of a refund: the fee's share as ever, the rest in proportion to what each still has of it.

    Each slice leaves nobody below zero, and the last one returns exactly what is left. The merchant's
    reserve counts as the merchant's: where its money is taken from, the cascade decides.
    """
    fee = refund_fee_share(
        taken.fee_minor,
        taken.amount_minor,
        amount_minor,
        refunded_before_minor=returned.amount_minor,
        fee_returned_minor=returned.fee_minor,
    )
    before = (*returned.splits, *(0,) * (len(taken.splits) - len(returned.splits)))
    left = [had - gone for had, gone in zip(taken.splits, before, strict=True)]
    left.append(taken.rest_minor + taken.reserve_minor - returned.rest_minor - returned.reserve_minor)
    *splits, rest = _in_proportion(left, amount_minor - fee)
    return Parts(fee, tuple(splits), 0, rest)


def _base(rule: ClearingRule, amount_minor: int) -> int:
    """What shares are rates of."""
    return amount_minor - fee_of(rule.fee, amount_minor) if rule.fee.bearer == "shared" else amount_minor


def _step(target: int, given: int, left: int) -> int:
    """Up to the target, never backwards, never more than is left."""
    return min(max(target - given, 0), left)


def _rounded(numerator: int, rounding: str) -> int:
    """A number of parts per million as whole units, rounded as the rule says."""
    if rounding == "down":
        return numerator // PPM
    if rounding == "up":
        return -(-numerator // PPM)
    if rounding == "half_up":
        return (2 * numerator + PPM) // (2 * PPM)
    return div_half_even(numerator, PPM)


def _in_proportion(left: Sequence[int], amount: int) -> list[int]:
    """Cut an amount in proportion to what each has left; the largest fractions get the odd units, the last first."""
    whole = sum(left)
    if not whole:
        return [0 for _ in left]
    shares = [each * amount // whole for each in left]
    by_fraction = sorted(range(len(left)), key=lambda i: (left[i] * amount % whole, i), reverse=True)
    for i in by_fraction[: amount - sum(shares)]:
        shares[i] += 1
    return shares
