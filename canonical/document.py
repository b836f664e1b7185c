"""All canonical documents as one type: reading and writing their JSON, and the keys by which they are known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import import_module
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, Union

from pydantic import Field, TypeAdapter
from pydantic_core import PydanticUndefined

from canonical.base import SCHEMA_VERSION, CanonicalModel
from canonical.business_document import BusinessDocument, NumberKind, known_json


class DocumentType(StrEnum):
    """The name of each type. A new one is named here, its model added to ``Document``; the rest is said by it."""

    PURCHASE_ORDER = "purchase_order"
    PURCHASE_ORDER_ACKNOWLEDGMENT = "purchase_order_acknowledgment"
    PURCHASE_ORDER_CHANGE = "purchase_order_change"
    PURCHASE_ORDER_CHANGE_ACKNOWLEDGMENT = "purchase_order_change_acknowledgment"
    ADVANCE_SHIP_NOTICE = "advance_ship_notice"
    INVOICE = "invoice"
    INVENTORY_ADVICE = "inventory_advice"
    RETURN_AUTHORIZATION = "return_authorization"
    RECEIVING_ADVICE = "receiving_advice"
    REMITTANCE_ADVICE = "remittance_advice"
    CREDIT_DEBIT_ADJUSTMENT = "credit_debit_adjustment"
    APPLICATION_ADVICE = "application_advice"
    FUNCTIONAL_ACKNOWLEDGMENT = "functional_acknowledgment"


if TYPE_CHECKING:
    from canonical.advance_ship_notice import AdvanceShipNotice
    from canonical.application_advice import ApplicationAdvice
    from canonical.credit_debit_adjustment import CreditDebitAdjustment
    from canonical.functional_acknowledgment import FunctionalAcknowledgment
    from canonical.inventory_advice import InventoryAdvice
    from canonical.invoice import Invoice
    from canonical.purchase_order import PurchaseOrder, PurchaseOrderChange
    from canonical.purchase_order_acknowledgment import (
        PurchaseOrderAcknowledgment,
        PurchaseOrderChangeAcknowledgment,
    )
    from canonical.receiving_advice import ReceivingAdvice
    from canonical.remittance_advice import RemittanceAdvice
    from canonical.return_authorization import ReturnAuthorization

    Document: TypeAlias = (
        PurchaseOrder
        | PurchaseOrderAcknowledgment
        | PurchaseOrderChange
        | PurchaseOrderChangeAcknowledgment
        | AdvanceShipNotice
        | Invoice
        | InventoryAdvice
        | ReturnAuthorization
        | ReceivingAdvice
        | RemittanceAdvice
        | CreditDebitAdjustment
        | ApplicationAdvice
        | FunctionalAcknowledgment
    )
else:
    Document = BusinessDocument  # at run time their base, which loads none of them

_HOMES = {
    DocumentType.PURCHASE_ORDER_CHANGE: "purchase_order",
    DocumentType.PURCHASE_ORDER_CHANGE_ACKNOWLEDGMENT: "purchase_order_acknowledgment",
}
"""Files of the models that share one; every other is called as its type is."""


@cache
def model_of(kind: DocumentType) -> type[BusinessDocument]:
    """The model of a type, loaded when first asked for: who reads one sort of document does without the others."""
    home = import_module(f"canonical.{_HOMES.get(kind, kind)}")
    model: type[BusinessDocument] = getattr(home, kind.title().replace("_", ""))
    return model


@cache
def any_document() -> TypeAdapter[Document]:
    """The union of all types, told apart by ``type``. Made when first asked for: it takes a while, and who only reads
    X12 does without."""
    models = tuple(model_of(kind) for kind in DocumentType)
    either: Any = Union[models]  # noqa: UP007 (which they are is known only now)
    return TypeAdapter(Annotated[either, Field(discriminator="type")])


def parse_document(source: Any) -> Document:
    """The document in JSON text (``str`` or ``bytes``) or in the plain objects made from it.

    Raises pydantic's ValidationError naming every problem with its path.
    """
    if isinstance(source, (str, bytes)):
        return any_document().validate_json(source)
    return any_document().validate_python(source)


def to_json(document: Document) -> str:
    """One text for one document: the model's field order, ``type`` first, no nulls and no empty lists, decimals as
    strings. ``parse_document`` gives an equal document back."""
    known = known_json(document)
    if known is not None:
        return known
    body = document.model_dump_json(exclude_defaults=True, exclude_none=True)
    return whole_json(type(document), document.__dict__, body[1:-1])


def whole_json(model: type[CanonicalModel], values: Mapping[str, Any], body: str) -> str:
    """The text of a document with these values. ``body`` has the fields that differ from their defaults; those whose
    default says something are written first even so, or a reader had to know the default."""
    head = [text for name, default, text in _spoken_defaults(model) if values[name] == default]
    return f"{{{','.join([*head, body] if body else head)}}}"


@cache
def _spoken_defaults(model: type[CanonicalModel]) -> tuple[tuple[str, Any, str], ...]:
    """Name, default, and both as JSON."""
    given = ((name, info.default) for name, info in model.model_fields.items() if info.default is not PydanticUndefined)
    return tuple((name, value, f'"{name}":{json.dumps(value, ensure_ascii=False)}') for name, value in given if value)


def canonical_hash(document: Document) -> str:
    """SHA-256 of ``to_json``, in hexadecimal: equal for equal documents, whatever form they came in."""
    return hash_of(to_json(document))


def hash_of(text: str) -> str:
    """The same of a document whose ``to_json`` is at hand."""
    return hashlib.sha256(text.encode()).hexdigest()


def identity_key(partner: str, document: Document) -> str:
    """Two documents with the same key are the same business document sent twice: partner, type, number, and what
    tells documents of one number apart."""
    told = (partner, document.type, document.document_number(), *document.distinction())
    return f"[{', '.join(map(encode_basestring, told))}]"


def search_keys(document: Document) -> tuple[tuple[str, str], ...]:
    """(kind of number, number) under which people look for the document."""
    orders = ((NumberKind.PURCHASE_ORDER, number) for number in document.purchase_order_numbers())
    return (*orders, *document.known_numbers())


@cache
def json_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema (2020-12) of each document type, with a ``$id`` that names type and version."""
    return {
        kind.value: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:supplier-hub:canonical:{kind.value}:{SCHEMA_VERSION}",
            **model_of(kind).model_json_schema(),
        }
        for kind in DocumentType
    }
