"""Checks of order changes, stock and returns; the documents are those of ``tests.builders``, with one thing wrong."""

from __future__ import annotations

from typing import Any

import pytest

from canonical.document import Document
from hub.rules import CheckContext, evaluate
from partners.agreement import Direction, DocumentAgreement
from partners.loader import load_profile_text
from tests.builders import (
    make_inventory_advice,
    make_purchase_order_change,
    make_purchase_order_change_acknowledgment,
    make_return_authorization,
)
from tests.unit.partners.profiles import BOLT

PROFILE = load_profile_text(BOLT, "bolt.yaml").require()


def found(document: Document) -> list[tuple[str, str]]:
    """(code without CHECK-, locator) of every finding."""
    agreement = DocumentAgreement.model_validate({"type": document.type, "direction": "inbound", "channel": "files"})
    results = evaluate(document, CheckContext(PROFILE, agreement, Direction.INBOUND))
    return [(r.finding.code.removeprefix("CHECK-"), r.finding.locator) for r in results]


def with_fields(document: Document, **fields: Any) -> Document:
    return type(document).model_validate(document.model_dump() | fields)


def changed(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Lines of a change, each with some of its fields replaced."""
    lines = make_purchase_order_change(len(changes)).lines
    return [line.model_dump() | change for line, change in zip(lines, changes, strict=True)]


@pytest.mark.parametrize(
    "make",
    [
        make_purchase_order_change,
        make_purchase_order_change_acknowledgment,
        make_inventory_advice,
        make_return_authorization,
    ],
)
def test_a_sound_document_has_no_findings(make: Any) -> None:
    assert found(make()) == []


def test_an_unknown_change_type_is_held_for_a_person() -> None:
    lines = changed({"change": "other", "change_code": "QX"}, {})
    expected = [("CHANGE-TYPE", "/lines/0/change_code")]
    assert found(with_fields(make_purchase_order_change(), lines=lines)) == expected
    assert found(with_fields(make_purchase_order_change_acknowledgment(), lines=lines)) == expected


def test_a_line_that_is_changed_twice_in_the_same_way_is_named_with_the_first() -> None:
    again = {"line_number": "1", "change": "quantity_increase", "change_code": "QI"}
    other = {"line_number": "1", "change": "price", "change_code": "PC"}
    assert found(with_fields(make_purchase_order_change(), lines=changed({}, again), totals=None)) == [
        ("CHANGE-REPEATED", "/lines/1/change")
    ]
    assert found(with_fields(make_purchase_order_change(), lines=changed({}, other), totals=None)) == []
    assert (
        found(with_fields(make_purchase_order_change(), lines=changed({}, again | {"line_number": None}), totals=None))
        == []
    )


def test_a_change_that_changes_nothing_is_held() -> None:
    nothing = {"lines": [], "totals": None, "parties": []}
    assert found(with_fields(make_purchase_order_change(), **nothing)) == [("CHANGE-EMPTY", "/purpose")]
    postponed = {"kind": "requested_delivery", "date": "2025-03-20"}
    assert found(with_fields(make_purchase_order_change(), **nothing, dates=[postponed])) == []
    assert found(with_fields(make_purchase_order_change(), **nothing, purpose="cancellation", purpose_code="01")) == []


def test_a_cancellation_that_still_orders_is_held() -> None:
    cancelled = {"purpose": "cancellation", "purpose_code": "01", "totals": None}
    deleted = {"change": "delete_item", "change_code": "DI"}
    assert found(with_fields(make_purchase_order_change(), lines=changed(deleted, deleted), **cancelled)) == []
    assert found(with_fields(make_purchase_order_change(), **cancelled)) == [("CANCELLATION-LINES", "/lines/0/change")]


def test_only_an_added_item_needs_a_quantity_above_zero() -> None:
    none = {"value": "0", "unit_of_measure": "EA"}
    lines = changed({"change": "add_item", "change_code": "AI", "quantity": none}, {"quantity": none})
    assert found(with_fields(make_purchase_order_change(), lines=lines, totals=None)) == [
        ("QUANTITY-POSITIVE", "/lines/0/quantity/value")
    ]


def test_the_total_of_an_order_is_no_sum_of_what_is_changed() -> None:
    stated = [{"qualifier": "TT", "amount": "9999"}]
    assert found(with_fields(make_purchase_order_change(), total_amounts=stated)) == []
    replaced = with_fields(make_purchase_order_change(), total_amounts=stated, purpose="replace", purpose_code="05")
    assert found(replaced) == [("ORDER-TOTAL", "/total_amounts/0/amount")]


def test_the_answers_to_a_change_cover_its_quantity() -> None:
    (line, *_) = make_purchase_order_change_acknowledgment().lines
    half = {"status": "accepted", "quantity": {"value": "10", "unit_of_measure": "EA"}}
    document = with_fields(
        make_purchase_order_change_acknowledgment(), lines=[line.model_dump() | {"acknowledgments": [half]}]
    )
    assert ("ANSWERED-QUANTITY", "/lines/0/acknowledgments") in found(document)


def stock(**changes: Any) -> dict[str, Any]:
    return make_inventory_advice(1).lines[0].model_dump() | changes


def test_stock_below_zero_and_stock_untold_are_named() -> None:
    def of(kind: str, value: str) -> dict[str, Any]:
        return {"kind": kind, "quantity": {"value": value, "unit_of_measure": "EA"}}

    lines = [stock(quantities=[of("on_hand", "-4"), of("projected_available", "-9")]), stock(identifiers=[])]
    assert found(with_fields(make_inventory_advice(), lines=lines, totals=None)) == [
        ("STOCK-NEGATIVE", "/lines/0/quantities/0/quantity/value")
    ]
    untold = with_fields(make_inventory_advice(), lines=[stock(quantities=[])], totals=None)
    assert found(untold) == [("STOCK-UNSTATED", "/lines/0")]
    assert found(untold.model_copy(update={"purpose": make_return_authorization().purpose})) == []


def test_one_item_may_lie_in_many_places_but_is_told_once_for_each() -> None:
    lot = {"kind": "lot", "value": "A", "extras": [{"name": "REF", "values": {"REF04-1": "ZZ"}}]}
    elsewhere = [{"role": "warehouse", "identifier": {"qualifier": "92", "value": "W2"}}]
    lines = [stock(), stock(parties=elsewhere), stock(references=[lot]), stock(references=[lot])]
    assert found(with_fields(make_inventory_advice(), lines=lines, totals=None)) == [("STOCK-REPEATED", "/lines/3")]


def test_the_control_totals_of_an_advice_count_items_and_all_their_quantities() -> None:
    wrong = {"line_item_count": 3, "hash_total": "80"}
    assert found(with_fields(make_inventory_advice(), totals=wrong)) == [
        ("LINE-COUNT", "/totals/line_item_count"),
        ("HASH-TOTAL", "/totals/hash_total"),
    ]


def returned(**changes: Any) -> dict[str, Any]:
    return make_return_authorization(1).lines[0].model_dump() | changes


def test_a_request_gives_a_reason_for_each_item_or_for_all() -> None:
    lines = [returned(), returned(decision=None)]
    assert found(with_fields(make_return_authorization(), lines=lines)) == [("RETURN-REASON", "/lines/1/decision")]
    assert found(with_fields(make_return_authorization(), lines=lines, decision={"reason": "recall"})) == []
    assert found(with_fields(make_return_authorization(), lines=lines, purpose="response", purpose_code="11")) == []


def test_an_authorization_bears_its_number() -> None:
    granted = {"purpose": "response", "purpose_code": "11", "decision": {"disposition": "return_authorized"}}
    assert found(with_fields(make_return_authorization(), **granted)) == [("RETURN-NUMBER", "/references")]
    number = {"kind": "return_authorization", "value": "RMA-7"}
    assert found(with_fields(make_return_authorization(), **granted, references=[number])) == []
    assert found(with_fields(make_return_authorization(), lines=[])) == [("RETURN-LINES", "/lines")]


def test_the_amount_of_a_returned_line_is_checked_where_the_price_is_for_its_unit() -> None:
    wrong = [{"qualifier": "1", "amount": "150"}]
    assert found(with_fields(make_return_authorization(), lines=[returned(amounts=wrong)])) == [
        ("LINE-AMOUNT", "/lines/0/amounts/0/amount")
    ]
    assert found(with_fields(make_return_authorization(), lines=[returned(amounts=wrong, price_unit="BX")])) == []
