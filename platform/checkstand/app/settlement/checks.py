"""I9 and what belongs to it: batches are their items, items are what was booked, and nothing is left in transit."""

from __future__ import annotations

from typing import Final

# Rows for `ledger_check`: the invariant, its statement, what is counted, and the query that finds what breaks it.
# fmt: off
SETTLEMENT_ROWS: Final = (
    ("I5", "nothing of a finished settlement batch is still in transit", "settlement_batch",
     """SELECT b.batch_id, b.status, a.balance_minor FROM settlement_batch b
          JOIN account a ON a.tenant_id = b.tenant_id AND a.code = '2301' AND a.owner = b.batch_id
         WHERE a.balance_minor <> 0 AND b.status IN ('PAID', 'PART_PAID', 'FAILED', 'CARRIED')"""),
    ("I9", "a settlement batch is the sum of its items", "settlement_batch",
     """SELECT b.batch_id, b.status, b.items, b.pending_minor, b.split_minor, b.fee_minor FROM settlement_batch b
          LEFT JOIN clearing_record c ON c.tenant_id = b.tenant_id AND c.batch_id = b.batch_id
         WHERE b.status NOT IN ('OPEN', 'CUT', 'CARRIED')
         GROUP BY b.tenant_id, b.batch_id, b.status, b.items, b.pending_minor, b.split_minor, b.fee_minor
        HAVING count(c.clearing_id) <> b.items
            OR sum(CASE WHEN c.account_code = '2102' THEN c.amount_minor ELSE 0 END) <> b.pending_minor
            OR sum(CASE WHEN c.account_code = '2501' THEN c.amount_minor ELSE 0 END) <> b.split_minor
            OR sum(COALESCE(c.fee_due_minor, 0)) <> b.fee_minor"""),
    ("I9", "an approved settlement batch moved its total, once", "settlement_batch",
     """SELECT b.batch_id, b.status, b.pending_minor, b.split_minor, count(DISTINCT j.journal_id) AS journals
          FROM settlement_batch b
          LEFT JOIN journal j ON j.tenant_id = b.tenant_id AND j.source_id = b.batch_id AND j.source_type = 'batch'
          LEFT JOIN entry e ON e.tenant_id = j.tenant_id AND e.journal_id = j.journal_id
          LEFT JOIN account a ON a.tenant_id = e.tenant_id AND a.account_id = e.account_id
         GROUP BY b.tenant_id, b.batch_id, b.status, b.pending_minor, b.split_minor
        HAVING count(DISTINCT j.journal_id)
               <> CASE WHEN b.status IN ('APPROVED', 'PAYING', 'PAID', 'PART_PAID', 'FAILED') THEN 1 ELSE 0 END
            OR (count(DISTINCT j.journal_id) = 1
                AND (sum(CASE WHEN a.code = '2102' THEN e.amount_minor ELSE 0 END) <> b.pending_minor
                  OR sum(CASE WHEN a.code = '2501' THEN e.amount_minor ELSE 0 END) <> b.split_minor))"""),
    ("I9", "a clearing record is what its journal moved", "clearing_record",
     """SELECT r.source_id, r.journal_kind, r.account_code, r.recorded_minor, COALESCE(m.moved_minor, 0) AS moved_minor
          FROM (SELECT tenant_id, source_id, source_type, journal_kind, account_code, owner_id,
                       sum(amount_minor) AS recorded_minor
                  FROM clearing_record
                 GROUP BY tenant_id, source_id, source_type, journal_kind, account_code, owner_id) AS r
          LEFT JOIN (SELECT j.tenant_id, j.source_id, j.source_type, j.kind, a.code, a.owner,
                            -sum(e.amount_minor) AS moved_minor
                       FROM account a
                       JOIN entry e ON e.tenant_id = a.tenant_id AND e.account_id = a.account_id
                       JOIN journal j ON j.tenant_id = e.tenant_id AND j.journal_id = e.journal_id
                      WHERE a.code IN ('2102', '2104', '2501')
                      GROUP BY j.tenant_id, j.source_id, j.source_type, j.kind, a.code, a.owner) AS m
            ON m.tenant_id = r.tenant_id AND m.source_id = r.source_id AND m.source_type = r.source_type
           AND m.kind = r.journal_kind AND m.code = r.account_code AND m.owner = r.owner_id
         WHERE r.recorded_minor <> COALESCE(m.moved_minor, 0)"""),
    ("I9", "what a payment earned by its rule is recorded for settlement", "clearing_record",
     """SELECT j.journal_id, j.source_id FROM journal j
          JOIN payment p ON p.tenant_id = j.tenant_id AND p.payment_id = j.source_id
          JOIN "transaction" t ON t.tenant_id = p.tenant_id AND t.transaction_id = p.transaction_id
         WHERE j.kind = 'pay' AND j.source_type = 'payment' AND t.clearing IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM clearing_record c WHERE c.tenant_id = j.tenant_id AND c.source_id = j.source_id
                  AND c.source_type = j.source_type AND c.journal_kind = j.kind)"""),
    ("I9", "a merchant's debt is what its account says", "merchant_credit",
     """SELECT a.account_id, a.balance_minor, COALESCE(m.used_minor, 0) AS used_minor FROM account a
          LEFT JOIN merchant_credit m ON m.tenant_id = a.tenant_id AND m.owner_id = a.owner AND m.currency = a.currency
         WHERE a.code = '1104' AND a.balance_minor <> COALESCE(m.used_minor, 0)"""),
)
# fmt: on
