"""The outbox: what waits to be fetched, and who fetched and confirmed it when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.engine.columns import Instant, Serial

revision = "0017"
down_revision = "0016"

# What lies there already: whether it was fetched is not known, so nobody is told that it was not.
_LYING = """
INSERT INTO outbox (departure_id, box, target, available_at, waiting)
SELECT t.id, 'partner:' || t.partner, t.target, MAX(a.ended_at), (1 = 0)
FROM transmissions AS t JOIN attempts AS a ON a.departure_id = t.id
WHERE t.status = 'sent' AND t.partner IS NOT NULL AND a.status = 'in the outbox'
GROUP BY t.seq, t.id, t.partner, t.target
ORDER BY t.seq
"""


def _partial(name: str, columns: list[str], where: str, sqlite_where: str = "") -> None:
    postgresql, sqlite = sa.text(where), sa.text(sqlite_where or where)
    op.create_index(name, "outbox", columns, postgresql_where=postgresql, sqlite_where=sqlite)


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", Serial, primary_key=True, autoincrement=True),
        sa.Column("departure_id", sa.String(40), nullable=False),
        sa.Column("box", sa.String(110), nullable=False),
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("available_at", Instant(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("fetched_at", Instant()),
        sa.Column("fetched_by", sa.String(120)),
        sa.Column("closed_at", Instant()),
        sa.Column("closed_by", sa.String(120)),
        sa.Column("outcome", sa.String(12)),
        sa.Column("lease", sa.String(40)),
        sa.Column("lease_until", Instant()),
    )
    _partial("ix_outbox_open", ["box", "seq"], "closed_at IS NULL")
    _partial("ix_outbox_waiting", ["target", "available_at"], "waiting", "waiting = 1")
    op.create_index("ix_outbox_departure", "outbox", ["departure_id", "seq"])
    op.execute(_LYING)
