"""A mapping suggested for a partner's file, in a child process; and what the hub knows of the partner that helps to
tell its columns: its profile, and the orders it was sent."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

from canonical.identifier import ItemIdentifierKind
from channels.files.suggesting import Known, Suggestion
from hub.compute.pool import Children, Limits
from hub.compute.port import ChildDied, ComputingUnavailable, Item, TaskFailed
from hub.errors import OperationRefused
from hub.operator.selection import Selection, documents
from hub.operator.suggestion_child import ANSWER, WANTED, Wanted
from hub.store.configuration import configurations
from hub.store.errors import StoreError
from hub.store.store import Store
from hub.store.traffic import documents as document_rows
from partners.loader import load_profile_text

ORDERS = 200
"""The newest orders of the partner that are looked at."""


def suggested(
    sample: Path, document: str, known: Known, *, day_first: bool | None, limits: Limits | None = None
) -> Suggestion:
    """The mapping for a file that somebody has sent, found in a child process that is ended when it takes too much time
    or memory. Raises OperationRefused, in words for people, where there is none."""
    size = sample.stat().st_size
    if size == 0:
        raise OperationRefused("it is empty")
    children = Children("hub.operator.suggestion_child", 1, limits or Limits())
    item = Item(WANTED.dump_json(Wanted(document, known, day_first)), size)
    try:
        asking = children.ask("suggest", [item], [sample.absolute()], {}, lambda: None)
        assert asking is not None, "nobody else asks this child"
        [answer] = asking
        read = ANSWER.validate_json(answer)
    except ChildDied as death:
        raise OperationRefused(f"it cannot be read safely: {death}") from death
    except TaskFailed as fault:
        raise OperationRefused(f"the hub failed at reading it ({fault})") from fault
    except ComputingUnavailable as trouble:
        raise OperationRefused(str(trouble)) from trouble
    finally:
        children.close()
    if read.suggestion is None:
        assert read.refused is not None, "either is there"
        raise OperationRefused(f"{read.refused.message}. {read.refused.fix or ''}".strip())
    return read.suggestion


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
