"""Retention: of a transmission whose bytes were removed, when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.engine.columns import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("transmissions", sa.Column("pruned_at", Instant(), nullable=True))
