"""The audit chain: events have a feed position, and seals chain them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.engine.columns import Instant

revision = "0004"
down_revision = "0003"

UNSEALED, SEALED = "position IS NULL", "position IS NOT NULL"


def upgrade() -> None:
    op.add_column("events", sa.Column("position", sa.BigInteger(), nullable=True))
    for name, column, where, unique in (
        ("ix_events_unsealed", "seq", UNSEALED, False),
        ("ux_events_position", "position", SEALED, True),
    ):
        condition = sa.text(where)
        op.create_index(name, "events", [column], unique=unique, postgresql_where=condition, sqlite_where=condition)
    op.create_table(
        "seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "pruned_events",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
