"""An index by which it is told when a partner last sent something, now or before any instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index(
        "ix_transmissions_partner_arrived",
        "transmissions",
        ["partner", "received_at"],
        postgresql_where=sa.text("direction = 'in'"),
        sqlite_where=sa.text("direction = 'in'"),
    )
