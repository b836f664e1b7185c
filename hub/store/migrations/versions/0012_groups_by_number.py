"""groups are found by their number: a partner may want a used one held

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_groups_number", "groups", ["control_number", "functional_identifier"])
