"""What a canonical document says, as flat lines by the names that the made-up suppliers' values have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.unit.channels.files.suppliers.making import Sample

NOT_COMPARED = ("line", "amount", "unit", "currency", "total", "text")
"""Values that have no place of their own in each document, or are looked at otherwise."""


def wrong_in(sample: Sample, documents: list[Any]) -> list[str]:
    """What the documents do not say as it is meant; nothing, where all is right."""
    read = sorted((_lines(sample, list(LINES[sample.document](one))) for one in documents), key=str)
    meant = sorted((_lines(sample, document) for document in sample.truth), key=str)
    if read == meant:
        return []
    if [len(one) for one in read] != [len(one) for one in meant]:
        return [f"lines {[len(one) for one in read]} for {[len(one) for one in meant]}"]
    pairs = [pair for own, lines in zip(read, meant, strict=True) for pair in zip(own, lines, strict=True)]
    found = {name: (ours, line) for ours, line in pairs for name in line if ours[name] != line[name]}
    return [f"{name}: {ours[name]!r} for {line[name]!r}" for name, (ours, line) in found.items()]


def _lines(sample: Sample, lines: Any) -> list[dict[str, Any]]:
    names = [name for name in sample.said if name not in NOT_COMPARED]
    return sorted(({name: line.get(name) for name in names} for line in lines), key=lambda line: str(line["item"]))


def _items(line: Any) -> dict[str, Any]:
    kinds = {str(one.kind): one.value for one in line.identifiers}
    gtin = next((value for kind, value in kinds.items() if kind.startswith("gtin")), None)
    return {"item": kinds.get("vendor_item_number"), "gtin": gtin, "lot": kinds.get("lot_number")}


def _value(quantity: Any) -> Any:
    return None if quantity is None else quantity.value


def _invoice(document: Any) -> Iterator[dict[str, Any]]:
    for line in document.lines:
        yield _items(line) | {
            "number": document.invoice_number,
            "date": document.invoice_date,
            "order": document.purchase_order_number,
            "quantity": _value(line.quantity),
            "price": line.unit_price,
        }


def _acknowledgment(document: Any) -> Iterator[dict[str, Any]]:
    for line in document.lines:
        answer = line.acknowledgments[0] if line.acknowledgments else None
        yield _items(line) | {
            "number": document.seller_reference,
            "date": document.acknowledgment_date,
            "order": document.purchase_order_number,
            "quantity": _value(line.quantity),
            "price": line.unit_price,
            "confirmed": _value(answer and answer.quantity),
            "promised": answer and answer.date,
            "status": answer and str(answer.status),
        }


_KNOWN = {"sscc": "sscc", "carrier_reference": "tracking"}


def _notice(document: Any) -> Iterator[dict[str, Any]]:
    def inside(level: Any, around: dict[str, Any]) -> Iterator[dict[str, Any]]:
        order = getattr(level, "purchase_order", None)
        own = dict(around)
        if order is not None:
            own["order"] = order.purchase_order_number
        known = [one for one in (*level.marks, *level.references) if str(one.kind) in _KNOWN]
        own |= {_KNOWN[str(one.kind)]: one.value for one in known}
        if str(level.kind) == "item":
            yield own | _items(level) | {"quantity": _value(level.quantity and level.quantity.shipped)}
        for below in level.levels:
            yield from inside(below, own)

    shipped = next((one.date for one in document.dates if str(one.kind) == "shipped"), None)
    for level in document.levels:
        yield from inside(level, {"number": document.shipment_identification, "date": shipped or document.date})


def _inventory(document: Any) -> Iterator[dict[str, Any]]:
    for line in document.lines:
        kinds = {str(one.kind): _value(one.quantity) for one in line.quantities}
        yield _items(line) | {
            "date": document.date,
            "available": kinds.get("available_for_sale"),
            "on_hand": kinds.get("on_hand"),
            "warehouse": next((party.name for party in line.parties), None),
            "price": next((price.price for price in line.unit_prices), None),
        }


def _order(document: Any) -> Iterator[dict[str, Any]]:
    for line in document.lines:
        dates = {str(one.kind): one.date for one in (*document.dates, *line.dates)}
        parties = {str(one.role): one.name for one in document.parties}
        yield _items(line) | {
            "number": document.purchase_order_number,
            "date": document.order_date,
            "requested": dates.get("requested_delivery"),
            "ship_to": parties.get("ship_to"),
            "quantity": _value(line.quantity),
            "price": line.unit_price,
        }


LINES: dict[str, Callable[[Any], Iterator[dict[str, Any]]]] = {
    "invoice": _invoice,
    "purchase_order_acknowledgment": _acknowledgment,
    "advance_ship_notice": _notice,
    "inventory_advice": _inventory,
    "purchase_order": _order,
}
