"""Batches: deliveries that leave together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WAITING = "batch IS NOT NULL AND status = 'pending'"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("batch", sa.String(length=40), nullable=True))
    op.create_index(
        "ix_deliveries_batch",
        "deliveries",
        ["batch", "seq"],
        postgresql_where=sa.text(WAITING),
        sqlite_where=sa.text(WAITING),
    )
