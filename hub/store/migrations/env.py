"""Alembic's environment: runs on the connection that ``hub.store.migration`` hands over, inside its transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from hub.store.engine.columns import Instant
from hub.store.schema.tables import metadata


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Writes our own column type by its name into a new revision."""
    return "Instant()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render_item,
    render_as_batch=True,  # SQLite cannot change a column in place
)
with context.begin_transaction():
    context.run_migrations()
