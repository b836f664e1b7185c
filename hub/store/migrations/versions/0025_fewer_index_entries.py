"""An index has no entry of a row that it is never asked for; the same bytes are found by their hash first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_PARTIAL = (
    ("ix_documents_group", "documents", "group_id"),
    ("ix_documents_identity", "documents", "identity_key"),
    ("ix_deliveries_departure", "deliveries", "departure_id"),
)


def upgrade() -> None:
    for name, table, column in _PARTIAL:
        where = sa.text(f"{column} IS NOT NULL")
        op.drop_index(name, table)
        op.create_index(name, table, [column], postgresql_where=where, sqlite_where=where)
    op.drop_index("ix_transmissions_sha256", "transmissions")
    op.create_index("ix_transmissions_sha256", "transmissions", ["sha256", "partner"])
