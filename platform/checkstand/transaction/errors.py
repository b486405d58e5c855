"""Why a transaction refuses a step."""

from __future__ import annotations

from checkstand.kernel import CheckstandError, Kind


class TransactionNotFound(CheckstandError):
    code = "transaction.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such transaction."
    remedy = "Check the id; a transaction of another business unit or of the other mode is not visible with this key."


class NotInEscrow(CheckstandError):
    """An instant or recharging transaction has nothing to ship, confirm or dispute."""

    code = "transaction.not_in_escrow"
    kind = Kind.CONFLICT
    message = "This transaction's money is not held."
    remedy = "Only a scenario with `flow.type: escrow` holds the money; read the transaction to see its flow."


class NotPreauthorised(CheckstandError):
    code = "transaction.not_preauthorised"
    kind = Kind.CONFLICT
    message = "This transaction has no reserved amount."
    remedy = "Only a scenario with `flow.type: preauth` reserves; read the transaction to see its flow."


class NotPaidYet(CheckstandError):
    code = "transaction.not_paid"
    kind = Kind.CONFLICT
    message = "This transaction is not paid."
    remedy = "Wait for the webhook payment.succeeded, then try again."


class AlreadyRefunded(CheckstandError):
    """Confirming, disputing or shipping what has gone back to the buyer."""

    code = "transaction.refunded"
    kind = Kind.CONFLICT
    message = "The money of this transaction has gone back to the buyer."
    remedy = "Nothing is left to do; a new sale is a new checkout session."


class RefundRunning(CheckstandError):
    code = "transaction.refund_running"
    kind = Kind.CONFLICT
    message = "A refund of this transaction is on its way."
    remedy = "Wait for the webhook refund.succeeded or refund.failed, then decide anew."
    retryable = True


class InDispute(CheckstandError):
    code = "transaction.in_dispute"
    kind = Kind.CONFLICT
    message = "This transaction is disputed; until somebody rules, its money stays where it is."
    remedy = "Rule with POST /v1/transactions/{id}/rulings, or refund the buyer."


class NotInDispute(CheckstandError):
    code = "transaction.not_in_dispute"
    kind = Kind.CONFLICT
    message = "This transaction is not disputed."
    remedy = "Open a dispute first; what is not disputed is confirmed or refunded."


class AlreadyEnded(CheckstandError):
    code = "transaction.ended"
    kind = Kind.CONFLICT
    message = "This transaction has ended another way."
    remedy = "Read it again; what is the merchant's already is given back with a refund."


class TransactionChanged(CheckstandError):
    code = "transaction.changed"
    kind = Kind.CONFLICT
    message = "This transaction has moved since you looked at it."
    remedy = "Read it again and decide from how it stands now."


class AmountTooLarge(CheckstandError):
    code = "transaction.amount_too_large"
    kind = Kind.CONFLICT
    message = "The amount is larger than what is held."
    remedy = "Name at most the amount that the answer's `detail` tells."


class AmountInvalid(CheckstandError):
    code = "transaction.amount_invalid"
    message = "This amount does not fit the transaction."
    remedy = "Send whole minor units of the transaction's own currency, more than zero."


class DisputeReasonMissing(CheckstandError):
    code = "transaction.dispute_reason_missing"
    message = "A dispute needs a reason."
    remedy = "Say in 1 to 200 characters what is wrong; who rules reads it."


class RulingInvalid(CheckstandError):
    code = "transaction.ruling_invalid"
    message = "This ruling cannot be carried out."
    remedy = "Rule `seller`, `buyer`, or `split` with a `seller_amount` of more than zero and less than what is held."
