"""Notifications of webhooks are found by whom they are for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    where = sa.text("channel = 'webhooks'")
    name = "ix_transmissions_notifications"
    op.create_index(name, "transmissions", ["target", "seq"], postgresql_where=where, sqlite_where=where)
