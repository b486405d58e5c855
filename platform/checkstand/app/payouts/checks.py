"""What must hold of payouts and transfers, and the query that finds what breaks it; rows for `ledger_check`."""

from __future__ import annotations

from typing import Final

# fmt: off
PAYOUT_ROWS: Final = (
    ("I5", "nothing of a finished payout is in transit, on hold or unclaimed", "payout",
     """SELECT a.account_id, a.balance_minor, p.status FROM account a
          JOIN payout p ON p.tenant_id = a.tenant_id AND p.payout_id IN (a.owner, a.sub)
         WHERE a.code IN ('2301', '2002', '2601') AND a.balance_minor <> 0
           AND p.status IN ('REJECTED', 'SUCCEEDED', 'FAILED', 'RETURNED', 'CONFLICT')"""),
    ("I5", "a withdrawal on its way is set aside or in transit, whole", "payout",
     """SELECT p.payout_id, p.status, h.balance_minor AS held_minor, t.balance_minor AS transit_minor FROM payout p
          LEFT JOIN account h ON h.tenant_id = p.tenant_id AND h.code = '2002' AND h.owner = p.owner_id
                             AND h.sub = p.payout_id
          LEFT JOIN account t ON t.tenant_id = p.tenant_id AND t.code = '2301' AND t.owner = p.payout_id
         WHERE p.kind = 'withdrawal' AND p.status IN ('FROZEN', 'APPROVED', 'SENDING', 'IN_TRANSIT', 'UNKNOWN')
           AND (-COALESCE(h.balance_minor, 0) - COALESCE(t.balance_minor, 0) <> p.amount_minor + p.fee_minor
             OR (p.status IN ('FROZEN', 'APPROVED')) <> (COALESCE(t.balance_minor, 0) = 0))"""),
    ("I5", "a transfer has set aside its amount while it is held, and nothing afterwards", "transfer",
     """SELECT t.transfer_id, t.status, a.balance_minor FROM transfer t
          LEFT JOIN account a ON a.tenant_id = t.tenant_id AND a.code = '2002' AND a.owner = t.source_id
                             AND a.sub = t.transfer_id
         WHERE -COALESCE(a.balance_minor, 0) <> CASE WHEN t.status = 'HELD' THEN t.amount_minor ELSE 0 END"""),
    ("I7", "a payout was paid by the bank exactly when one journal says so", "payout",
     """SELECT p.payout_id, p.status, count(j.journal_id) AS journals FROM payout p
          LEFT JOIN journal j ON j.tenant_id = p.tenant_id AND j.kind = 'payout_paid' AND j.source_type = 'payout'
                             AND j.source_id = p.payout_id
         GROUP BY p.payout_id, p.status
        HAVING count(j.journal_id) <> CASE WHEN p.status IN ('SUCCEEDED', 'RETURNED') THEN 1 ELSE 0 END"""),
    ("I10", "every finished withdrawal and transfer has been put into the outbox", "webhook_message",
     """SELECT p.payout_id, p.status FROM payout p
         WHERE p.kind = 'withdrawal' AND p.status IN ('REJECTED', 'SUCCEEDED', 'FAILED', 'RETURNED') AND NOT EXISTS (
               SELECT 1 FROM webhook_message m WHERE m.tenant_id = p.tenant_id AND m.object_id = p.payout_id)
        UNION ALL
        SELECT t.transfer_id, t.status FROM transfer t
         WHERE t.status <> 'HELD' AND NOT EXISTS (
               SELECT 1 FROM webhook_message m WHERE m.tenant_id = t.tenant_id AND m.object_id = t.transfer_id)"""),
    ("I12", "every payout that the bank may have is asked about", "payout",
     """SELECT p.payout_id, p.status, p.file_no FROM payout p
         WHERE p.status IN ('SENDING', 'IN_TRANSIT', 'UNKNOWN') AND NOT EXISTS (
               SELECT 1 FROM job j WHERE j.tenant_id = p.tenant_id AND j.kind = 'payout.query'
                  AND j.key = p.file_no AND j.done_at IS NULL)"""),
    ("I12", "every approved payout is about to be sent, unless its card is stopped", "payout",
     """SELECT p.payout_id, p.created_at FROM payout p
         WHERE p.status = 'APPROVED'
           AND NOT EXISTS (SELECT 1 FROM job j WHERE j.tenant_id = p.tenant_id AND j.kind = 'payout.send'
                              AND j.key = p.payout_id AND j.done_at IS NULL)
           AND NOT EXISTS (SELECT 1 FROM payout c WHERE c.tenant_id = p.tenant_id AND c.card_id = p.card_id
                              AND c.status = 'CONFLICT' AND c.cleared_at IS NULL)"""),
    ("I12", "every held transfer has its timer", "transfer",
     """SELECT t.transfer_id, t.expires_at FROM transfer t
         WHERE t.status = 'HELD' AND NOT EXISTS (
               SELECT 1 FROM job j WHERE j.tenant_id = t.tenant_id AND j.kind = 'transfer.expire'
                  AND j.key = t.transfer_id AND j.done_at IS NULL)"""),
)
# fmt: on
