"""The money chain: members' cards, payouts, clearing, settlement, closed days and the queue of differences.

Long because it is one release: written from the tables, frozen with the release, never edited by hand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from checkstand.infra.db import Instant, Json

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables and columns of the money chain."""
    op.create_table(
        "approval",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("approval_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=80), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'rejected', 'withdrawn')", name=op.f("ck_approval_decision")),
        sa.CheckConstraint(
            "decision IS NULL OR decision <> 'approved' OR decided_by <> asked_by", name=op.f("ck_approval_two_people")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "approval_id", name=op.f("pk_approval")),
    )
    op.create_index("ix_approval_object", "approval", ["tenant_id", "kind", "object_id"], unique=False)
    op.create_index(
        "uq_approval_waiting",
        "approval",
        ["tenant_id", "kind", "object_id"],
        unique=True,
        sqlite_where=sa.text("decision IS NULL"),
        postgresql_where=sa.text("decision IS NULL"),
    )
    op.create_table(
        "bank_card",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("card_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("holder_name", sa.String(length=80), nullable=False),
        sa.Column("bank_code", sa.String(length=20), nullable=False),
        sa.Column("account_sealed", sa.Text(), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("verification_payout_id", sa.String(length=40), nullable=True),
        sa.Column("verification_minor", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("failed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "card_id", name=op.f("pk_bank_card")),
    )
    op.create_index(
        "uq_bank_card_fingerprint",
        "bank_card",
        ["tenant_id", "owner_id", "fingerprint"],
        unique=True,
        sqlite_where=sa.text("status <> 'REMOVED'"),
        postgresql_where=sa.text("status <> 'REMOVED'"),
    )
    op.create_table(
        "bank_entry",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("bank_account_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("statement_id", sa.String(length=40), nullable=False),
        sa.Column("entry_ref", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("payout_no", sa.String(length=35), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id", name=op.f("pk_bank_entry")),
    )
    op.create_index("ix_bank_entry_day", "bank_entry", ["tenant_id", "bank_account_id", "booked_on"], unique=False)
    op.create_index("ix_bank_entry_payout", "bank_entry", ["tenant_id", "payout_no"], unique=False)
    op.create_index("ix_bank_entry_statement", "bank_entry", ["tenant_id", "statement_id"], unique=False)
    op.create_index("ix_bank_entry_status", "bank_entry", ["tenant_id", "mode", "status"], unique=False)
    op.create_table(
        "bank_statement",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("statement_id", sa.String(length=40), nullable=False),
        sa.Column("bank_account_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "statement_id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint("tenant_id", "bank_account_id", "day", "version", name="uq_bank_statement_version"),
        sa.UniqueConstraint("tenant_id", "bank_account_id", "message_id", name="uq_bank_statement_message"),
    )
    op.create_table(
        "clearing_record",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("clearing_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("journal_kind", sa.String(length=30), nullable=False),
        sa.Column("source_type", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("account_code", sa.String(length=4), nullable=False),
        sa.Column("split_id", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_due_minor", sa.BigInteger(), nullable=False),
        sa.Column("cycle", sa.String(length=5), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("channel_on", sa.Date(), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=False),
        sa.Column("eligible_at", Instant(), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("account_code IN ('2102', '2104', '2501')", name=op.f("ck_clearing_record_account")),
        sa.PrimaryKeyConstraint("tenant_id", "clearing_id", name=op.f("pk_clearing_record")),
    )
    op.create_index(
        "ix_clearing_record_batch", "clearing_record", ["tenant_id", "batch_id", "clearing_id"], unique=False
    )
    op.create_index(
        "ix_clearing_record_open",
        "clearing_record",
        ["tenant_id", "mode", "owner_id", "eligible_at"],
        unique=False,
        sqlite_where=sa.text("batch_id IS NULL"),
        postgresql_where=sa.text("batch_id IS NULL"),
    )
    op.create_index("ix_clearing_record_payment", "clearing_record", ["tenant_id", "payment_id"], unique=False)
    op.create_table(
        "closed_day",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("accounting_date", sa.Date(), nullable=False),
        sa.Column("journals", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.Column("closed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "accounting_date", name=op.f("pk_closed_day")),
    )
    op.create_index("ix_closed_day_date", "closed_day", ["accounting_date"], unique=False)
    op.create_table(
        "enterprise",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("legal_name", sa.String(length=120), nullable=False),
        sa.Column("registration_no", sa.String(length=40), nullable=False),
        sa.Column("contact_name", sa.String(length=80), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=32), nullable=False),
        sa.Column("settlement_owner_id", sa.String(length=40), nullable=False),
        sa.Column("may_recharge", sa.Boolean(), nullable=False),
        sa.Column("may_withdraw", sa.Boolean(), nullable=False),
        sa.Column("may_transfer", sa.Boolean(), nullable=False),
        sa.Column("may_refund", sa.Boolean(), nullable=False),
        sa.Column("method_types", Json(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "member_id", name=op.f("pk_enterprise")),
    )
    op.create_table(
        "member_operator",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "member_id", "operator_id", name=op.f("pk_member_operator")),
    )
    op.create_index("ix_member_operator_email", "member_operator", ["tenant_id", "member_id", "email"], unique=False)
    op.create_table(
        "merchant_credit",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("used_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used_minor >= 0", name=op.f("ck_merchant_credit_not_negative")),
        sa.PrimaryKeyConstraint("tenant_id", "owner_id", "currency", name=op.f("pk_merchant_credit")),
    )
    op.create_table(
        "payment_leg",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("method_type", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_reserved_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("kind IN ('internal', 'external')", name=op.f("ck_payment_leg_kind")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_leg_amount_positive")),
        sa.CheckConstraint(
            "captured_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payment_leg_captured_within_amount")
        ),
        sa.CheckConstraint(
            "refund_reserved_minor BETWEEN 0 AND captured_minor", name=op.f("ck_payment_leg_refund_within_captured")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "payment_id", "leg", name=op.f("pk_payment_leg")),
    )
    op.create_table(
        "payout",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("payout_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("payout_no", sa.String(length=35), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("card_id", sa.String(length=40), nullable=False),
        sa.Column("bank_account_id", sa.String(length=40), nullable=False),
        sa.Column("fund_mode", sa.String(length=10), nullable=False),
        sa.Column("held_from", sa.String(length=4), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("channel_no", sa.String(length=64), nullable=True),
        sa.Column("file_no", sa.String(length=35), nullable=True),
        sa.Column("send_count", sa.Integer(), nullable=False),
        sa.Column("cleared_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("amount_minor > 0 AND fee_minor >= 0", name=op.f("ck_payout_amounts")),
        sa.PrimaryKeyConstraint("tenant_id", "payout_id", name=op.f("pk_payout")),
    )
    op.create_index("ix_payout_card", "payout", ["tenant_id", "card_id", "status"], unique=False)
    op.create_index("ix_payout_created", "payout", ["tenant_id", "mode", "created_at", "payout_id"], unique=False)
    op.create_index("ix_payout_file", "payout", ["tenant_id", "file_no"], unique=False)
    op.create_index("ix_payout_source", "payout", ["tenant_id", "source_id"], unique=False)
    op.create_index("ix_payout_status", "payout", ["tenant_id", "mode", "status", "payout_id"], unique=False)
    op.create_index("uq_payout_no", "payout", ["tenant_id", "mode", "payout_no"], unique=True)
    op.create_index(
        "uq_payout_withdrawal",
        "payout",
        ["tenant_id", "mode", "source_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'withdrawal'"),
        postgresql_where=sa.text("kind = 'withdrawal'"),
    )
    op.create_table(
        "payout_file",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("file_no", sa.String(length=35), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("bank_account_id", sa.String(length=40), nullable=False),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("executes_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "file_no", name=op.f("pk_payout_file")),
    )
    op.create_table(
        "reconciliation_fetch",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("alarmed", sa.Boolean(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "channel_account_id", "day", name=op.f("pk_reconciliation_fetch")),
    )
    op.create_index(
        "ix_reconciliation_fetch_status", "reconciliation_fetch", ["tenant_id", "mode", "status"], unique=False
    )
    op.create_table(
        "reconciliation_note",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "note_id", name=op.f("pk_reconciliation_note")),
    )
    op.create_index("ix_reconciliation_note_item", "reconciliation_note", ["tenant_id", "item_id"], unique=False)
    op.create_table(
        "refused_statement",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "file_id", name=op.f("pk_refused_statement")),
        sa.UniqueConstraint("tenant_id", "channel_account_id", "day", "sha256", name="uq_refused_statement_content"),
    )
    op.create_index("ix_refused_statement_mode", "refused_statement", ["tenant_id", "mode"], unique=False)
    op.create_table(
        "settlement_batch",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("cycle", sa.String(length=5), nullable=False),
        sa.Column("settles_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cut_at", Instant(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("pending_minor", sa.BigInteger(), nullable=False),
        sa.Column("split_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("destination", sa.String(length=6), nullable=True),
        sa.Column("card_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("net_minor = pending_minor + split_minor - fee_minor", name=op.f("ck_settlement_batch_net")),
        sa.PrimaryKeyConstraint("tenant_id", "batch_id", name=op.f("pk_settlement_batch")),
        sa.UniqueConstraint("tenant_id", "mode", "owner_id", "cycle", "currency", "settles_on", name="uq_batch_of_day"),
    )
    op.create_index(
        "ix_settlement_batch_status", "settlement_batch", ["tenant_id", "mode", "status", "batch_id"], unique=False
    )
    op.create_table(
        "settlement_profile",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("cycle", sa.String(length=5), nullable=False),
        sa.Column("destination", sa.String(length=6), nullable=False),
        sa.Column("card_id", sa.String(length=40), nullable=True),
        sa.Column("min_minor", sa.BigInteger(), nullable=False),
        sa.Column("reserve_ppm", sa.Integer(), nullable=False),
        sa.Column("reserve_days", sa.Integer(), nullable=False),
        sa.Column("auto_approve_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_limit_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "destination <> 'bank' OR card_id IS NOT NULL", name=op.f("ck_settlement_profile_bank_has_card")
        ),
        sa.CheckConstraint("credit_limit_minor >= 0", name=op.f("ck_settlement_profile_credit")),
        sa.CheckConstraint(
            "min_minor >= 0 AND reserve_days >= 0 AND auto_approve_minor >= 0",
            name=op.f("ck_settlement_profile_not_negative"),
        ),
        sa.CheckConstraint("reserve_ppm BETWEEN 0 AND 1000000", name=op.f("ck_settlement_profile_reserve_share")),
        sa.PrimaryKeyConstraint("tenant_id", "mode", "owner_id", name=op.f("pk_settlement_profile")),
    )
    op.create_table(
        "transfer",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("transfer_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("transfer_no", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("source_code", sa.String(length=4), nullable=False),
        sa.Column("target_id", sa.String(length=40), nullable=False),
        sa.Column("target_code", sa.String(length=4), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("two_phase", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_transfer_amount_positive")),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_transfer_two_members")),
        sa.PrimaryKeyConstraint("tenant_id", "transfer_id", name=op.f("pk_transfer")),
    )
    op.create_index("uq_transfer_no", "transfer", ["tenant_id", "mode", "transfer_no"], unique=True)
    op.add_column("cashier_session", sa.Column("transaction_id", sa.String(length=40), nullable=True))
    op.add_column("cashier_session", sa.Column("payee_id", sa.String(length=40), nullable=True))
    op.add_column("member", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("member", sa.Column("status_reason", sa.String(length=200), nullable=True))
    op.add_column("member", sa.Column("status_at", Instant(), nullable=True))
    op.add_column("payment", sa.Column("leg_count", sa.Integer(), server_default="1", nullable=False))
    op.add_column("payment", sa.Column("flow_id", sa.String(length=20), nullable=True))
    op.add_column("reconciliation_item", sa.Column("owner", sa.String(length=120), nullable=True))
    op.add_column("reconciliation_item", sa.Column("owned_at", Instant(), nullable=True))
    op.add_column("refund", sa.Column("internal_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("refund", sa.Column("sources", Json(), nullable=True))
    op.create_index(
        "ix_refund_manual",
        "refund",
        ["tenant_id", "mode", "refund_id"],
        unique=False,
        sqlite_where=sa.text("status = 'MANUAL'"),
        postgresql_where=sa.text("status = 'MANUAL'"),
    )
    op.add_column("transaction", sa.Column("clearing", Json(), nullable=True))
    op.add_column("transaction", sa.Column("paid_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column(
        "transaction", sa.Column("released_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "transaction", sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("transaction", sa.Column("resume_status", sa.String(length=20), nullable=True))
    op.add_column("transaction", sa.Column("payer", sa.String(length=40), nullable=True))
    op.add_column("transaction", sa.Column("terms", Json(), nullable=True))
    op.add_column("transaction", sa.Column("shipment", Json(), nullable=True))
    op.add_column("transaction", sa.Column("dispute", Json(), nullable=True))
    op.add_column("transaction", sa.Column("due_at", Instant(), nullable=True))
    op.add_column("transaction", sa.Column("finished_at", Instant(), nullable=True))
    op.create_index(
        "ix_transaction_status", "transaction", ["tenant_id", "flow", "status", "transaction_id"], unique=False
    )
    op.add_column("unit_settings", sa.Column("withdrawals", Json(), nullable=True))
