"""Signatures of requests, so that none is taken twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.engine.columns import Instant

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "seen_signatures",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("valid_until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_seen_signatures_valid", "seen_signatures", ["valid_until"])
