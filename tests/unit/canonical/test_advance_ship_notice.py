from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from canonical.advance_ship_notice import (
    AdvanceShipNotice,
    LevelKind,
    Mark,
    OrderReference,
    ShipmentLevel,
    ShippedQuantity,
)
from canonical.business_document import DEPTH_LIMIT
from canonical.identifier import ItemIdentifier, ItemIdentifierKind, MarkKind
from canonical.quantity import Quantity
from canonical.reference import Reference, ReferenceKind


def item(number: str, quantity: str = "10", levels: tuple[ShipmentLevel, ...] = ()) -> ShipmentLevel:
    return ShipmentLevel(
        kind=LevelKind.ITEM,
        identifiers=(ItemIdentifier(kind=ItemIdentifierKind.VENDOR_ITEM_NUMBER, value=number),),
        quantity=ShippedQuantity(shipped=Quantity(value=Decimal(quantity), unit_of_measure="EA")),
        levels=levels,
    )


def package(sscc: str, *levels: ShipmentLevel, kind: LevelKind = LevelKind.PACK) -> ShipmentLevel:
    return ShipmentLevel(kind=kind, marks=(Mark(kind=MarkKind.SSCC, value=sscc),), levels=levels)


def order(number: str, *levels: ShipmentLevel) -> ShipmentLevel:
    return ShipmentLevel(
        kind=LevelKind.ORDER, purchase_order=OrderReference(purchase_order_number=number), levels=levels
    )


def notice(*levels: ShipmentLevel) -> AdvanceShipNotice:
    return AdvanceShipNotice(
        shipment_identification="SHIP1",
        date=date(2026, 11, 21),
        levels=(ShipmentLevel(kind=LevelKind.SHIPMENT, levels=levels),),
    )


CARTON = "00300000000000000017"
PALLET = "300000000000000024"

NESTINGS = {
    "S-O-P-I": notice(order("PO1", package(CARTON, item("A")))),
    "S-O-T-P-I": notice(order("PO1", package(PALLET, package(CARTON, item("A")), kind=LevelKind.TARE))),
    "S-P-O-I": notice(package(CARTON, order("PO1", item("A")))),
    "S-O-I-P": notice(order("PO1", item("A", levels=(package(CARTON),)))),
    "S-O-I": notice(order("PO1", item("A"))),
    "S-I": notice(item("A")),
}


@pytest.mark.parametrize("nesting", NESTINGS)
def test_items_look_the_same_for_every_nesting(nesting: str) -> None:
    (found,) = NESTINGS[nesting].iter_items()
    assert [identifier.value for identifier in found.item.identifiers] == ["A"]
    assert found.shipped == Quantity(value=Decimal(10), unit_of_measure="EA")
    ordered = found.purchase_order.purchase_order_number if found.purchase_order else None
    assert ordered == (None if nesting == "S-I" else "PO1")
    expected = {"S-O-T-P-I": (PALLET, CARTON[2:]), "S-O-I": (), "S-I": ()}
    assert found.ssccs() == expected.get(nesting, (CARTON[2:],))


@pytest.mark.parametrize("nesting", NESTINGS)
def test_survives_json(nesting: str) -> None:
    document = NESTINGS[nesting]
    assert AdvanceShipNotice.model_validate_json(document.model_dump_json()) == document


def test_every_order_and_package_is_named_in_document_order() -> None:
    document = notice(
        order("PO2", package(CARTON, item("A"), item("B"))), order("PO1", item("C")), order("PO2", item("D"))
    )
    assert document.purchase_order_numbers() == ("PO2", "PO1")
    assert document.ssccs() == (CARTON[2:],)
    assert [found.item.identifiers[0].value for found in document.iter_items()] == ["A", "B", "C", "D"]


def test_the_items_own_order_goes_before_the_one_around_it() -> None:
    own = item("A").model_copy(update={"purchase_order": OrderReference(purchase_order_number="OWN")})
    (found,) = notice(order("AROUND", own)).iter_items()
    assert found.purchase_order is not None
    assert found.purchase_order.purchase_order_number == "OWN"


def test_lots_and_serials_from_identifiers_and_references() -> None:
    level = ShipmentLevel(
        kind=LevelKind.ITEM,
        identifiers=(ItemIdentifier(kind=ItemIdentifierKind.LOT_NUMBER, value="L1"),),
        references=(
            Reference(kind=ReferenceKind.LOT, value="L2"),
            Reference(kind=ReferenceKind.SERIAL_NUMBER, value="S1"),
        ),
    )
    assert level.lot_numbers() == ("L1", "L2")
    assert level.serial_numbers() == ("S1",)


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ({"marks": [{"kind": "sscc", "value": CARTON}, {"kind": "sscc", "value": PALLET}]}, CARTON[2:]),
        ({"marks": [{"kind": "carrier_package_id", "value": "1Z999"}]}, None),
        ({"identifiers": [{"kind": "other", "qualifier": "UO", "value": PALLET}]}, PALLET),
        ({"references": [{"kind": "other", "qualifier": "LA", "value": PALLET}]}, PALLET),
        ({"references": [{"kind": "other", "qualifier": "LS", "value": "S125"}]}, None),
        ({}, None),
    ],
)
def test_an_sscc_stands_in_marks_identifiers_or_references(segment: dict[str, object], expected: str | None) -> None:
    assert ShipmentLevel.model_validate({"kind": "pack", **segment}).sscc() == expected


def test_too_many_levels_inside_each_other_are_refused_without_recursion() -> None:
    level = item("A")
    for _ in range(10_000):
        level = ShipmentLevel(kind=LevelKind.PACK, levels=(level,))
    with pytest.raises(ValidationError, match=f"more than {DEPTH_LIMIT} deep"):
        notice(level)
