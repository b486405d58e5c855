"""Amounts that fit together, and what recharging a balance cannot do."""

from __future__ import annotations

from collections.abc import Iterator

from checkstand.scenario.finding import Document, Facts, Finding, section


def limits(document: Document, _facts: Facts) -> Iterator[Finding]:
    """The smallest order is not larger than the largest, and a review threshold lies between them."""
    amounts = document["amount_limits"]
    low, high = amounts.get("min", 1), amounts["max"]
    if low > high:
        yield Finding(
            ("amount_limits", "min"), "amount.reversed", f"the smallest order, {low:,}, is above the largest, {high:,}"
        )
    above = section(document, "form").get("review_above")
    if above is not None and above >= high:
        message = f"no order is ever above {above:,}: the largest is {high:,}"
        yield Finding(("form", "review_above"), "amount.never_reviewed", message)


def recharge(document: Document, _facts: Facts) -> Iterator[Finding]:
    """A balance cannot be filled from itself."""
    recharging = document.get("mode") == "recharge"
    submit = section(document, "form").get("submit_type")
    if submit == "recharge" and not recharging:
        message = 'submit_type recharge belongs to "mode: recharge"; this scenario takes payments'
        yield Finding(("form", "submit_type"), "recharge.submit_type", message)
    for index, method in enumerate(document["methods"] if recharging else ()):
        if method["type"] == "balance":
            message = "a balance cannot be recharged from a balance"
            yield Finding(("methods", index, "type"), "recharge.from_balance", message, "Use another method here.")
