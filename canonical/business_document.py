"""What a whole document says of itself: its number, what else it is known by, which orders and parties it names."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from enum import StrEnum
from typing import cast

from canonical.base import ExtensibleModel
from canonical.party import Party

DEPTH_LIMIT = 32
"""Levels inside each other. Real notices have three to seven; a deeper one is an attack or a broken sender."""


class NumberKind(StrEnum):
    """Under what sort of number people look for documents."""

    PURCHASE_ORDER = "purchase_order"
    INVOICE = "invoice"
    SHIPMENT = "shipment"
    INVENTORY_ADVICE = "inventory_advice"
    RETURN_AUTHORIZATION = "return_authorization"


class BusinessDocument(ExtensibleModel):
    """The base of every document type. A type is listed in ``canonical.document`` and says the rest here."""

    __slots__ = ("_json",)  # outside of pydantic: not compared, not copied

    @abstractmethod
    def document_number(self) -> str:
        """What people call the document: its own number, for an answer that of what it answers."""

    @abstractmethod
    def distinction(self) -> tuple[str, ...]:
        """What tells documents of one type and number apart: an order's release, the date of an answer, the purpose."""

    @abstractmethod
    def all_parties(self) -> Iterable[Party]:
        """The parties of the document as a whole, wherever the sender wrote them."""

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Every purchase order the document names, each once, in its order."""
        return ()

    def order_keys(self) -> tuple[str, ...]:
        """What documents must stay in order for: every purchase order named, else the document's own number."""
        return self.purchase_order_numbers() or (self.document_number(),)

    def known_numbers(self) -> tuple[tuple[NumberKind, str], ...]:
        """The numbers beside those of purchase orders under which people look for it."""
        return ()


def remember_json(document: BusinessDocument, text: str) -> None:
    """Keep the JSON of a document that was built together with it: it is frozen, so the text stays true."""
    object.__setattr__(document, "_json", text)


def known_json(document: BusinessDocument) -> str | None:
    """The text kept by ``remember_json``. A copy, which may have been changed, starts without."""
    try:
        return cast("str", object.__getattribute__(document, "_json"))
    except AttributeError:
        return None
