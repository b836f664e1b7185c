"""What decides about documents of one partner beside its profile."""

from __future__ import annotations

from dataclasses import dataclass

from hub.settings import HubSettings
from hub.store.schema.records import CrosswalkRow


@dataclass(frozen=True, slots=True)
class Rules:
    """Routes and crosswalk, at one moment."""

    settings: HubSettings
    settings_version: int
    rows: tuple[CrosswalkRow, ...] = ()
    revision: int = 0
