"""What the hub raises where it will not do what it was asked."""

from __future__ import annotations


class OperationRefused(Exception):
    """It cannot be done; the message says why in plain words."""
