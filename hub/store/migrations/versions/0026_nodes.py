"""The nodes that work on the store, and the versions that may work on its schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.engine.columns import Instant

revision = "0026"
down_revision = "0025"
expands = True


def upgrade() -> None:
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("roles", sa.String(80), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("schema", sa.String(32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False, server_default=""),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
    )
    op.create_table(
        "schema_compatibility",
        sa.Column("revision", sa.String(32), primary_key=True),
        sa.Column("oldest", sa.String(32), nullable=False),
    )
