"""The money chain: members' cards, payouts, clearing, settlement, closed days and the queue of differences."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables and columns of the money chain."""
    pass
