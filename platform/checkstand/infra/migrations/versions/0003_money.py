"""The money chain: members' cards, payouts, clearing, settlement, closed days and the queue of differences."""

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
