"""${message}.

Revision ${up_revision}, after ${down_revision | comma,n}.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.engine.columns import Instant

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
expands = False  # True where nodes that do not know this revision may go on beside those that do (hub.store.migration)


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
