"""Of a target, the departures in a row of which it says that it takes nothing at this place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("target_states", sa.Column("misdirected", sa.JSON(none_as_null=True), nullable=True))
