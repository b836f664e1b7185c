"""The tables of who may come in: keys and tokens of programs, operators and their sessions. No secret is in them."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text

from hub.store.engine.columns import Instant, metadata

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(8), nullable=False),  # partner, system, gateway
    Column("subject", String(64), nullable=False),  # partner key or system name
    Column("name", String(80), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256 of a 256-bit random key
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    Column("scopes", String(200)),  # parted by blanks; null is all
    Column("expires_at", Instant),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of a 256-bit random token
    Column("key_id", String(40), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_access_tokens_expires", "expires_at"),
)

seen_signatures = Table(
    "seen_signatures",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of caller and signature
    Column("valid_until", Instant, nullable=False),
    Index("ix_seen_signatures_valid", "valid_until"),
)

operators = Table(
    "operators",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("created_at", Instant, nullable=False),
)

setup_tokens = Table(
    "setup_tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("operator", String(64), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)
