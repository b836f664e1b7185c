"""What is held back is put aside, and a claim reads no backlog: indexes in the order of the questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("waits_for", sa.BigInteger(), nullable=True))
    candidates = "status = 'pending' AND batch IS NULL AND waits_for IS NULL"
    _partial("ix_deliveries_candidates", "deliveries", ["seq", "target"], candidates)
    _partial("ix_deliveries_waits_for", "deliveries", ["waits_for"], "waits_for IS NOT NULL")
    op.drop_index("ix_transmissions_departures", "transmissions")
    _partial("ix_transmissions_departures", "transmissions", ["target", "due_at", "seq"], "status = 'due'")
