"""Why the ledger refuses a write set. Whatever is refused leaves no trace."""

from __future__ import annotations

from typing import Any

from checkstand.kernel import CheckstandError, Kind


class UnknownAccount(CheckstandError):
    """The chart of accounts has no such code, or the account's name is no name."""

    code = "accounting.unknown_account"
    message = "The chart of accounts has no such account."
    remedy = "Use a code of accounting/chart.py and an owner without a colon."


class UnbalancedJournal(CheckstandError):
    """A journal's debits and credits differ, so it cannot be booked."""

    code = "accounting.unbalanced_journal"
    message = "The debits and credits of this journal differ."
    remedy = "Book entries that sum to zero in every currency, none of them zero itself."


class EdgeRefused(CheckstandError):
    """A guarded change found its row in another state: somebody else was faster."""

    code = "accounting.edge_refused"
    kind = Kind.CONFLICT
    message = "This has changed in the meantime."
    remedy = "Read the object again and decide from its present state."


class AlreadyPosted(CheckstandError):
    """A journal of this kind exists for this source: the event was booked before."""

    code = "accounting.already_posted"
    kind = Kind.CONFLICT
    message = "This has been booked before."
    remedy = "Treat the event as a duplicate; its effects are already there."


class BalanceTooLow(CheckstandError):
    """A guarded account would fall below its limit."""

    code = "accounting.balance_too_low"
    kind = Kind.CONFLICT
    message = "The balance is not sufficient."
    remedy = "Top up the balance or choose a smaller amount."


class RowExists(CheckstandError):
    """A row with this key is there already. `table` and `constraint` say which."""

    code = "accounting.row_exists"
    kind = Kind.CONFLICT
    message = "This exists already."
    remedy = "Read the existing object; the first request has created it."

    def __init__(self, table: str, *, constraint: str = "", **facts: Any) -> None:
        super().__init__(f"a row of {table} with this key exists already", table=table, constraint=constraint, **facts)
        self.table = table
        self.constraint = constraint


class ConstraintBroken(CheckstandError):
    """A rule of the database that protects money forbids this. `constraint` names the rule."""

    code = "accounting.constraint_broken"
    kind = Kind.CONFLICT
    message = "This would exceed what is allowed."
    remedy = "Read the object again; less is left than was asked for."

    def __init__(self, constraint: str, **facts: Any) -> None:
        super().__init__(f"the rule {constraint} forbids this", constraint=constraint, **facts)
        self.constraint = constraint


class DayClosed(CheckstandError):
    """The accounting date is sealed; nothing is booked on it any more."""

    code = "accounting.day_closed"
    kind = Kind.CONFLICT
    message = "This accounting date is closed: its books are sealed and take no more postings."
    remedy = "Set this machine's clock right. A closed day is corrected by an adjustment, booked today."


class LedgerUnavailable(CheckstandError):
    """The database cannot be reached or stays locked; nothing was written."""

    code = "accounting.ledger_unavailable"
    kind = Kind.UNAVAILABLE
    message = "The books cannot be written at the moment."
    remedy = "Try again in a few seconds; nothing has been booked."
    retryable = True


class CommitUnknown(CheckstandError):
    """The connection broke while committing: the write set is either wholly there or not at all."""

    code = "accounting.commit_unknown"
    kind = Kind.UNAVAILABLE
    message = "It is not known yet whether this was saved."
    remedy = "Send the same request again with the same key; it cannot happen twice."
    retryable = True
