"""The ledger: how many documents an arrival holds, and which bytes each interchange has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ARRIVED = "direction = 'in'"

POSTED_DOCUMENTS = """
UPDATE documents SET set_ordinal = 0
WHERE set_ordinal IS NULL AND interchange_id IS NULL AND type <> 'functional_acknowledgment'
AND transmission_id IN (SELECT id FROM transmissions WHERE direction = 'in' AND content_type = 'application/json')
"""
COUNT_POSTED = """
UPDATE transmissions SET sets = 1
WHERE direction = 'in' AND content_type = 'application/json' AND status IN ('processed', 'duplicate')
"""
COUNT_SETS = """
UPDATE transmissions SET sets = (
    SELECT sum(groups.set_count) FROM groups JOIN interchanges ON interchanges.id = groups.interchange_id
    WHERE interchanges.transmission_id = transmissions.id
)
WHERE direction = 'in' AND content_type <> 'application/json'
AND EXISTS (SELECT 1 FROM interchanges WHERE interchanges.transmission_id = transmissions.id)
"""


def upgrade() -> None:
    op.add_column("transmissions", sa.Column("sets", sa.Integer(), nullable=True))
    op.add_column("interchanges", sa.Column("byte_offset", sa.BigInteger(), nullable=True))
    op.add_column("interchanges", sa.Column("byte_length", sa.BigInteger(), nullable=True))
    condition = sa.text(ARRIVED)
    op.create_index(
        "ix_transmissions_arrived",
        "transmissions",
        ["received_at"],
        postgresql_where=condition,
        sqlite_where=condition,
    )
    for statement in (POSTED_DOCUMENTS, COUNT_POSTED, COUNT_SETS):
        op.execute(statement)
