"""Accounts and postings (账务): the only place where a balance changes."""

from checkstand.accounting import journals
from checkstand.accounting.calendar import accounting_date
from checkstand.accounting.errors import (
    AlreadyPosted,
    BalanceTooLow,
    CommitUnknown,
    ConstraintBroken,
    DayClosed,
    EdgeRefused,
    LedgerUnavailable,
    RowExists,
    UnbalancedJournal,
    UnknownAccount,
)
from checkstand.accounting.fees import fee_minor, refund_fee_share
from checkstand.accounting.invariants import LEDGER_CHECKS, Check, CheckResult, Finding, Proof, run_checks
from checkstand.accounting.model import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.poster import Poster
from checkstand.accounting.reading import (
    BookedEntry,
    BookedJournal,
    OpenTransit,
    StatementLine,
    account_statement,
    balance,
    in_transit,
    journals_of,
)
from checkstand.accounting.sealing import day_digest
from checkstand.accounting.triggers import TRIGGERS, install_triggers

__all__ = [
    "LEDGER_CHECKS",
    "TRIGGERS",
    "AccountRef",
    "AlreadyPosted",
    "BalanceTooLow",
    "BookedEntry",
    "BookedJournal",
    "Check",
    "CheckResult",
    "CommitUnknown",
    "ConstraintBroken",
    "DayClosed",
    "EdgeRefused",
    "Entry",
    "Finding",
    "Journal",
    "LedgerUnavailable",
    "OpenTransit",
    "Poster",
    "Proof",
    "RowExists",
    "StatementLine",
    "UnbalancedJournal",
    "UnknownAccount",
    "WriteSet",
    "account_statement",
    "accounting_date",
    "balance",
    "day_digest",
    "fee_minor",
    "in_transit",
    "install_triggers",
    "journals",
    "journals_of",
    "refund_fee_share",
    "run_checks",
]
