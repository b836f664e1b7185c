"""Transaction sets ⇄ canonical documents: one binding a set, both directions from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Protocol

from canonical.document import Document, DocumentType
from channels.errors import PayloadError
from channels.x12.envelope import Separators
from channels.x12.guide import Guide
from channels.x12.judging.grammar import Grammar, grammar
from channels.x12.sets.binding import SetBinding
from channels.x12.sets.reading import Event
from channels.x12.sets.translation import Decoded, translation

DOCUMENT_OF: dict[str, DocumentType] = {
    "850": DocumentType.PURCHASE_ORDER,
    "855": DocumentType.PURCHASE_ORDER_ACKNOWLEDGMENT,
    "860": DocumentType.PURCHASE_ORDER_CHANGE,
    "865": DocumentType.PURCHASE_ORDER_CHANGE_ACKNOWLEDGMENT,
    "856": DocumentType.ADVANCE_SHIP_NOTICE,
    "810": DocumentType.INVOICE,
    "846": DocumentType.INVENTORY_ADVICE,
    "180": DocumentType.RETURN_AUTHORIZATION,
    "861": DocumentType.RECEIVING_ADVICE,
    "820": DocumentType.REMITTANCE_ADVICE,
    "812": DocumentType.CREDIT_DEBIT_ADJUSTMENT,
    "824": DocumentType.APPLICATION_ADVICE,
    "997": DocumentType.FUNCTIONAL_ACKNOWLEDGMENT,
    "999": DocumentType.FUNCTIONAL_ACKNOWLEDGMENT,
}
"""The sets that become documents, by ST01, and which. Each is bound in a file called by both."""

SET_OF: dict[DocumentType, str] = {kind: set_type for set_type, kind in reversed(DOCUMENT_OF.items())}
"""Which set carries a document unless another is chosen: of several, the one listed first."""


@cache
def binding_of(set_type: str) -> SetBinding:
    """The binding of a set, loaded with its model when first asked for. Raises KeyError for a set that has none."""
    home = import_module(f"channels.x12.sets.{DOCUMENT_OF[set_type]}_{set_type}")
    binding: SetBinding = home.BINDING
    return binding


class Judged(Protocol):
    """What decoding needs of a judgement: its events, in file order, ST and SE included."""

    @property
    def events(self) -> Sequence[Event]: ...


def decode(
    set_type: str, grammar: Grammar, judgement: Judged, separators: Separators, provenance: bool = True
) -> Decoded:
    """The document of a judged set; never raises on data. Raises KeyError for a set that has no binding."""
    return translation(binding_of(set_type), grammar).decode(judgement.events, separators, provenance)


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
    return translation(binding_of(chosen), grammar(release, chosen, guide and guide.meanings(chosen))).encode(
        document, separators
    )


__all__ = ["DOCUMENT_OF", "SET_OF", "Decoded", "binding_of", "decode", "encode"]
