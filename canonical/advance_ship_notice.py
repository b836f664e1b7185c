"""An advance ship notice: what left, for which orders, in which packages (X12 856).

Senders nest shipment, order, tare, pack and item in whatever order suits them, so the notice is a tree of
``ShipmentLevel`` as they built it. Who only wants to know what is inside reads ``iter_items()``, which looks the same
for every nesting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from canonical.base import (
    CalendarDate,
    CanonicalModel,
    ClockTime,
    Code,
    CodedEnum,
    ExactDecimal,
    ExtensibleModel,
    Text,
    code_of,
)
from canonical.business_document import DEPTH_LIMIT, BusinessDocument, NumberKind
from canonical.identifier import ItemIdentifier, MarkKind
from canonical.order import DestinationQuantity, Purpose, Subline, Terms, Totals
from canonical.party import Party
from canonical.quantity import Currency, Quantity
from canonical.reference import QualifiedDate
from canonical.terms import Packaging


class LevelKind(CodedEnum):
    """What a level of the hierarchy stands for (X12 735)."""

    SHIPMENT = "shipment", "S"
    ORDER = "order", "O"
    TARE = "tare", "T"
    PACK = "pack", "P"
    ITEM = "item", "I"
    OTHER = "other"


class MarkNumber(CanonicalModel):
    """One mark or number, or a range of them; ``qualifier`` is X12 88."""

    kind: MarkKind
    qualifier: Code = code_of("kind")
    value: Text
    last_value: Text | None = None


class Mark(MarkNumber, ExtensibleModel):
    """Marks and numbers on a package (MAN). ``also`` is another one of the same package that the sender wrote beside
    it, such as the carrier's number beside the SSCC."""

    also: MarkNumber | None = None


class OrderReference(ExtensibleModel):
    """The purchase order that a level fulfils (PRF): ``type_code`` X12 92."""

    purchase_order_number: Text
    release_number: Text | None = None
    change_order_sequence: Text | None = None
    date: CalendarDate | None = None
    line_number: Text | None = None
    contract_number: Text | None = None
    type_code: Code | None = None


class ShippedQuantity(ExtensibleModel):
    """How much was shipped (SN1); ``shipped_to_date`` is in the shipped unit, ``status`` X12 668."""

    line_number: Text | None = None
    shipped: Quantity
    shipped_to_date: ExactDecimal | None = None
    ordered: Quantity | None = None
    returnable_load: Code | None = None
    status: Code | None = None


class ShipmentLevel(Terms):
    """One level of the notice (an HL loop): what was said of it, and the levels inside it in the sender's order.

    Any level may carry anything: small shippers put the purchase order on the item or the package's SSCC on the item.
    ``child_code`` is X12 736 as the sender wrote it (1: levels follow inside, 0: none); ``levels`` is what counts.
    """

    kind: LevelKind
    level_code: Code = code_of("kind")
    child_code: Code | None = None
    purchase_order: OrderReference | None = None
    line_number: Text | None = None
    identifiers: tuple[ItemIdentifier, ...] = ()
    quantity: ShippedQuantity | None = None
    packaging: tuple[Packaging, ...] = ()
    marks: tuple[Mark, ...] = ()
    parties: tuple[Party, ...] = ()
    currency: Currency | None = None
    destination_quantities: tuple[DestinationQuantity, ...] = ()
    sublines: tuple[Subline, ...] = ()
    levels: tuple[ShipmentLevel, ...] = ()

    @property
    def is_package(self) -> bool:
        return self.kind in (LevelKind.TARE, LevelKind.PACK)

    def sscc(self) -> str | None:
        """The SSCC of this level: from its marks, else its identifiers (UO), else a label's serial number (LA, LS) that
        is as long as one; 18 digits where the sender wrote it well, a label's application identifier 00 taken off."""
        numbers = (number for mark in self.marks for number in (mark, mark.also) if number)
        marked = (number.value for number in numbers if number.kind is MarkKind.SSCC)
        identified = (entry.value for entry in self.identifiers if entry.qualifier == "UO")
        labelled = (e.value for e in self.references if e.qualifier in ("LA", "LS") and _is_sscc(e.value))
        found = next((number for number in (*marked, *identified, *labelled) if number), None)
        return found[2:] if found and len(found) == 20 and found.startswith("00") else found

    def lot_numbers(self) -> tuple[str, ...]:
        """From the item's identifiers (LT, batch B8, seller's lot SL) and references (LT, batch BT)."""
        return self._named(("LT", "B8", "SL"), ("LT", "BT"))

    def serial_numbers(self) -> tuple[str, ...]:
        """From the item's identifiers (SN) and references (SE)."""
        return self._named(("SN",), ("SE",))

    def _named(self, identifiers: tuple[str, ...], references: tuple[str, ...]) -> tuple[str, ...]:
        identified = [entry.value for entry in self.identifiers if entry.qualifier in identifiers]
        referenced = [entry.value for entry in self.references if entry.qualifier in references and entry.value]
        return (*identified, *referenced)


