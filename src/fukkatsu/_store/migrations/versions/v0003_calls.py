"""Calls with their arguments as they were, where a policy permits to keep them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table more, to which nothing refers: whoever wants to be rid of raw arguments empties it."""
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("function_id", sa.Integer, sa.ForeignKey("functions.id"), nullable=False, index=True),
        sa.Column("key_digest", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("shape", sa.String(64), nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("opaque", sa.Integer, nullable=False),
        sa.Column("exception", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.UniqueConstraint("function_id", "key_digest", "digest", name="calls_once"),
    )


def downgrade() -> None:
    """A release goes forward only."""
    raise NotImplementedError
