"""What is leased is found without reading all that lies in an outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

LEASED = "closed_at IS NULL AND lease_until IS NOT NULL"


def upgrade() -> None:
    where = sa.text(LEASED)
    op.create_index("ix_outbox_leased", "outbox", ["box", "lease_until"], postgresql_where=where, sqlite_where=where)
