"""What must be true of the books at every moment, as checks that can be run at any moment.

A check reads, never repairs, and says what it proved as well as what it found: "0 findings" over no
rows proves nothing. Other components add their own checks to the list they hand to `run_checks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, text

from checkstand.kernel.clock import monotonic_s

# Enough to see what is wrong; a broken ledger should not also fill the memory.
FINDINGS_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be."""

    subject: str
    detail: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check looked at (counts by name) and what it found wrong."""

    proven: Mapping[str, int]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One statement that must hold, with the way to prove it."""

    id: str
    statement: str
    run: Callable[[Connection], Proof]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check that was run."""

    check: Check
    proof: Proof
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        return not self.proof.findings


def run_checks(connection: Connection, checks: Iterable[Check]) -> list[CheckResult]:
    """Run each check in turn; all of them, even if one finds something."""
    results = []
    for check in checks:
        begun = monotonic_s()
        results.append(CheckResult(check, check.run(connection), monotonic_s() - begun))
    return results


def _journals_balance(connection: Connection) -> Proof:
    unbalanced = _rows(
        connection,
        """
        SELECT e.tenant_id, e.journal_id, a.currency, SUM(e.amount_minor) AS sum_minor
        FROM entry AS e
        JOIN account AS a ON a.tenant_id = e.tenant_id AND a.account_id = e.account_id
        GROUP BY e.tenant_id, e.journal_id, a.currency HAVING SUM(e.amount_minor) <> 0
        ORDER BY e.tenant_id, e.journal_id LIMIT :limit
        """,
    )
    empty = _rows(
        connection,
        """
        SELECT j.tenant_id, j.journal_id FROM journal AS j
        WHERE NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.tenant_id = j.tenant_id AND e.journal_id = j.journal_id)
        ORDER BY j.tenant_id, j.journal_id LIMIT :limit
        """,
    )
    findings = [Finding(row["journal_id"], f"sums to {row['sum_minor']} {row['currency']}", row) for row in unbalanced]
    findings += [Finding(row["journal_id"], "has no entries", row) for row in empty]
    return Proof({"journals": _count(connection, "journal"), "entries": _count(connection, "entry")}, tuple(findings))


def _the_whole_is_zero(connection: Connection) -> Proof:
    rows = _rows(
        connection,
        """
        SELECT a.tenant_id, a.currency,
            SUM(a.balance_minor) AS balances_minor, COALESCE(SUM(e.sum_minor), 0) AS entries_minor
        FROM account AS a
        LEFT JOIN (
            SELECT tenant_id, account_id, SUM(amount_minor) AS sum_minor FROM entry GROUP BY tenant_id, account_id
        ) AS e ON e.tenant_id = a.tenant_id AND e.account_id = a.account_id
        GROUP BY a.tenant_id, a.currency
        ORDER BY a.tenant_id, a.currency LIMIT :limit
        """,
        limit=1_000_000,
    )
    findings = [
        Finding(
            f"{row['tenant_id']} {row['currency']}",
            f"balances sum to {row['balances_minor']}, entries to {row['entries_minor']}",
            row,
        )
        for row in rows
        if row["balances_minor"] or row["entries_minor"]
    ]
    return Proof({"books": len(rows), "accounts": _count(connection, "account")}, tuple(findings[:FINDINGS_LIMIT]))


def _balances_are_their_entries(connection: Connection) -> Proof:
    wrong = _rows(
        connection,
        """
        SELECT a.tenant_id, a.account_id, a.balance_minor, a.seq,
            COALESCE(e.sum_minor, 0) AS sum_minor, COALESCE(e.entries, 0) AS entries,
            COALESCE(e.lowest, 1) AS lowest, COALESCE(e.highest, 0) AS highest
        FROM account AS a
        LEFT JOIN (
            SELECT tenant_id, account_id, SUM(amount_minor) AS sum_minor, COUNT(*) AS entries,
                MIN(seq) AS lowest, MAX(seq) AS highest
            FROM entry GROUP BY tenant_id, account_id
        ) AS e ON e.tenant_id = a.tenant_id AND e.account_id = a.account_id
        WHERE a.balance_minor <> COALESCE(e.sum_minor, 0) OR a.seq <> COALESCE(e.entries, 0)
            OR COALESCE(e.lowest, 1) <> 1 OR COALESCE(e.highest, 0) <> a.seq
        ORDER BY a.tenant_id, a.account_id LIMIT :limit
        """,
    )
    broken_chain = _rows(
        connection,
        """
        SELECT tenant_id, account_id, seq, balance_after_minor, running_minor FROM (
            SELECT tenant_id, account_id, seq, balance_after_minor,
                SUM(amount_minor) OVER (PARTITION BY tenant_id, account_id ORDER BY seq) AS running_minor
            FROM entry
        ) AS chain
        WHERE balance_after_minor <> running_minor ORDER BY tenant_id, account_id, seq LIMIT :limit
        """,
    )
    findings = [
        Finding(row["account_id"], f"balance {row['balance_minor']}, its entries sum to {row['sum_minor']}", row)
        for row in wrong
    ]
    findings += [
        Finding(
            row["account_id"],
            f"entry {row['seq']} says {row['balance_after_minor']}, the sum is {row['running_minor']}",
            row,
        )
        for row in broken_chain
    ]
    return Proof({"accounts": _count(connection, "account"), "entries": _count(connection, "entry")}, tuple(findings))


def _no_account_below_its_limit(connection: Connection) -> Proof:
    rows = _rows(
        connection,
        """
        SELECT tenant_id, account_id, balance_minor, floor_minor FROM account
        WHERE limit_kind <> 'none' AND (CASE normal WHEN 'debit' THEN 1 ELSE -1 END) * balance_minor < floor_minor
        ORDER BY tenant_id, account_id LIMIT :limit
        """,
    )
    limited = connection.execute(text("SELECT COUNT(*) FROM account WHERE limit_kind <> 'none'")).scalar_one()
    findings = tuple(Finding(row["account_id"], f"stands at {row['balance_minor']}", row) for row in rows)
    return Proof({"limited_accounts": limited}, findings)


LEDGER_CHECKS: Final = (
    Check("I1", "every journal sums to zero in every currency", _journals_balance),
    Check("I2", "all entries and all balances of a book sum to zero in every currency", _the_whole_is_zero),
    Check("I3", "a balance is the sum of its entries, which are numbered without a gap", _balances_are_their_entries),
    Check("I4", "no account stands below its limit", _no_account_below_its_limit),
)


def _rows(connection: Connection, query: str, *, limit: int = FINDINGS_LIMIT) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(text(query), {"limit": limit})]


def _count(connection: Connection, table: str) -> int:
    count: int = connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()  # noqa: S608 - our own names
    return count
