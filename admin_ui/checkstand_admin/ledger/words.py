"""How the books are spoken of, and the columns of their files."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from checkstand.accounting.chart import CHART
from checkstand.accounting.reading import StatementLine
from checkstand.accounting.trial_balance import TrialLine
from checkstand.kernel import Money
from checkstand_admin.formats import when

TRIAL_COLUMNS: Final = ("code", "name", "currency", "opening", "debit", "credit", "closing")
TRIAL_AMOUNTS: Final = frozenset(range(3, 7))
STATEMENT_COLUMNS: Final = ("seq", "booked_at", "kind", "source_type", "source", "journal", "amount", "balance")
STATEMENT_AMOUNTS: Final = frozenset({6, 7})


def code_name(code: str, locale: str) -> str:
    """What a code of the chart is called."""
    return CHART[code].name_zh if locale.startswith("zh") else CHART[code].name


def trial_row(line: TrialLine, locale: str) -> list[str]:
    """Opening and closing are debits when positive."""
    amounts = (line.opening_minor, line.debit_minor, line.credit_minor, line.closing_minor)
    cells = [Money(minor, line.currency).decimal() for minor in amounts]
    return [line.code, code_name(line.code, locale), line.currency, *cells]


def statement_row(line: StatementLine, currency: str, zone: ZoneInfo) -> list[str]:
    amounts: list[Any] = [Money(each, currency).decimal() for each in (line.amount_minor, line.balance_after_minor)]
    about = [str(line.seq), when(line.booked_at, zone), line.kind, line.source_type, line.source_id, line.journal_id]
    return [*about, *amounts]
