"""Why a file is not sent or not believed: each with the place and the next step."""

from __future__ import annotations

from checkstand.kernel import CheckstandError


class PayoutInvalid(CheckstandError):
    code = "bank.payout_invalid"
    message = "The bank would refuse this payout file."
    remedy = "Correct the named payout, or cut the batch into files of at most 1000 transfers in one currency."


class BankFileProblem(CheckstandError):
    """A file that the bank signed and that is nevertheless no good. Nothing of it is used."""

    code = "bank.file_unusable"
    message = "The bank's file cannot be used."
    remedy = "Fetch the file again; if it stays like this, send it to the bank with the place named here."


class FileTruncated(BankFileProblem):
    code = "bank.file_truncated"
    message = "The bank's file ends before its end, or is no XML."
    remedy = "Fetch the file again. Nothing of it was used."


class FileEncodingWrong(BankFileProblem):
    code = "bank.file_encoding"
    message = "The bank's file is not the UTF-8 that it claims to be."
    remedy = "Ask the bank to send UTF-8 (ISO 20022 allows nothing else); nothing of the file was used."


class FileForbidden(BankFileProblem):
    code = "bank.file_forbidden"
    message = "The bank's file contains a document type or entities, which no ISO 20022 file has."
    remedy = "Do not open it. Ask the bank whether it sent this file, and change the keys if it did not."


class FileUnexpected(BankFileProblem):
    code = "bank.file_unexpected"
    message = "The bank's file is another message than was asked for, or lacks a mandatory element."
    remedy = "Compare the named place with the bank's file description; the message version may have changed."


class TotalsWrong(BankFileProblem):
    code = "bank.totals_wrong"
    message = "The sums of the bank's file do not add up."
    remedy = "Ask the bank to issue the file again; until then the day stays open and nothing of it is booked."


class StatementMisplaced(BankFileProblem):
    code = "bank.statement_misplaced"
    message = "This is a statement of another account, day or currency than was asked for."
    remedy = "Check the account number in the credentials and the day that was asked for, then fetch it again."


class StatementGap(BankFileProblem):
    code = "bank.statement_gap"
    message = "This statement does not follow the one before it."
    remedy = "Fetch the days between; if there are none, the bank has changed a day: fetch that day's statement again."
