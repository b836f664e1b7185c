"""Transaction sets ⇄ canonical documents: one binding a set, both directions from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from canonical.document import MODELS, Document, DocumentType
from channels.errors import PayloadError
from channels.x12.envelope import Separators
from channels.x12.guide import Guide
from channels.x12.judging.grammar import Grammar, grammar
from channels.x12.sets import (
    advance_ship_notice_856,
    application_advice_824,
    credit_debit_adjustment_812,
    functional_acknowledgment_997,
    implementation_acknowledgment_999,
    inventory_advice_846,
    invoice_810,
    purchase_order_850,
    purchase_order_acknowledgment_855,
    purchase_order_change_860,
    purchase_order_change_acknowledgment_865,
    receiving_advice_861,
    remittance_advice_820,
    return_authorization_180,
)
from channels.x12.sets.binding import SetBinding
from channels.x12.sets.reading import Event
from channels.x12.sets.translation import Decoded, translation

SETS: dict[str, SetBinding] = {
    binding.set_type: binding
    for binding in (
        purchase_order_850.BINDING,
        purchase_order_acknowledgment_855.BINDING,
        purchase_order_change_860.BINDING,
        purchase_order_change_acknowledgment_865.BINDING,
        advance_ship_notice_856.BINDING,
        invoice_810.BINDING,
        inventory_advice_846.BINDING,
        return_authorization_180.BINDING,
        receiving_advice_861.BINDING,
        remittance_advice_820.BINDING,
        credit_debit_adjustment_812.BINDING,
        application_advice_824.BINDING,
        functional_acknowledgment_997.BINDING,
        implementation_acknowledgment_999.BINDING,
    )
}
"""The sets that become documents, by ST01."""

DOCUMENT_OF: dict[str, DocumentType] = {
    set_type: kind for set_type, binding in SETS.items() for kind, model in MODELS.items() if model is binding.model
}
"""Which document a set becomes."""

SET_OF: dict[DocumentType, str] = {kind: set_type for set_type, kind in reversed(DOCUMENT_OF.items())}
"""Which set carries a document unless another is chosen: of several, the one that ``SETS`` lists first."""


class Judged(Protocol):
    """What decoding needs of a judgement: its events, in file order, ST and SE included."""

    @property
    def events(self) -> Sequence[Event]: ...


def decode(
    set_type: str, grammar: Grammar, judgement: Judged, separators: Separators, provenance: bool = True
) -> Decoded:
    """The document of a judged set; never raises on data. Raises KeyError for a set that has no binding."""
    return translation(SETS[set_type], grammar).decode(judgement.events, separators, provenance)


def encode(
    document: Document, release: str, separators: Separators, set_type: str | None = None, guide: Guide | None = None
) -> list[list[str]]:
    """The segments between ST and SE, of the set chosen or the usual one for this document, with the qualifiers that
    the partner's guide gives to our words. Whether the guide takes the document is the judge's to say.

    Raises PayloadError naming everything that does not fit that release's set.
    """
    kind = DocumentType(document.type)
    chosen = set_type or SET_OF.get(kind)
    if chosen is None or DOCUMENT_OF.get(chosen) is not kind:
        raise PayloadError(f"no X12 set carries a {kind}" if chosen is None else f"{chosen} does not carry a {kind}")
    return translation(SETS[chosen], grammar(release, chosen, guide and guide.meanings(chosen))).encode(
        document, separators
    )


__all__ = ["DOCUMENT_OF", "SETS", "SET_OF", "Decoded", "decode", "encode"]
