"""An interchange made safe to share: what it says of people, goods and money replaced, its form and its errors kept."""

from __future__ import annotations

from channels.x12.redaction.redact import Redaction, Unreadable, redact

__all__ = ["Redaction", "Unreadable", "redact"]
