"""All canonical documents as one type: reading and writing their JSON, and the keys by which they are known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeAlias

from pydantic import Field, TypeAdapter

from canonical.advance_ship_notice import AdvanceShipNotice
from canonical.base import SCHEMA_VERSION, CanonicalModel
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from canonical.invoice import Invoice
from canonical.purchase_order import PurchaseOrder
from canonical.purchase_order_acknowledgment import PurchaseOrderAcknowledgment


class DocumentType(StrEnum):
    PURCHASE_ORDER = "purchase_order"
    PURCHASE_ORDER_ACKNOWLEDGMENT = "purchase_order_acknowledgment"
    ADVANCE_SHIP_NOTICE = "advance_ship_notice"
    INVOICE = "invoice"
    FUNCTIONAL_ACKNOWLEDGMENT = "functional_acknowledgment"


Document: TypeAlias = (
    PurchaseOrder | PurchaseOrderAcknowledgment | AdvanceShipNotice | Invoice | FunctionalAcknowledgment
)

MODELS: dict[DocumentType, type[CanonicalModel]] = {
    DocumentType.PURCHASE_ORDER: PurchaseOrder,
    DocumentType.PURCHASE_ORDER_ACKNOWLEDGMENT: PurchaseOrderAcknowledgment,
    DocumentType.ADVANCE_SHIP_NOTICE: AdvanceShipNotice,
    DocumentType.INVOICE: Invoice,
    DocumentType.FUNCTIONAL_ACKNOWLEDGMENT: FunctionalAcknowledgment,
}

_DOCUMENT: TypeAdapter[Document] = TypeAdapter(Annotated[Document, Field(discriminator="type")])


def parse_document(source: Any) -> Document:
    """The document in JSON text (``str`` or ``bytes``) or in the plain objects made from it.

    Raises pydantic's ValidationError naming every problem with its path.
    """
    if isinstance(source, (str, bytes)):
        return _DOCUMENT.validate_json(source)
    return _DOCUMENT.validate_python(source)


def to_json(document: Document) -> str:
    """One text for one document: the model's field order, ``type`` first, no nulls and no empty lists, decimals as
    strings. ``parse_document`` gives an equal document back."""
    spoken = {name: value for name, value in _spoken_defaults(type(document)) if getattr(document, name) == value}
    head = json.dumps(spoken, ensure_ascii=False, separators=(",", ":"))
    body = document.model_dump_json(exclude_defaults=True, exclude_none=True)
    return head if body == "{}" else f"{head[:-1]},{body[1:]}"


@cache
def _spoken_defaults(model: type[CanonicalModel]) -> tuple[tuple[str, Any], ...]:
    """Fields whose default says something: they are written even so, or a reader had to know the default."""
    defaults = ((name, info.get_default()) for name, info in model.model_fields.items() if not info.is_required())
    return tuple((name, value) for name, value in defaults if value)


def canonical_hash(document: Document) -> str:
    """SHA-256 of ``to_json``, in hexadecimal: equal for equal documents, whatever form they came in."""
    return hashlib.sha256(to_json(document).encode()).hexdigest()


def document_number(document: Document) -> str:
    """What people call the document: its own number, for an acknowledgment that of what it answers."""
    match document:
        case PurchaseOrder() | PurchaseOrderAcknowledgment():
            return document.purchase_order_number
        case AdvanceShipNotice():
            return document.shipment_identification
        case Invoice():
            return document.invoice_number
        case FunctionalAcknowledgment():
            acknowledged = document.group or document.interchange
            return acknowledged.control_number if acknowledged else ""


def identity_key(partner: str, document: Document) -> str:
    """Two documents with the same key are the same business document sent twice: partner, type, number, purpose.

    The number is taken with what tells documents of one number apart: an order's release, the date of an
    acknowledgment, the group's functional identifier.
    """
    return json.dumps([partner, document.type, document_number(document), *_distinction(document)], ensure_ascii=False)


def _distinction(document: Document) -> tuple[str, ...]:
    match document:
        case PurchaseOrder():
            return document.release_number or "", document.purpose_code
        case PurchaseOrderAcknowledgment():
            date = document.acknowledgment_date
            return document.release_number or "", date.isoformat() if date else "", document.purpose_code
        case AdvanceShipNotice():
            return (document.purpose_code,)
        case Invoice():
            return (document.purpose_code or "",)
        case FunctionalAcknowledgment():
            return (document.group.functional_identifier if document.group else "TA1",)


def purchase_order_numbers(document: Document) -> tuple[str, ...]:
    """Every purchase order the document names, each once, in its order."""
    match document:
        case PurchaseOrder() | PurchaseOrderAcknowledgment():
            return (document.purchase_order_number,)
        case AdvanceShipNotice() | Invoice():
            return document.purchase_order_numbers()
        case FunctionalAcknowledgment():
            return ()


def order_keys(document: Document) -> tuple[str, ...]:
    """What documents must stay in order for: every purchase order named, else the document's own number."""
    return purchase_order_numbers(document) or (document_number(document),)


def search_keys(document: Document) -> tuple[tuple[str, str], ...]:
    """(kind, number) under which people look for the document; kinds are purchase_order, invoice, shipment."""
    return tuple(_search_keys(document))


def _search_keys(document: Document) -> Iterator[tuple[str, str]]:
    yield from (("purchase_order", number) for number in purchase_order_numbers(document))
    if isinstance(document, Invoice):
        yield "invoice", document.invoice_number
    if isinstance(document, AdvanceShipNotice):
        yield "shipment", document.shipment_identification


def json_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema (2020-12) of each document type, with a ``$id`` that names type and version."""
    return {
        kind.value: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:supplier-hub:canonical:{kind.value}:{SCHEMA_VERSION}",
            **model.model_json_schema(),
        }
        for kind, model in MODELS.items()
    }
