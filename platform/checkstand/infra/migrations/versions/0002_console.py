"""The console: operators with their sessions and roles, invitations, and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from checkstand.infra.db import Instant, Json

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the console's tables and indexes."""
    op.create_table(
        "api_key_use",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("api_key_id", sa.String(length=40), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "api_key_id", name=op.f("pk_api_key_use")),
    )
    op.create_table(
        "api_request",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("route", sa.String(length=120), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("status_class", sa.SmallInteger(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("api_key_id", sa.String(length=40), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("trace_id", sa.String(length=32), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("problem", Json(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("touched", Json(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "request_id", name=op.f("pk_api_request")),
    )
    op.create_index(
        "ix_api_request_class",
        "api_request",
        ["tenant_id", "mode", "status_class", "created_at", "request_id"],
        unique=False,
    )
    op.create_index(
        "ix_api_request_time", "api_request", ["tenant_id", "mode", "created_at", "request_id"], unique=False
    )
    op.create_index("ix_api_request_trace", "api_request", ["tenant_id", "trace_id"], unique=False)
    op.create_table(
        "api_request_gap",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("gap_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "gap_id", name=op.f("pk_api_request_gap")),
    )
    op.create_table(
        "audit_event",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("audit_id", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.String(length=40), nullable=False),
        sa.Column("actor_email", sa.String(length=254), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_type", sa.String(length=30), nullable=False),
        sa.Column("object_id", sa.String(length=80), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("before", Json(), nullable=True),
        sa.Column("after", Json(), nullable=True),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "audit_id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_action", "audit_event", ["tenant_id", "action", "audit_id"], unique=False)
    op.create_index("ix_audit_event_object", "audit_event", ["tenant_id", "object_type", "object_id"], unique=False)
    op.create_table(
        "experiment_layer",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("layer", sa.String(length=64), nullable=False),
        sa.Column("claims", Json(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "mode", "layer", name=op.f("pk_experiment_layer")),
    )
    op.create_table(
        "experiment_state",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("experiment_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("coverage", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("changed_by", sa.String(length=254), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('running', 'stopped')", name=op.f("ck_experiment_state_status")),
        sa.CheckConstraint("coverage BETWEEN 0 AND 1", name=op.f("ck_experiment_state_coverage")),
        sa.PrimaryKeyConstraint("tenant_id", "mode", "scenario_id", "experiment_id", name=op.f("pk_experiment_state")),
    )
    op.create_table(
        "experiment_unit",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("layer", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=80), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "mode", "layer", "subject", name=op.f("pk_experiment_unit")),
    )
    op.create_table(
        "invitation",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("invitation_id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "invitation_id", name=op.f("pk_invitation")),
    )
    op.create_index("ix_invitation_token", "invitation", ["token_hash"], unique=False)
    op.create_table(
        "mail",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("mail_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "mail_id", name=op.f("pk_mail")),
    )
    op.create_index("ix_mail_time", "mail", ["tenant_id", "created_at", "mail_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "operator_id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_operator", "membership", ["operator_id"], unique=False)
    op.create_table(
        "operator",
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("recovery_hashes", Json(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_operator")),
    )
    op.create_index("uq_operator_email", "operator", ["email"], unique=True)
    op.create_table(
        "operator_identity",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_operator_identity")),
    )
    op.create_index("ix_operator_identity_operator", "operator_identity", ["operator_id"], unique=False)
    op.create_table(
        "operator_session",
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_operator_session")),
    )
    op.create_index("ix_operator_session_operator", "operator_session", ["operator_id", "created_at"], unique=False)
    op.create_index("uq_operator_session_state", "operator_session", ["state_hash"], unique=True)
    op.create_table(
        "reconciliation_file",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "file_id", name=op.f("pk_reconciliation_file")),
        sa.UniqueConstraint(
            "tenant_id", "channel_account_id", "cleared_on", "sha256", name="uq_reconciliation_file_content"
        ),
        sa.UniqueConstraint(
            "tenant_id", "channel_account_id", "cleared_on", "version", name="uq_reconciliation_file_version"
        ),
    )
    op.create_table(
        "reconciliation_file_part",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "file_id", "part", name=op.f("pk_reconciliation_file_part")),
    )
    op.create_table(
        "reconciliation_item",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("our_no", sa.String(length=64), nullable=False),
        sa.Column("channel_no", sa.String(length=64), nullable=False),
        sa.Column("original_no", sa.String(length=64), nullable=False),
        sa.Column("item_class", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("resolution", sa.String(length=20), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("own_minor", sa.BigInteger(), nullable=True),
        sa.Column("own_fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("own_at", Instant(), nullable=True),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.Column("channel_minor", sa.BigInteger(), nullable=True),
        sa.Column("channel_fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("channel_at", Instant(), nullable=True),
        sa.Column("line_no", sa.Integer(), nullable=True),
        sa.Column("amount_diff_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_diff_minor", sa.BigInteger(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("posting", sa.Integer(), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "own_minor IS NOT NULL OR channel_minor IS NOT NULL", name=op.f("ck_reconciliation_item_a_side")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", name=op.f("pk_reconciliation_item")),
    )
    op.create_index(
        "ix_reconciliation_item_our_no",
        "reconciliation_item",
        ["tenant_id", "channel_account_id", "our_no"],
        unique=False,
    )
    op.create_index(
        "ix_reconciliation_item_run", "reconciliation_item", ["tenant_id", "run_id", "item_class"], unique=False
    )
    op.create_index(
        "ix_reconciliation_item_status",
        "reconciliation_item",
        ["tenant_id", "channel_account_id", "status"],
        unique=False,
    )
    op.create_table(
        "reconciliation_run",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("channel_account_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=False),
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("classes", Json(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", name=op.f("pk_reconciliation_run")),
        sa.UniqueConstraint("tenant_id", "file_id", name=op.f("uq_reconciliation_run_tenant_id_file_id")),
    )
    op.create_index(
        "ix_reconciliation_run_day",
        "reconciliation_run",
        ["tenant_id", "channel_account_id", "cleared_on"],
        unique=False,
    )
    op.create_table(
        "saved_view",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("view_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("filters", Json(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "view_id", name=op.f("pk_saved_view")),
    )
    op.create_index("ix_saved_view_operator", "saved_view", ["tenant_id", "operator_id", "area"], unique=False)
    op.create_table(
        "scenario_draft",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("base_hash", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(length=254), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("discarded_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "scenario_id", name=op.f("pk_scenario_draft")),
    )
    op.create_table(
        "scenario_draft_revision",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "scenario_id", "slot", name=op.f("pk_scenario_draft_revision")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_failure")),
    )
    op.create_table(
        "unit_settings",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("contacts", Json(), nullable=False),
        sa.Column("retention", Json(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_unit_settings")),
    )
    op.create_table(
        "live_request",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'rejected', 'withdrawn', 'void')", name=op.f("ck_live_request_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "content_hash"],
            ["scenario_version.tenant_id", "scenario_version.content_hash"],
            name=op.f("fk_live_request_tenant_id_content_hash_scenario_version"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "request_id", name=op.f("pk_live_request")),
    )
    op.create_index(
        "ix_live_request_scenario", "live_request", ["tenant_id", "scenario_id", "request_id"], unique=False
    )
    op.create_index(
        "uq_live_request_open",
        "live_request",
        ["tenant_id", "scenario_id"],
        unique=True,
        sqlite_where=sa.text("state = 'requested'"),
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "scheduled_publication",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("schedule_id", sa.String(length=40), nullable=False),
        sa.Column("scenario_id", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("publish_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("scheduled_by", sa.String(length=80), nullable=False),
        sa.Column("scheduled_email", sa.String(length=254), nullable=False),
        sa.Column("scheduled_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('scheduled', 'published', 'cancelled', 'refused')", name=op.f("ck_scheduled_publication_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "content_hash"],
            ["scenario_version.tenant_id", "scenario_version.content_hash"],
            name=op.f("fk_scheduled_publication_tenant_id_content_hash_scenario_version"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "schedule_id", name=op.f("pk_scheduled_publication")),
    )
    op.create_index(
        "ix_scheduled_publication_scenario",
        "scheduled_publication",
        ["tenant_id", "scenario_id", "schedule_id"],
        unique=False,
    )
    op.create_index(
        "uq_scheduled_publication_open",
        "scheduled_publication",
        ["tenant_id", "scenario_id", "mode"],
        unique=True,
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(
        "ix_business_order_created", "business_order", ["tenant_id", "mode", "created_at", "order_id"], unique=False
    )
    op.add_column("cashier_session", sa.Column("units", Json(), nullable=True))
    op.create_index(
        "ix_cashier_session_tested",
        "cashier_session",
        ["tenant_id", "scenario_version"],
        unique=False,
        sqlite_where=sa.text("mode = 'test'"),
        postgresql_where=sa.text("mode = 'test'"),
    )
    op.add_column("experiment_exposure", sa.Column("mode", sa.String(length=4), server_default="test", nullable=False))
    op.add_column("experiment_exposure", sa.Column("unit_id", sa.String(length=32), server_default="", nullable=False))
    op.add_column("experiment_exposure", sa.Column("render_ms", sa.Integer(), nullable=True))
    op.drop_index(op.f("ix_payment_created"), table_name="payment")
    op.create_index("ix_payment_created", "payment", ["tenant_id", "mode", "created_at", "payment_id"], unique=False)
    op.add_column("scenario_publication", sa.Column("reason", sa.String(length=500), server_default="", nullable=False))
    op.add_column(
        "scenario_publication", sa.Column("override_reason", sa.String(length=500), server_default="", nullable=False)
    )
    op.create_index(
        "ix_webhook_delivery_state", "webhook_delivery", ["tenant_id", "state", "delivery_id"], unique=False
    )
    op.create_index(
        "ix_webhook_message_body",
        "webhook_message",
        ["tenant_id", "occurred_at"],
        unique=False,
        sqlite_where=sa.text("payload <> '{}'"),
        postgresql_where=sa.text("payload <> '{}'"),
    )
