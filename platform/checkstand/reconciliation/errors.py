"""What can be wrong with a statement. Each names the file, the line and the column, and the fix."""

from __future__ import annotations

from checkstand.kernel import CheckstandError, Kind


class StatementMalformed(CheckstandError):
    """A cell or row is not what the format declares."""

    code = "reconciliation.statement_malformed"
    message = "A line of the statement cannot be read."
    remedy = "Fetch the file again without opening it in a spreadsheet, which changes numbers, dates and prefixes."


class StatementTruncated(CheckstandError):
    """The file ends before its totals: part of the day would be taken for missing."""

    code = "reconciliation.statement_truncated"
    message = "The statement ends before its totals."
    remedy = "Fetch the file again; the transfer was cut off. Nothing of it has been used."


class StatementEncodingWrong(CheckstandError):
    """The bytes are not in the encoding that the channel uses."""

    code = "reconciliation.statement_encoding"
    message = "The statement is in another encoding than the channel's files."
    remedy = "Use the file as it was fetched; somebody has converted this one."


class StatementTotalWrong(CheckstandError):
    """Lines and totals of the file contradict each other."""

    code = "reconciliation.statement_total"
    message = "The lines of the statement do not add up to its totals."
    remedy = "Fetch the file again; if it stays so, ask the channel for a corrected one. Nothing of it has been used."


class StatementFormatUnknown(CheckstandError):
    """No declared format has these headings."""

    code = "reconciliation.statement_format"
    message = "The headings of the file are those of no format that this channel declares."
    remedy = "Check that this is the right kind of statement, or declare new columns in the channel's statement.yaml."


class StatementForeign(CheckstandError):
    """The file belongs to another merchant number, or to another day."""

    code = "reconciliation.statement_foreign"
    message = "The statement belongs to another account or day."
    remedy = "Give the file of this channel account and date."


class FormatInvalid(CheckstandError):
    """A statement.yaml contradicts itself."""

    code = "reconciliation.format_invalid"
    message = "A statement format is declared wrongly."
    remedy = "Correct the channel's statement.yaml."


class NoStatements(CheckstandError):
    """The channel declares no statement format."""

    code = "reconciliation.no_statements"
    message = "This channel declares no statement that could be read."
    remedy = "Describe its file in a statement.yaml beside its channel.yaml."


class RunUnknown(CheckstandError):
    code = "reconciliation.run_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such reconciliation run."
    remedy = "`checkstand reconcile list` prints the runs."


class FileUnknown(CheckstandError):
    code = "reconciliation.file_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such statement file."
    remedy = "Open the day again; it names the file that it was compared with. Test and live have their own."


class AccountAmbiguous(CheckstandError):
    """The business unit has no account at this channel in this mode, or several."""

    code = "reconciliation.account_ambiguous"
    message = "It is not clear which channel account is meant."
    remedy = "Name the business unit and the channel account."


class ItemUnknown(CheckstandError):
    code = "reconciliation.item_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such reconciliation item."
    remedy = "Open the list of differences; it shows every item of this business unit."


class ActionImpossible(CheckstandError):
    """The item's class or state does not allow it."""

    code = "reconciliation.action_impossible"
    kind = Kind.CONFLICT
    message = "This cannot be done with this item. Nothing was changed."
    remedy = "Open the item again: it shows its state and what can be done with it."


class ReasonMissing(CheckstandError):
    code = "reconciliation.reason_missing"
    message = "A decision about money needs its reason."
    remedy = "Write in a sentence why this is right, and where that can be seen."


class PaymentNotFitting(CheckstandError):
    """The payment that somebody named is not the one that the line is about."""

    code = "reconciliation.payment_not_fitting"
    kind = Kind.CONFLICT
    message = "This payment does not fit the line of the statement. Nothing was changed."
    remedy = "Name the number of an unpaid attempt at the same channel account over the same amount."


class StatementMissing(CheckstandError):
    """The channel or the bank did not hand out a usable statement."""

    code = "reconciliation.statement_missing"
    kind = Kind.UNAVAILABLE
    message = "There is no statement of this day yet, or none that can be used."
    remedy = "It is asked for every ten minutes by itself; read why, and ask the channel when it stays away after noon."
