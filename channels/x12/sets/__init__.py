"""Transaction sets ⇄ canonical documents: one binding a set, both directions from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from canonical.document import Document, DocumentType
from channels.errors import PayloadError
from channels.x12.envelope import Separators
from channels.x12.grammar import Grammar, grammar
from channels.x12.sets import (
    advance_ship_notice_856,
    functional_acknowledgment_997,
    invoice_810,
    purchase_order_850,
    purchase_order_acknowledgment_855,
)
from channels.x12.sets.binding import SetBinding
from channels.x12.sets.reading import Event
from channels.x12.sets.translation import Decoded, translation

SETS: dict[str, SetBinding] = {
    binding.set_type: binding
    for binding in (
        purchase_order_850.BINDING,
        purchase_order_acknowledgment_855.BINDING,
        advance_ship_notice_856.BINDING,
        invoice_810.BINDING,
        functional_acknowledgment_997.BINDING,
    )
}
"""The sets that become documents, by ST01."""

SET_OF: dict[DocumentType, str] = {
    DocumentType.PURCHASE_ORDER: "850",
    DocumentType.PURCHASE_ORDER_ACKNOWLEDGMENT: "855",
    DocumentType.ADVANCE_SHIP_NOTICE: "856",
    DocumentType.INVOICE: "810",
    DocumentType.FUNCTIONAL_ACKNOWLEDGMENT: "997",
}
"""Which set carries a document."""


class Judged(Protocol):
    """What decoding needs of a judgement: its events, in file order, ST and SE included."""

    @property
    def events(self) -> Sequence[Event]: ...


def decode(
    set_type: str, grammar: Grammar, judgement: Judged, separators: Separators, provenance: bool = True
) -> Decoded:
    """The document of a judged set; never raises on data. Raises KeyError for a set that has no binding."""
    return translation(SETS[set_type], grammar).decode(judgement.events, separators, provenance)


def encode(document: Document, release: str, separators: Separators) -> list[list[str]]:
    """The segments between ST and SE. Raises PayloadError naming everything that does not fit that release's set."""
    set_type = SET_OF.get(DocumentType(document.type))
    if set_type is None:
        raise PayloadError(f"no X12 set carries a {document.type}")
    return translation(SETS[set_type], grammar(release, set_type)).encode(document, separators)


__all__ = ["SETS", "SET_OF", "Decoded", "decode", "encode"]
