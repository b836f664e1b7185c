"""Tries: how often a child process died over one set of an arrival."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "tries",
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("set_ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("transmission_id", "set_ordinal"),
    )
