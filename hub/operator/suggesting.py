"""What the hub knows of a partner that helps to tell its columns: its profile, and the orders it was sent."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

from canonical.identifier import ItemIdentifierKind
from channels.files.suggesting import Known
from hub.errors import OperationRefused
from hub.operator.selection import Selection, documents
from hub.store import configurations
from hub.store import documents as document_rows
from hub.store.errors import StoreError
from hub.store.store import Store
from partners.loader import load_profile_text

ORDERS = 200
"""The newest orders of the partner that are looked at."""


def knowledge(partner: str | None, data_dir: Path, database: str) -> tuple[str | None, Known, bool | None]:
    """The text of the partner's profile in force, what its orders say, and whether it writes the day first, as its time
    zone tells; nothing of a partner that the hub does not know, or without a hub."""
    if partner is None:
        return None, Known(), None
    try:
        store = Store(database, data_dir, writable=False)
    except (StoreError, OperationRefused, OSError):
        return None, Known(), None
    try:
        with store.read() as tx:
            row = configurations.current(tx, "partner", partner)
            if row is None:
                return None, Known(), None
            wanted = Selection(partner=partner, type="purchase_order")
            orders = [document_rows.get(tx, one.id) for one in islice(documents(tx, wanted), ORDERS)]
    finally:
        store.close()
    profile = load_profile_text(row.text, partner).value
    zone = profile.time_zone if profile is not None else "UTC"
    return row.text, known_of(order.canonical for order in orders if order and order.canonical), _day_first(zone)


def known_of(canonical: Any) -> Known:
    """Numbers and items of orders, from their canonical JSON."""
    numbers: set[str] = set()
    items: dict[str, set[str]] = {kind: set() for kind in (BUYER, VENDOR)}
    for text in canonical:
        order = text if isinstance(text, dict) else json.loads(text)
        numbers.add(str(order.get("purchase_order_number", "")))
        for line in order.get("lines", ()):
            for identifier in line.get("identifiers", ()):
                if identifier.get("kind") in items:
                    items[identifier["kind"]].add(str(identifier.get("value", "")))
    return Known(frozenset(numbers - {""}), frozenset(items[BUYER]), frozenset(items[VENDOR]))


BUYER, VENDOR = str(ItemIdentifierKind.BUYER_ITEM_NUMBER), str(ItemIdentifierKind.VENDOR_ITEM_NUMBER)


def _day_first(zone: str) -> bool | None:
    """In the Americas' north the month stands first, elsewhere the day."""
    if zone.startswith(("US/", "America/")):
        return False
    return None if zone in ("UTC", "Etc/UTC") else True
