"""What the hub raises where it will not do what it was asked."""

from __future__ import annotations


class NotAllowed(Exception):
    """The credential is good, but what it asks for is not open to it. The message is safe to show."""


class OperationRefused(Exception):
    """It cannot be done; the message says why in plain words."""