def _is_sscc(number: str | None) -> bool:
    return bool(number and number.isascii() and number.isdecimal() and len(number) in (18, 20))


@dataclass(frozen=True, slots=True)
class ShippedItem:
    """One item with where it was found: ``path`` are the levels around it, outermost first; ``purchase_order`` is its
    own or the nearest around it; ``packages`` the tares and packs around it, outermost first; ``contents`` the packages
    inside it, where the sender splits an item into packages (shipment, order, item, pack)."""

    item: ShipmentLevel
    path: tuple[ShipmentLevel, ...]
    purchase_order: OrderReference | None
    packages: tuple[ShipmentLevel, ...]
    contents: tuple[ShipmentLevel, ...]

    @property
    def shipped(self) -> Quantity | None:
        return self.item.quantity.shipped if self.item.quantity else None

    def ssccs(self) -> tuple[str, ...]:
        """Of the packages around the item and inside it, outermost first, and of the item itself."""
        found = (level.sscc() for level in (*self.packages, self.item, *self.contents))
        return tuple(sscc for sscc in found if sscc)


class AdvanceShipNotice(BusinessDocument):
    """A ship notice. ``structure_code`` (X12 1005) is the sender's word for the nesting, kept but not relied on;
    ``transaction_type`` is X12 640, ``status_reason`` X12 641."""

    type: Literal["advance_ship_notice"] = "advance_ship_notice"
    purpose: Purpose = Purpose.ORIGINAL
    purpose_code: Code = code_of("purpose")
    shipment_identification: Text
    date: CalendarDate
    time: ClockTime | None = None
    structure_code: Code | None = None
    transaction_type: Code | None = None
    status_reason: Code | None = None
    dates: tuple[QualifiedDate, ...] = ()
    levels: tuple[ShipmentLevel, ...] = Field(default=(), description="The outermost levels, as a rule one shipment")
    totals: Totals | None = None

    @model_validator(mode="after")
    def _depth_is_limited(self) -> Self:
        around, depth = list(self.levels), 0
        while around:
            depth += 1
            if depth > DEPTH_LIMIT:
                raise ValueError(f"levels are nested more than {DEPTH_LIMIT} deep")
            around = [inner for level in around if level.levels for inner in level.levels]
        return self

    def walk(self) -> Iterator[tuple[tuple[ShipmentLevel, ...], ShipmentLevel]]:
        """Every level in document order with the levels around it, outermost first."""
        pending: list[tuple[tuple[ShipmentLevel, ...], ShipmentLevel]] = [
            ((), level) for level in reversed(self.levels)
        ]
        while pending:
            path, level = pending.pop()
            yield path, level
            pending.extend(((*path, level), inner) for inner in reversed(level.levels))

    def iter_items(self) -> Iterator[ShippedItem]:
        """Every item in document order, whatever the nesting."""
        for path, level in self.walk():
            if level.kind is LevelKind.ITEM:
                orders = (around.purchase_order for around in (level, *reversed(path)) if around.purchase_order)
                yield ShippedItem(
                    item=level,
                    path=path,
                    purchase_order=next(orders, None),
                    packages=tuple(around for around in path if around.is_package),
                    contents=tuple(_packages_inside(level)),
                )

    def document_number(self) -> str:
        return self.shipment_identification

    def distinction(self) -> tuple[str, ...]:
        return (self.purpose_code,)

    def all_parties(self) -> Iterator[Party]:
        return (party for _, level in self.walk() for party in level.parties)

    def known_numbers(self) -> tuple[tuple[NumberKind, str], ...]:
        return ((NumberKind.SHIPMENT, self.shipment_identification),)

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Every order the notice names, each once, in document order."""
        orders = (level.purchase_order for _, level in self.walk() if level.purchase_order)
        return tuple(dict.fromkeys(order.purchase_order_number for order in orders))

    def ssccs(self) -> tuple[str, ...]:
        """The SSCC of every level that bears one, in document order; one that stands twice is listed twice."""
        return tuple(sscc for _, level in self.walk() if (sscc := level.sscc()))


def _packages_inside(item: ShipmentLevel) -> Iterator[ShipmentLevel]:
    pending = list(reversed(item.levels))
    while pending:
        level = pending.pop()
        if level.is_package:
            yield level
        pending.extend(reversed(level.levels))
