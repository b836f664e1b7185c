"""What a partner's acknowledgment has closed is found by the acknowledgment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    where = sa.text("acknowledged_by IS NOT NULL")
    name = "ix_deliveries_acknowledged_by"
    op.create_index(name, "deliveries", ["acknowledged_by"], postgresql_where=where, sqlite_where=where)
