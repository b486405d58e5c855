"""The first schema: everything of the platform, and the triggers that keep the ledger insert-only.

Runs in well under a second on an empty database; there is no older schema to bring along.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from checkstand.infra.db import Instant, Json

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table and index."""
    op.create_table(
        "account",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("normal", sa.String(length=6), nullable=False),
        sa.Column("posting_mode", sa.String(length=8), nullable=False),
        sa.Column("limit_kind", sa.String(length=5), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "limit_kind = 'none' OR (limit_kind = 'ge0' AND floor_minor = 0) OR (limit_kind = 'floor' AND floor_minor <= 0)",
            name=op.f("ck_account_limit_kind"),
        ),
        sa.CheckConstraint(
            "limit_kind = 'none' OR (normal = 'debit' AND balance_minor >= floor_minor) OR (normal = 'credit' AND -balance_minor >= floor_minor)",
            name=op.f("ck_account_limit"),
        ),
        sa.CheckConstraint("normal IN ('debit', 'credit')", name=op.f("ck_account_normal")),
        sa.CheckConstraint("posting_mode IN ('guarded', 'deferred')", name=op.f("ck_account_posting_mode")),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name=op.f("pk_account")),
        sa.UniqueConstraint(
            "tenant_id", "code", "owner", "sub", "currency", name=op.f("uq_account_tenant_id_code_owner_sub_currency")
        ),
    )
    op.create_table(
        "api_key",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("api_key_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=20), nullable=False),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "api_key_id", name=op.f("pk_api_key")),
    )
    op.create_index("ix_api_key_hash", "api_key", ["key_hash"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("instruction", Json(), nullable=False),
        sa.Column("channel_no", sa.String(length=64), nullable=True),
        sa.Column("action", Json(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("succeeded_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "attempt_id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_channel_no", "attempt", ["tenant_id", "channel_account_id", "channel_no"], unique=False)
    op.create_index("ix_attempt_payment", "attempt", ["tenant_id", "payment_id"], unique=False)
    op.create_table(
        "business_order",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("order_no", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("lines", Json(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_business_order_amount_positive")),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name=op.f("ck_business_order_refunded_within")),
        sa.PrimaryKeyConstraint("tenant_id", "order_id", name=op.f("pk_business_order")),
    )
    op.create_index("uq_business_order_no", "business_order", ["tenant_id", "mode", "order_no"], unique=True)
    op.create_table(
        "cashier_session",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("scenario_version", sa.String(length=64), nullable=False),
        sa.Column("assignments", Json(), nullable=False),
        sa.Column("context", Json(), nullable=False),
        sa.Column("terminal", sa.String(length=20), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=True),
        sa.Column("metadata", Json(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("challenged", sa.Boolean(), nullable=False),
        sa.Column("viewed_at", Instant(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "session_id", name=op.f("pk_cashier_session")),
    )
    op.create_index("ix_cashier_session_token", "cashier_session", ["token"], unique=False)
    op.create_index("uq_cashier_session_order", "cashier_session", ["tenant_id", "order_id"], unique=True)
    op.create_table(
        "channel_account",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=True),
        sa.Column("merchant_ref", sa.String(length=64), nullable=False),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("cost_ppm", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("mode IN ('test', 'live')", name=op.f("ck_channel_account_mode")),
        sa.CheckConstraint("status IN ('active', 'disabled')", name=op.f("ck_channel_account_status")),
        sa.CheckConstraint("cost_ppm BETWEEN 0 AND 1000000", name=op.f("ck_channel_account_cost_ppm")),
        sa.PrimaryKeyConstraint("tenant_id", "channel_account_id", name=op.f("pk_channel_account")),
    )
    op.create_index("ix_channel_account_merchant", "channel_account", ["channel", "merchant_ref"], unique=False)
    op.create_table(
        "channel_switch",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("message", Json(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "channel", "method", name=op.f("pk_channel_switch")),
    )
    op.create_table(
        "event",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=True),
        sa.Column("scenario_version", sa.String(length=64), nullable=True),
        sa.Column("session_id", sa.String(length=40), nullable=True),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.Column("payment_id", sa.String(length=40), nullable=True),
        sa.Column("attempt", sa.String(length=40), nullable=True),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("terminal", sa.String(length=20), nullable=True),
        sa.Column("form", sa.String(length=20), nullable=True),
        sa.Column("method", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("experiment", sa.String(length=64), nullable=True),
        sa.Column("variant", sa.String(length=64), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("error_code", sa.String(length=60), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("trace_id", sa.String(length=40), nullable=True),
        sa.Column("props", Json(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "event_id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_session", "event", ["tenant_id", "session_id"], unique=False)
    op.create_table(
        "exchange",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("exchange_id", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "exchange_id", name=op.f("pk_exchange")),
    )
    op.create_index("ix_exchange_object", "exchange", ["tenant_id", "object_id"], unique=False)
    op.create_table(
        "experiment_exposure",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("experiment_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("variation_id", sa.String(length=40), nullable=False),
        sa.Column("exposed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "experiment_id", "session_id", name=op.f("pk_experiment_exposure")),
    )
    op.create_index(
        "ix_experiment_exposure_scenario",
        "experiment_exposure",
        ["tenant_id", "scenario_id", "experiment_id", "exposed_at"],
        unique=False,
    )
    op.create_table(
        "idempotency",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("endpoint", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("resource_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "endpoint", "key", name=op.f("pk_idempotency")),
        info={"idempotency": True},
    )
    op.create_table(
        "inbox",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("inbox_id", sa.String(length=40), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("notify_key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("payee", sa.String(length=64), nullable=True),
        sa.Column("channel_no", sa.String(length=64), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("occurred_at", Instant(), nullable=True),
        sa.Column("summary", Json(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("classified", sa.String(length=20), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "inbox_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_number", "inbox", ["tenant_id", "number"], unique=False)
    op.create_index("uq_inbox_notify_key", "inbox", ["tenant_id", "channel_account_id", "notify_key"], unique=True)
    op.create_table(
        "job",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("lease_owner", sa.String(length=40), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "job_id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_due",
        "job",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "uq_job_key",
        "job",
        ["tenant_id", "kind", "key"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "journal",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("journal_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_type", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("event_at", Instant(), nullable=False),
        sa.Column("booked_at", Instant(), nullable=False),
        sa.Column("accounting_date", sa.Date(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("reverses", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reverses"],
            ["journal.tenant_id", "journal.journal_id"],
            name=op.f("fk_journal_tenant_id_reverses_journal"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "journal_id", name=op.f("pk_journal")),
        sa.UniqueConstraint(
            "tenant_id",
            "source_id",
            "source_type",
            "kind",
            name=op.f("uq_journal_tenant_id_source_id_source_type_kind"),
        ),
    )
    op.create_index(
        op.f("ix_journal_tenant_id_accounting_date"), "journal", ["tenant_id", "accounting_date"], unique=False
    )
    op.create_table(
        "member",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "member_id", name=op.f("pk_member")),
    )
    op.create_index("uq_member_external", "member", ["tenant_id", "mode", "external_id"], unique=True)
    op.create_table(
        "payment",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("method_id", sa.String(length=64), nullable=False),
        sa.Column("method_type", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_reserved_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("routes", Json(), nullable=False),
        sa.Column("decisions", Json(), nullable=False),
        sa.Column("evidence", Json(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_amount_positive")),
        sa.CheckConstraint("fee_refunded_minor BETWEEN 0 AND fee_minor", name=op.f("ck_payment_fee_refund_within_fee")),
        sa.CheckConstraint(
            "refund_reserved_minor BETWEEN 0 AND captured_minor", name=op.f("ck_payment_refund_within_captured")
        ),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND refund_reserved_minor", name=op.f("ck_payment_refunded_within_reserved")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "payment_id", name=op.f("pk_payment")),
    )
    op.create_index("ix_payment_created", "payment", ["tenant_id", "mode", "created_at"], unique=False)
    op.create_index("ix_payment_order", "payment", ["tenant_id", "order_id"], unique=False)
    op.create_index(
        "uq_payment_open",
        "payment",
        ["tenant_id", "order_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('CREATED', 'HELD', 'PROCESSING', 'CLOSING')"),
        postgresql_where=sa.text("status IN ('CREATED', 'HELD', 'PROCESSING', 'CLOSING')"),
    )
    op.create_table(
        "refund",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("refund_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("refund_no", sa.String(length=64), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel_refund_no", sa.String(length=64), nullable=True),
        sa.Column("failure", sa.String(length=60), nullable=True),
        sa.Column("send_count", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_amount_positive")),
        sa.PrimaryKeyConstraint("tenant_id", "refund_id", name=op.f("pk_refund")),
    )
    op.create_index("ix_refund_payment", "refund", ["tenant_id", "payment_id"], unique=False)
    op.create_index("uq_refund_no", "refund", ["tenant_id", "mode", "refund_no"], unique=True)
    op.create_table(
        "risk_event",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("risk_event_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value_hash", sa.String(length=64), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "risk_event_id", name=op.f("pk_risk_event")),
    )
    op.create_index(
        "ix_risk_event_count", "risk_event", ["tenant_id", "mode", "key", "value_hash", "occurred_at"], unique=False
    )
    op.create_table(
        "scenario_version",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.Column("source_yaml", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "content_hash", name=op.f("pk_scenario_version")),
    )
    op.create_index(
        "ix_scenario_version_newest", "scenario_version", ["tenant_id", "scenario_id", "created_at"], unique=False
    )
    op.create_table(
        "state_event",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("state_event_id", sa.String(length=40), nullable=False),
        sa.Column("object_type", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=True),
        sa.Column("event", sa.String(length=30), nullable=False),
        sa.Column("target", sa.String(length=20), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "state_event_id", name=op.f("pk_state_event")),
    )
    op.create_index("ix_state_event_object", "state_event", ["tenant_id", "object_id"], unique=False)
    op.create_table(
        "tenant",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("name", Json(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant")),
    )
    op.create_table(
        "transaction",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("flow", sa.String(length=10), nullable=False),
        sa.Column("payee", sa.String(length=80), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fee_rate_ppm", sa.Integer(), nullable=False),
        sa.Column("fee_min_minor", sa.BigInteger(), nullable=False),
        sa.Column("late_success", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "transaction_id", name=op.f("pk_transaction")),
    )
    op.create_index("uq_transaction_order", "transaction", ["tenant_id", "order_id"], unique=True)
    op.create_table(
        "webhook_endpoint",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("endpoint_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", Json(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_success_at", Instant(), nullable=True),
        sa.Column("last_failure_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.Column("disabled_reason", sa.String(length=40), nullable=True),
        sa.CheckConstraint("mode IN ('test', 'live')", name=op.f("ck_webhook_endpoint_mode")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_webhook_endpoint_failures")),
        sa.PrimaryKeyConstraint("tenant_id", "endpoint_id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_table(
        "webhook_message",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("object_version", sa.BigInteger(), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.CheckConstraint("mode IN ('test', 'live')", name=op.f("ck_webhook_message_mode")),
        sa.PrimaryKeyConstraint("tenant_id", "message_id", name=op.f("pk_webhook_message")),
    )
    op.create_index(
        "ix_webhook_message_object", "webhook_message", ["tenant_id", "object_id", "occurred_at"], unique=False
    )
    op.create_index("ix_webhook_message_occurred", "webhook_message", ["tenant_id", "occurred_at"], unique=False)
    op.create_table(
        "channel_credential",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_account_id"],
            ["channel_account.tenant_id", "channel_account.channel_account_id"],
            name=op.f("fk_channel_credential_tenant_id_channel_account_id_channel_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "channel_account_id", "version", name=op.f("pk_channel_credential")),
    )
    op.create_table(
        "entry",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("journal_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_after_minor", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", Instant(), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_entry_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.account_id"],
            name=op.f("fk_entry_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "journal_id"],
            ["journal.tenant_id", "journal.journal_id"],
            name=op.f("fk_entry_tenant_id_journal_id_journal"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "seq", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_tenant_id_journal_id"), "entry", ["tenant_id", "journal_id"], unique=False)
    op.create_table(
        "scenario_pointer",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("published_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("mode IN ('test', 'live')", name=op.f("ck_scenario_pointer_mode")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "content_hash"],
            ["scenario_version.tenant_id", "scenario_version.content_hash"],
            name=op.f("fk_scenario_pointer_tenant_id_content_hash_scenario_version"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "scenario_id", "mode", name=op.f("pk_scenario_pointer")),
    )
    op.create_table(
        "scenario_publication",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("publication_id", sa.String(length=40), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("published_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("mode IN ('test', 'live')", name=op.f("ck_scenario_publication_mode")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "content_hash"],
            ["scenario_version.tenant_id", "scenario_version.content_hash"],
            name=op.f("fk_scenario_publication_tenant_id_content_hash_scenario_version"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "publication_id", name=op.f("pk_scenario_publication")),
    )
    op.create_index(
        "ix_scenario_publication_history",
        "scenario_publication",
        ["tenant_id", "scenario_id", "mode", "publication_id"],
        unique=False,
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("delivery_id", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("endpoint_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("response_excerpt", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("next_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"],
            ["webhook_endpoint.tenant_id", "webhook_endpoint.endpoint_id"],
            name=op.f("fk_webhook_delivery_tenant_id_endpoint_id_webhook_endpoint"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["webhook_message.tenant_id", "webhook_message.message_id"],
            name=op.f("fk_webhook_delivery_tenant_id_message_id_webhook_message"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "delivery_id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(
        "ix_webhook_delivery_endpoint", "webhook_delivery", ["tenant_id", "endpoint_id", "requested_at"], unique=False
    )
    op.create_index(
        "ix_webhook_delivery_message", "webhook_delivery", ["tenant_id", "message_id", "requested_at"], unique=False
    )
