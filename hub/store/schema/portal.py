"""The tables of the portal: who of a partner's people may come in, and files they look at before they send them. No
secret is in them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, text

from hub.store.engine.columns import Instant, metadata

portal_users = Table(
    "portal_users",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("partner", String(64), nullable=False),
    Column("email", String(254), nullable=False),  # in lower case
    Column("manages", Boolean, nullable=False),  # the users of the own company
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("signed_in_at", Instant),
    Column("removed_at", Instant),
    Index(
        "ix_portal_users_email",
        "email",
        "partner",
        unique=True,
        postgresql_where=text("removed_at IS NULL"),
        sqlite_where=text("removed_at IS NULL"),
    ),
)

portal_invitations = Table(
    "portal_invitations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256 of a 256-bit random token
    Column("partner", String(64), nullable=False),
    Column("email", String(254), nullable=False),
    Column("manages", Boolean, nullable=False),
    Column("user_id", String(40)),  # whose password is chosen anew; null: a new user's
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),  # used, withdrawn, or followed by a newer one
    Index("ix_portal_invitations_partner", "partner"),
)

portal_sessions = Table(
    "portal_sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("user_id", String(40), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("ix_portal_sessions_user", "user_id"),
)

portal_drafts = Table(
    "portal_drafts",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of a 256-bit random token
    Column("session", String(64), nullable=False),  # the hash of the session that it is bound to
    Column("partner", String(64), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_portal_drafts_partner", "partner", "session"),
    Index("ix_portal_drafts_expires", "expires_at"),
)
