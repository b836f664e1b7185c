"""Deliveries that their target confirms later are open ones too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

OPEN = "status IN ('pending', 'composed', 'awaiting', 'dead')"


def upgrade() -> None:
    op.drop_index("ix_deliveries_open", "deliveries")
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["status", "seq", "target"],
        postgresql_where=sa.text(OPEN),
        sqlite_where=sa.text(OPEN),
    )
