"""Rows of the portal as frozen values. Field names are columns of the table of the same name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PortalUser:
    """One person of a partner's. ``manages``: may invite and remove others of the same partner."""

    id: str
    partner: str
    email: str
    manages: bool
    password_hash: str = field(repr=False)
    created_at: datetime
    created_by: str
    signed_in_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PortalInvitation:
    """A link by which somebody becomes a user or, where ``user_id`` names one, chooses a new password. It works once,
    until ``expires_at``, unless it was ended before."""

    id: str
    partner: str
    email: str
    manages: bool
    user_id: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PortalSession:
    """A signed-in user. ``csrf`` is the token that its forms must repeat."""

    user_id: str
    csrf: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class PortalDraft:
    """A file that its sender looks at before it is sent; nothing of it has arrived."""

    partner: str
    file_name: str
    body: bytes = field(repr=False)
    size: int
    created_at: datetime
    expires_at: datetime
