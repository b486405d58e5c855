"""Accounts and postings (账务): the only place where a balance changes."""

from checkstand.accounting.errors import (
    AlreadyPosted,
    BalanceTooLow,
    CommitUnknown,
    ConstraintBroken,
    EdgeRefused,
    LedgerUnavailable,
    RowExists,
    UnbalancedJournal,
    UnknownAccount,
)
from checkstand.accounting.model import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.poster import Poster
from checkstand.accounting.triggers import TRIGGERS, install_triggers

__all__ = [
    "TRIGGERS",
    "AccountRef",
    "AlreadyPosted",
    "BalanceTooLow",
    "CommitUnknown",
    "ConstraintBroken",
    "EdgeRefused",
    "Entry",
    "Journal",
    "LedgerUnavailable",
    "Poster",
    "RowExists",
    "UnbalancedJournal",
    "UnknownAccount",
    "WriteSet",
    "install_triggers",
]
