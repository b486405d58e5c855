"""The trial balance (试算平衡表): what every code of the chart held before, during and after some days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from checkstand.accounting.chart import CHART, AccountType


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One code in one currency. Opening and closing are debit-positive, debit and credit are turnovers."""

    code: str
    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + self.debit_minor - self.credit_minor

    @property
    def type(self) -> AccountType:
        return CHART[self.code]


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All codes of a book in each of its currencies, those without postings included."""

    since: date
    until: date
    lines: Sequence[TrialLine]

    @property
    def currencies(self) -> list[str]:
        return sorted({line.currency for line in self.lines})

    def of(self, currency: str) -> list[TrialLine]:
        return [line for line in self.lines if line.currency == currency]

    def total(self, currency: str) -> TrialLine:
        """The sums of a currency: opening and closing are 0, debits and credits are equal."""
        lines = self.of(currency)
        return TrialLine(
            "", currency,
            sum(line.opening_minor for line in lines),
            sum(line.debit_minor for line in lines),
            sum(line.credit_minor for line in lines),
        )  # fmt: skip

    @property
    def holds(self) -> bool:
        totals = [self.total(currency) for currency in self.currencies]
        return all(not total.opening_minor and total.debit_minor == total.credit_minor for total in totals)


# `join` is the order in which they are written: SQLite without statistics would begin with every entry of the book.
# One statement, so one snapshot: today's balances less what came after, and the turnovers of the days asked for.
_QUERY = """
    SELECT code, currency, SUM(now_minor - later_minor) AS closing,
        SUM(debit_minor) AS debit, SUM(credit_minor) AS credit
    FROM (
        SELECT code, currency, SUM(balance_minor) AS now_minor, 0 AS later_minor, 0 AS debit_minor, 0 AS credit_minor
        FROM account WHERE tenant_id = :tenant_id GROUP BY code, currency
        UNION ALL
        SELECT a.code, a.currency, 0,
            SUM(CASE WHEN j.accounting_date > :until THEN e.amount_minor ELSE 0 END),
            SUM(CASE WHEN j.accounting_date <= :until AND e.amount_minor > 0 THEN e.amount_minor ELSE 0 END),
            SUM(CASE WHEN j.accounting_date <= :until AND e.amount_minor < 0 THEN -e.amount_minor ELSE 0 END)
        FROM journal AS j
        {join} entry AS e ON e.tenant_id = j.tenant_id AND e.journal_id = j.journal_id
        {join} account AS a ON a.tenant_id = e.tenant_id AND a.account_id = e.account_id
        WHERE j.tenant_id = :tenant_id AND j.accounting_date >= :since
        GROUP BY a.code, a.currency
    ) AS parts
    GROUP BY code, currency
"""


def trial_balance(connection: Connection, tenant_id: str, since: date, until: date) -> TrialBalance:
    """Opening, turnovers and closing of each code from the beginning of `since` to the end of `until`."""
    values: dict[str, Any] = {"tenant_id": tenant_id, "since": since, "until": until}
    join = "JOIN"
    if connection.dialect.name == "sqlite":
        join = "CROSS JOIN"
        values |= {"since": since.isoformat(), "until": until.isoformat()}
    found = {
        (row.code, row.currency): TrialLine(
            row.code, row.currency,
            int(row.closing) - int(row.debit) + int(row.credit), int(row.debit), int(row.credit),
        )
        for row in connection.execute(text(_QUERY.format(join=join)), values)
    }  # fmt: skip
    currencies = sorted({currency for _, currency in found})
    lines = [
        found.get((code, currency), TrialLine(code, currency, 0, 0, 0)) for currency in currencies for code in CHART
    ]
    return TrialBalance(since, until, lines)
