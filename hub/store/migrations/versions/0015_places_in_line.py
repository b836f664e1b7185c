"""Deliveries stand in an order of their own, so that what a replay makes takes the place of what it replaces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def _anew(name: str, table: str, columns: list[str], where: str, sqlite_where: str = "") -> None:
    op.drop_index(name, table)
    sqlite = sa.text(sqlite_where or where)
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sqlite)


def upgrade() -> None:
    for table in ("deliveries", "delivery_keys"):
        op.add_column(table, sa.Column("place", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE deliveries SET place = seq")
    op.execute("UPDATE delivery_keys SET place = delivery_seq")
    candidates = "status = 'pending' AND batch IS NULL AND waits_for IS NULL"
    _anew("ix_deliveries_candidates", "deliveries", ["place", "seq", "target"], candidates)
    gathered = "batch IS NOT NULL AND status = 'pending'"
    _anew("ix_deliveries_batch", "deliveries", ["batch", "place", "seq"], gathered)
    keys = ["target", "order_key", "place", "delivery_seq"]
    _anew("ix_delivery_keys_open", "delivery_keys", keys, "open", "open = 1")
