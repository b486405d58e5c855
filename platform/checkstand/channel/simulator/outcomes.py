"""The outcome chosen by the last two digits of the amount, for people who test without a control API.

The rule counts when the shopper approves, except where it says otherwise. Every other amount is
approved, its notification arrives at once, and its refunds succeed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkstand.channel.reasons import Reason


@dataclass(frozen=True, slots=True)
class AmountRule:
    says: str
    zh: str
    refused: Reason | None = None
    notify: str = ""  # a kind of faults.NOTIFY_KINDS, or wrong_amount | bad_signature
    pay: str = ""  # a kind of faults.REQUEST_KINDS
    refund: str = ""  # a kind of faults.REQUEST_KINDS, or "fails"


# fmt: off
BY_LAST_DIGITS: Final[dict[int, AmountRule]] = {
    51: AmountRule("is refused: the payer has too little money", "余额不足，被拒绝", refused=Reason.INSUFFICIENT_FUNDS),
    52: AmountRule("is refused: the provider sees a risk", "风控拒绝", refused=Reason.RISK_REFUSED),
    53: AmountRule("is approved, but no notification is sent", "付款成功，但不发送通知", notify="no_notification"),
    54: AmountRule("is approved, and notified twice", "付款成功，通知发送两次", notify="duplicate_notification"),
    55: AmountRule("is accepted, but the answer to the merchant times out", "下单成功，但应答超时", pay="drop_after"),
    56: AmountRule("is approved, but notified with one fen more", "付款成功，但通知金额多一分", notify="wrong_amount"),
    57: AmountRule("is approved, and a forged notification comes first", "付款成功，先收到伪造通知", notify="forged"),
    58: AmountRule("is approved, but its refunds fail", "付款成功，但退款失败", refund="fails"),
    59: AmountRule("is approved; refunds time out", "付款成功，但退款应答超时", refund="timeout_after_charging"),
}
# fmt: on
PLAIN: Final = AmountRule("is approved", "付款成功")


def rule_for(amount_minor: int) -> AmountRule:
    return BY_LAST_DIGITS.get(amount_minor % 100, PLAIN)


def explain(amount_minor: int) -> str:
    """The rule as a sentence; refusals of the simulator quote it."""
    digits = amount_minor % 100
    return f"In test mode an amount ending in .{digits:02d} {rule_for(amount_minor).says}."
