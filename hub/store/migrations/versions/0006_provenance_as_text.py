"""Provenance is written as the JSON text that the reader makes, in a shorter form. What was stored before is dropped: a
replay makes it again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("UPDATE documents SET provenance = NULL")
    with op.batch_alter_table("documents") as documents:
        documents.alter_column(
            "provenance", type_=sa.Text(), existing_nullable=True, postgresql_using="provenance::text"
        )
