"""An operator refunds a payment: the amount as it was typed, a reason, and a line on the audit trail."""

from __future__ import annotations

import re
from typing import Final

from checkstand.app.console_access import Actor
from checkstand.app.create_refund import CreateRefund, PaymentNotFound, RefundRow, create_refund
from checkstand.app.platform import Platform
from checkstand.kernel import CheckstandError, Money
from checkstand.kernel.money import MoneyError
from checkstand.payment import get_payment

MAX_REASON: Final = 80
NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class RefundAmountInvalid(CheckstandError):
    code = "refund.amount_invalid"
    message = "This is not an amount that can be refunded."
    remedy = "Write it like 12.90, more than zero, with no more digits than the currency has."


class RefundReasonMissing(CheckstandError):
    code = "refund.reason_missing"
    message = "A refund needs a reason."
    remedy = f"Say in 1 to {MAX_REASON} characters why the money goes back; the payment's page shows it."


class RefundFormBroken(CheckstandError):
    code = "refund.form_broken"
    message = "This form does not carry the number of its refund."
    remedy = "Open the page again; each form makes one refund, however often it is sent."


def request_refund(
    platform: Platform,
    who: Actor,
    tenant_id: str,
    mode: str,
    payment_id: str,
    *,
    amount: str,
    reason: str,
    refund_no: str,
) -> RefundRow:
    """Refund once per `refund_no`: a form that is sent twice tells the same refund twice."""
    with platform.db.read() as connection:
        payment = get_payment(connection, tenant_id, payment_id)
    if payment is None or payment.mode != mode:
        raise PaymentNotFound(payment=payment_id)
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= MAX_REASON:
        raise RefundReasonMissing(pointer="reason")
    if not NUMBER.fullmatch(refund_no):
        raise RefundFormBroken()
    minor = _minor(amount, payment.currency)
    after = {"amount_minor": minor, "currency": payment.currency, "reason": reason, "refund_no": refund_no}
    told = who.audit(tenant_id, "refund.request", "payment", payment_id, platform.clock.now(), mode=mode, after=after)
    command = CreateRefund(tenant_id, mode, payment_id, minor, payment.currency, refund_no, reason)
    return create_refund(platform, command, also=[told])


def _minor(text: str, currency: str) -> int:
    try:
        minor = Money.from_decimal(text, currency).minor
    except MoneyError:
        raise RefundAmountInvalid(pointer="amount") from None
    if minor <= 0:
        raise RefundAmountInvalid(pointer="amount")
    return minor
