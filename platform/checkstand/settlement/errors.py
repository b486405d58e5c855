"""Why a settlement batch does not move on."""

from __future__ import annotations

from checkstand.kernel import CheckstandError, Kind


class BatchUnknown(CheckstandError):
    code = "settlement.batch_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such settlement batch."
    remedy = "Check the id; a batch of another business unit or of the other mode is not visible here."


class BatchNotWaiting(CheckstandError):
    code = "settlement.not_waiting"
    kind = Kind.CONFLICT
    message = "This batch does not wait for an approval."
    remedy = "Read the batch again; its status says what has become of it."


class BatchNotReconciled(CheckstandError):
    """A channel's day among its items is not closed, so it is not known whether the money is there."""

    code = "settlement.not_reconciled"
    kind = Kind.CONFLICT
    message = "The sales in this batch are not reconciled yet."
    remedy = "Close the reconciliation of the days that the message names; the batch goes on by itself then."


class BatchDiffers(CheckstandError):
    """The items of a batch are not what was booked for them, so nobody can say what is owed (I9)."""

    code = "settlement.sum_differs"
    kind = Kind.CONFLICT
    message = "The items of this batch do not sum to what was booked for them."
    remedy = "Run `checkstand ledger check`; the batch stays as it is until the difference is explained."


class NothingToPayAgain(CheckstandError):
    code = "settlement.nothing_failed"
    kind = Kind.CONFLICT
    message = "No payout of this batch has failed."
    remedy = "Only a failed or partly paid batch can be paid again, and only the part that failed."


class FailedPartGone(CheckstandError):
    """The part that failed was on the available balance, and has been withdrawn or refunded since."""

    code = "settlement.failed_part_gone"
    kind = Kind.CONFLICT
    message = "The payee's available balance no longer has what failed."
    remedy = "It was withdrawn or used for refunds meanwhile, so there is nothing left to pay again."


class DayAhead(CheckstandError):
    code = "settlement.day_ahead"
    message = "This day has not begun, so nothing can be settled for it."
    remedy = "Settle today or an earlier day; a day begins at midnight in Shanghai."
