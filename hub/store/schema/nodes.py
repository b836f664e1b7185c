"""Which processes work on the store, and which versions of the hub may."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from hub.store.engine.columns import Instant, metadata

nodes = Table(
    "nodes",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("roles", String(80), nullable=False),
    Column("version", String(40), nullable=False),
    Column("schema", String(32), nullable=False),  # the newest revision that its code knows
    Column("url", Text, nullable=False, server_default=""),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),  # its last sign of life
)

schema_compatibility = Table(
    "schema_compatibility",
    metadata,
    Column("revision", String(32), primary_key=True),  # of the schema
    Column("oldest", String(32), nullable=False),  # a node whose newest revision is this one may work on it
)
