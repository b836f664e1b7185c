"""Control numbers that left say which identity of ours counts them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("sent_sets", sa.Column("identity", sa.String(64), nullable=False, server_default=""))
