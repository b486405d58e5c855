"""Fees and shares that fit into every amount a scenario takes."""

from __future__ import annotations

from collections.abc import Iterator

from checkstand.clearing import ClearingRule, FeeRule, SplitRule, excess
from checkstand.kernel import PPM
from checkstand.scenario.finding import Document, Facts, Finding, section

SPLITS = ("settlement", "splits")


def fee(document: Document, _facts: Facts) -> Iterator[Finding]:
    """The smallest fee is not above the largest."""
    written = section(document, "settlement", "fee")
    low, high = written.get("min", 0), written.get("max")
    if high is not None and low > high:
        message = f"the smallest fee, {low:,}, is above the largest, {high:,}"
        yield Finding(("settlement", "fee", "max"), "fee.reversed", message)


def shares(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Each share is a rate or an amount, and fee and shares together are never more than an order."""
    splits = section(document, "settlement").get("splits") or ()
    if not splits:
        return
    if document.get("mode") == "recharge":
        yield Finding(SPLITS, "split.recharge", "a recharge is nobody's sale, so there is nothing to share")
        return
    whole = True
    for index, split in enumerate(splits):
        if ("rate_ppm" in split) == ("amount" in split):
            whole = False
            said = "both a rate and an amount" if "amount" in split else "neither a rate nor an amount"
            yield Finding((*SPLITS, index), "split.rate_or_amount", f'share "{split["id"]}" has {said}')
    if whole:
        yield from _sums(document)


def _sums(document: Document) -> Iterator[Finding]:
    rule = _rule(document)
    rates = sum(split.rate_ppm for split in rule.splits)
    rates += rule.fee.rate_ppm if rule.fee.bearer == "merchant" and rule.fee.max_minor is None else 0
    if rates > PPM:
        message = f"fee and shares are {rates / 10_000:g} % of the amount, more than all of it"
        yield Finding(SPLITS, "split.above_all", message)
        return
    amounts = section(document, "amount_limits")
    low, high = amounts.get("min", 1), amounts["max"]
    # The merchant's remainder has its lowest points here: at the smallest order, where the smallest fee stops being
    # all of the amount, and where the largest fee begins.
    bends = [rule.fee.min_minor]
    if rule.fee.max_minor is not None and rule.fee.rate_ppm:
        bends.append(rule.fee.max_minor * PPM // rule.fee.rate_ppm + 1)
    for amount in sorted({min(max(low, bend), high) for bend in (low, *bends)}):
        over = excess(rule, amount)
        if over > 0:
            message = f"of an order of {amount:,}, fee and shares take {amount + over:,}"
            yield Finding(SPLITS, "split.above_amount", message)
            return


def _rule(document: Document) -> ClearingRule:
    settlement = section(document, "settlement")
    written = section(settlement, "fee")
    return ClearingRule(
        FeeRule(
            written.get("rate_ppm", 0),
            written.get("min", 0),
            written.get("max"),
            written.get("bearer", "merchant"),
            "pay",
            written.get("rounding", "half_even"),
        ),
        tuple(
            SplitRule(each["id"], each["member"], each.get("rate_ppm", 0), each.get("amount", 0))
            for each in settlement["splits"]
        ),
    )
