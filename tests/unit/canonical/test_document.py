"""All documents: JSON, hash, keys, schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from canonical.document import (
    Document,
    DocumentType,
    canonical_hash,
    identity_key,
    json_schemas,
    model_of,
    parse_document,
    search_keys,
    to_json,
)
from tests import builders

MAKERS: list[Callable[[], Document]] = [getattr(builders, f"make_{kind}") for kind in DocumentType]


@pytest.mark.parametrize("make", MAKERS)
def test_json_comes_back_as_an_equal_document(make: Callable[[], Document]) -> None:
    document = make()
    text = to_json(document)
    assert parse_document(text) == parse_document(text.encode()) == parse_document(json.loads(text)) == document
    assert to_json(parse_document(text)) == text
    assert next(iter(json.loads(text))) == "type"


@pytest.mark.parametrize("make", MAKERS)
def test_json_holds_no_nulls_and_no_empty_lists(make: Callable[[], Document]) -> None:
    def check(value: object) -> None:
        assert value not in (None, [], {})
        assert not isinstance(value, float)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(inner)

    check(json.loads(to_json(make())))


def test_what_a_default_says_is_written() -> None:
    assert json.loads(to_json(builders.make_advance_ship_notice()))["purpose"] == "original"


def test_the_hash_follows_the_content() -> None:
    order = builders.make_purchase_order()
    assert canonical_hash(order) == canonical_hash(builders.make_purchase_order())
    assert canonical_hash(order) != canonical_hash(builders.make_purchase_order(purchase_order_number="PO-1002"))


NUMBERS_AND_KEYS: dict[Callable[[], Document], tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    builders.make_purchase_order: ("PO-1001", ("PO-1001",), (("purchase_order", "PO-1001"),)),
    builders.make_purchase_order_acknowledgment: ("PO-1001", ("PO-1001",), (("purchase_order", "PO-1001"),)),
    builders.make_advance_ship_notice: (
        "SHIP-1",
        ("PO-1001",),
        (("purchase_order", "PO-1001"), ("shipment", "SHIP-1")),
    ),
    builders.make_invoice: ("INV-1", ("PO-1001",), (("purchase_order", "PO-1001"), ("invoice", "INV-1"))),
    builders.make_receiving_advice: (
        "RC-1",
        ("PO-1001",),
        (("purchase_order", "PO-1001"), ("shipment", "SHIP-1")),
    ),
    builders.make_remittance_advice: (
        "TRACE-1",
        ("PO-1001",),
        (("purchase_order", "PO-1001"), ("invoice", "INV-1")),
    ),
    builders.make_credit_debit_adjustment: (
        "CD-1",
        ("PO-1001",),
        (("purchase_order", "PO-1001"), ("invoice", "INV-1")),
    ),
    builders.make_application_advice: (
        "AD-1",
        ("PO-1001",),
        (("purchase_order", "PO-1001"), ("invoice", "INV-1")),
    ),
    builders.make_purchase_order_change: ("PO-1001", ("PO-1001",), (("purchase_order", "PO-1001"),)),
    builders.make_purchase_order_change_acknowledgment: ("PO-1001", ("PO-1001",), (("purchase_order", "PO-1001"),)),
    builders.make_inventory_advice: ("STOCK-1", ("inventory_advice",), (("inventory_advice", "STOCK-1"),)),
    builders.make_return_authorization: (
        "RET-1",
        ("PO-1001",),
        (("purchase_order", "PO-1001"), ("return_authorization", "RET-1")),
    ),
    builders.make_functional_acknowledgment: ("1", ("1",), ()),
}


@pytest.mark.parametrize("make", MAKERS)
def test_numbers_and_keys(make: Callable[[], Document]) -> None:
    number, orders, keys = NUMBERS_AND_KEYS[make]
    document = make()
    assert document.document_number() == number
    assert document.order_keys() == orders
    assert search_keys(document) == keys


def test_identity_tells_partner_type_number_purpose_and_release_apart() -> None:
    make = builders.make_purchase_order
    keys = {
        identity_key("acme", make()),
        identity_key("globex", make()),
        identity_key("acme", make(purchase_order_number="PO-1002")),
        identity_key("acme", make(purpose="replace", purpose_code="05")),
        identity_key("acme", make(release_number="1")),
        identity_key("acme", builders.make_purchase_order_acknowledgment()),
        identity_key("acme", builders.make_invoice()),
    }
    assert len(keys) == 7
    assert identity_key("acme", make(order_date="2025-03-04")) in keys


@pytest.mark.parametrize("kind", DocumentType)
def test_each_type_has_the_model_that_says_so(kind: DocumentType) -> None:
    assert model_of(kind).model_fields["type"].default == kind


def test_schemas_name_type_and_version() -> None:
    schemas = json_schemas()
    assert set(schemas) == {kind.value for kind in DocumentType}
    assert schemas["purchase_order"]["$id"] == "urn:supplier-hub:canonical:purchase_order:1.0"
    quantity = schemas["purchase_order"]["$defs"]["Quantity"]
    text, number = quantity["properties"]["value"]["anyOf"]
    assert (text["type"], number["type"]) == ("string", "integer")
    forms = {"12.50": True, "-3": True, ".5": True, "1e3": False, "NaN": False, "1,5": False, "": False}
    assert {form: bool(re.search(text["pattern"], form)) for form in forms} == forms
    assert quantity["additionalProperties"] is False


@pytest.mark.parametrize("source", ["{}", '{"type": "quote"}', "[1]", "{", '{"type": "purchase_order", "po": 1}'])
def test_what_is_no_document_is_refused(source: str) -> None:
    with pytest.raises(ValidationError):
        parse_document(source)


def test_convenience_dates_come_from_the_one_list() -> None:
    order = builders.make_purchase_order()
    assert order.requested_delivery_date == order.dates[0].date
    assert order.requested_ship_date is None
