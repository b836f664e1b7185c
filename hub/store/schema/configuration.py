"""What was applied: hub.yaml and profiles with every version of them, and crosswalks with their history."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from hub.store.engine.columns import Instant, Serial, metadata

configurations = Table(
    "configurations",
    metadata,
    Column("kind", String(8), primary_key=True),  # hub, partner
    Column("key", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),  # YAML as applied, comments kept
    Column("sha256", String(64), nullable=False),
    Column("applied_at", Instant, nullable=False),
    Column("applied_by", String(80), nullable=False),
)

crosswalk_rows = Table(
    "crosswalk_rows",
    metadata,
    Column("partner", String(64), primary_key=True),
    Column("list", String(12), primary_key=True),  # item, unit, location, code
    Column("code_list", String(40), primary_key=True),  # which code list; "" for the others
    Column("partner_value", String(120), primary_key=True),
    Column("our_value", String(120), nullable=False),
    Column("revision", Integer, nullable=False),
)

crosswalk_history = Table(
    "crosswalk_history",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("partner", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("list", String(12), nullable=False),
    Column("code_list", String(40), nullable=False),
    Column("partner_value", String(120), nullable=False),
    Column("old_value", String(120)),
    Column("new_value", String(120)),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(80), nullable=False),
    Index("ix_crosswalk_history", "partner", "revision"),
)
