"""Groups say whose they are: a number that very many partners use is looked up for one of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
expands = True

STEP = 10_000

_NEWEST = "SELECT coalesce(max(seq), 0) FROM groups"
_TELL = """
UPDATE groups SET partner = coalesce(around.partner, ''), sender_id = around.sender_id FROM interchanges AS around
WHERE around.id = groups.interchange_id AND groups.seq > :after AND groups.seq <= :last
"""


def upgrade() -> None:
    op.drop_index("ix_groups_number", "groups")
    op.add_column("groups", sa.Column("partner", sa.String(64)))
    op.add_column("groups", sa.Column("sender_id", sa.String(40)))
    tx = op.get_bind()
    for after in range(0, int(tx.execute(sa.text(_NEWEST)).scalar_one()), STEP):
        tx.execute(sa.text(_TELL), {"after": after, "last": after + STEP})
    columns = ["control_number", "functional_identifier", "partner", "sender_id"]
    op.create_index("ix_groups_number", "groups", columns)
