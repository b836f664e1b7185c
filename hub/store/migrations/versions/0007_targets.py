"""How it stands with each target, and an index by which no target's backlog is read for another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.engine.columns import Instant

revision = "0007"
down_revision = "0006"


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "transmissions", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def upgrade() -> None:
    op.create_table(
        "target_states",
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("breaker", sa.String(length=12), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("probe_at", Instant(), nullable=True),
        sa.Column("probe", sa.String(length=40), nullable=True),
        sa.Column("hold_until", Instant(), nullable=True),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("paused_at", Instant(), nullable=True),
        sa.Column("paused_by", sa.String(length=80), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("target"),
        sa.UniqueConstraint("id"),
    )
    op.drop_index("ix_transmissions_departures", "transmissions")
    _partial("ix_transmissions_departures", ["target", "due_at", "lease_until"], "status = 'due'")
    _partial("ix_transmissions_departing", ["target", "lease_until"], "status = 'due' AND lease_until IS NOT NULL")
