"""Documents and deliveries of a span of time are read newest first, wherever it ends."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
expands = True


def upgrade() -> None:
    op.drop_index("ix_documents_created", "documents")
    op.create_index("ix_documents_created", "documents", ["created_at", "seq", "partner", "status"])
    op.create_index("ix_deliveries_created", "deliveries", ["created_at", "seq"])
