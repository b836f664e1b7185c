"""The documents of a number are read newest first, however many have it."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
expands = True


def upgrade() -> None:
    op.drop_index("ix_document_keys_value", "document_keys")
    op.create_index("ix_document_keys_value", "document_keys", ["value", "document_seq"])
