"""first answers are written whole: a key in use without an answer is gone

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_table = sa.table("idempotency_keys", sa.column("status", sa.Integer))


def upgrade() -> None:
    op.execute(sa.delete(_table).where(_table.c.status.is_(None)))
    with op.batch_alter_table("idempotency_keys") as batch:
        batch.alter_column("status", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("response", existing_type=sa.Text(), nullable=False)
