"""Every list is read from an index in its order; indexes that finished work has no need of hold none of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
expands = True

_GONE = (
    ("ix_transmissions_trouble", "transmissions"),
    ("ix_transmissions_sha256", "transmissions"),
    ("ix_documents_list", "documents"),
    ("ix_documents_status", "documents"),
    ("ix_documents_created", "documents"),
    ("ix_documents_origin", "documents"),
    ("ix_events_transmission", "events"),
)
_WHOLE = (
    ("ix_documents_list", "documents", ["partner", "type", "direction", "seq", "status"]),
    ("ix_documents_partner", "documents", ["partner", "seq"]),
    ("ix_documents_type", "documents", ["type", "seq"]),
    ("ix_documents_created", "documents", ["created_at", "partner", "status"]),
    ("ix_deliveries_target", "deliveries", ["target", "seq"]),
    ("ix_deliveries_partner", "deliveries", ["partner", "seq"]),
)
_ENDED = "status IN ('rejected', 'quarantined', 'dead', 'duplicate', 'given_up')"
_PARTIAL = (
    ("ix_transmissions_trouble", "transmissions", ["status", "seq"], _ENDED),
    ("ix_transmissions_sha256", "transmissions", ["sha256", "partner"], "direction = 'in'"),
    ("ix_documents_status", "documents", ["status", "seq"], "status <> 'routed'"),
    ("ix_documents_origin", "documents", ["origin_id"], "origin_id <> id"),
    ("ix_deliveries_ended", "deliveries", ["status", "seq"], "status IN ('refused', 'given_up')"),
)


def upgrade() -> None:
    for name, table in _GONE:
        op.drop_index(name, table)
    for name, table, columns in _WHOLE:
        op.create_index(name, table, columns)
    for name, table, columns, where in _PARTIAL:
        op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
