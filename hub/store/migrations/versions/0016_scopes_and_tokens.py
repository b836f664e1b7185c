"""Access keys that may do less and that expire, and the short-lived tokens drawn with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.engine.columns import Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("access_keys", sa.Column("scopes", sa.String(length=200), nullable=True))
    op.add_column("access_keys", sa.Column("expires_at", Instant(), nullable=True))
    op.create_table(
        "access_tokens",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_access_tokens_expires", "access_tokens", ["expires_at"])
