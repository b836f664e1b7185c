"""Whose rules a replay works by."""

from __future__ import annotations

from enum import StrEnum


class Basis(StrEnum):
    """Routes, and what is written for a partner, are always those of now."""

    AS_NOW = "as-now"
    AS_RECEIVED = "as-received"  # profile and crosswalk that the first of the document's line was worked by
