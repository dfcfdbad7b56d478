"""What a fleet shares: who asks the model for which failure, what was spent on it, and what is switched off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables more."""
    op.create_table(
        "leases",
        sa.Column("key_digest", sa.String(64), primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("flatlines", sa.Integer, nullable=False),
        sa.Column("blocked_until", sa.Double, nullable=False),
    )
    op.create_table(
        "spending",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Double, nullable=False, index=True),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
    )
    op.create_table(
        "switches",
        sa.Column("module", sa.Text, primary_key=True),
        sa.Column("qualname", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )


def downgrade() -> None:
    """A release goes forward only."""
    raise NotImplementedError
