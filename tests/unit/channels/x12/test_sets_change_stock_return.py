"""Order changes (860, 865), stock (846) and returns (180): what the sample cases say, in business words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from canonical.business_document import BusinessDocument
from canonical.document import Document, DocumentType, identity_key
from canonical.finding import Verdict
from canonical.inventory_advice import InventoryAdvice, InventoryReportType, StockKind
from canonical.order import Purpose
from canonical.purchase_order import ChangeType, PurchaseOrder, PurchaseOrderChange
from canonical.purchase_order_acknowledgment import AcknowledgmentType, LineStatus, PurchaseOrderChangeAcknowledgment
from canonical.quantity import Quantity
from canonical.return_authorization import Disposition, ReturnAuthorization, ReturnReason
from channels.x12.judging.grammar import grammar
from channels.x12.sets import DOCUMENT_OF, SET_OF, decode, encode
from tests import builders
from tests.builders import make_purchase_order_change
from tests.unit.channels.x12.reading import SEPARATORS, judged, read

CASES = Path(__file__).parents[4] / "samples" / "cases"
SET_TYPE = {"order-change": "860", "order-change-answered": "865", "stock-on-hand": "846", "return-request": "180"}


def body(case: str) -> list[list[str]]:
    """The segments between ST and SE."""
    every = [line.rstrip("~").split("*") for line in (CASES / case / "input.edi").read_text().splitlines()]
    return every[3:-3]


def document(case: str, release: str = "004010") -> BusinessDocument:
    judgement = judged(SET_TYPE[case], body(case), release)
    assert (judgement.verdict, judgement.findings) == (Verdict.ACCEPTED, ())
    decoded = decode(SET_TYPE[case], grammar(release, SET_TYPE[case]), judgement, SEPARATORS)
    assert decoded.findings == ()
    assert isinstance(decoded.document, BusinessDocument)
    return decoded.document


@pytest.mark.parametrize("case", SET_TYPE)
def test_a_sample_case_comes_back_segment_by_segment(case: str) -> None:
    found = document(case)
    assert found.type == DOCUMENT_OF[SET_TYPE[case]]  # type: ignore[attr-defined]
    assert encode(found, "004010", SEPARATORS) == body(case)  # type: ignore[arg-type]


@pytest.mark.parametrize("release", ["004010", "005010"])
@pytest.mark.parametrize(
    "make",
    [
        builders.make_purchase_order_change,
        builders.make_purchase_order_change_acknowledgment,
        builders.make_inventory_advice,
        builders.make_return_authorization,
    ],
)
def test_what_an_erp_posts_is_sent_without_a_finding(make: Callable[[], Document], release: str) -> None:
    posted = make()
    set_type = SET_OF[DocumentType(posted.type)]
    judgement = judged(set_type, encode(posted, release, SEPARATORS), release)
    assert (judgement.verdict, judgement.findings) == (Verdict.ACCEPTED, ())
    assert decode(set_type, grammar(release, set_type), judgement, SEPARATORS).document == posted


def pieces(value: str, unit: str = "EA") -> Quantity:
    return Quantity(value=Decimal(value), unit_of_measure=unit)


def test_a_change_says_what_is_changed_about_each_line() -> None:
    change = document("order-change")
    assert isinstance(change, PurchaseOrderChange)
    assert (change.purpose, change.purchase_order_number, change.change_order_sequence) == (
        Purpose.CHANGE,
        "CH-20771",
        "1",
    )
    assert (change.order_date, change.change_date) == (date(2026, 3, 4), date(2026, 3, 5))
    assert change.requested_delivery_date == date(2026, 3, 18)
    assert [(line.line_number, line.change, line.quantity) for line in change.lines] == [
        ("1", ChangeType.QUANTITY_INCREASE, pieces("18", "BX")),
        ("2", ChangeType.DELETE_ITEM, pieces("0", "BX")),
        ("3", ChangeType.SCHEDULE, pieces("4")),
        ("4", ChangeType.ADD_ITEM, pieces("10")),
    ]
    assert [line.change.ends_the_line for line in change.lines] == [False, True, False, False]
    assert change.lines[0].quantity_left_to_receive == 18
    assert [(part.quantity, part.date) for part in change.lines[2].schedules] == [
        (pieces("2"), date(2026, 3, 18)),
        (pieces("2"), date(2026, 4, 1)),
    ]
    assert change.extras == ()


def test_a_change_follows_its_order_and_is_told_from_other_changes_of_it() -> None:
    order = PurchaseOrder.model_validate(
        {"purpose": "original", "order_type": "stand_alone", "purchase_order_number": "PO-1001"}
    )
    first = make_purchase_order_change()
    assert first.order_keys() == order.order_keys() == ("PO-1001",)
    variants = [
        first,
        make_purchase_order_change(change_order_sequence="2"),
        make_purchase_order_change(change_order_sequence=None),
        make_purchase_order_change(change_order_sequence=None, change_date="2025-03-06"),
        make_purchase_order_change(release_number="4"),
        make_purchase_order_change(purpose="cancellation", purpose_code="01"),
    ]
    assert len({identity_key("acme", variant) for variant in variants}) == len(variants)
    assert identity_key("acme", make_purchase_order_change(lines=3)) == identity_key("acme", first)


def test_an_answer_to_a_change_says_what_becomes_of_each_quantity() -> None:
    answer = document("order-change-answered")
    assert isinstance(answer, PurchaseOrderChangeAcknowledgment)
    assert answer.acknowledgment_type is AcknowledgmentType.ACCEPTED_WITH_CHANGES
    assert (answer.seller_reference, answer.acknowledgment_date, answer.change_date) == (
        "A-77812",
        date(2026, 3, 6),
        date(2026, 3, 5),
    )
    raised, dearer, deleted = answer.lines
    assert [(given.status, given.quantity, given.date) for given in raised.acknowledgments] == [
        (LineStatus.ACCEPTED, pieces("200", "BX"), date(2026, 3, 6)),
        (LineStatus.BACKORDERED, pieces("40", "BX"), date(2026, 3, 20)),
    ]
    assert (dearer.change, dearer.unit_price) == (ChangeType.PRICE, Decimal("4.35"))
    assert deleted.acknowledgments[0].status is LineStatus.DELETED


def test_a_change_that_the_seller_asks_for_answers_nothing() -> None:
    asked = read("865", [["BCA", "13", "", "PO-1", "", "", "20260302"], ["POC", "1", "RS", "4", "4", "EA"]])
    assert isinstance(asked.document, PurchaseOrderChangeAcknowledgment)
    assert (asked.document.purpose, asked.document.acknowledgment_type) == (Purpose.REQUEST, None)


def test_stock_is_told_by_item_kind_and_place() -> None:
    advice = document("stock-on-hand")
    assert isinstance(advice, InventoryAdvice)
    assert (advice.report_type, advice.reference_number, advice.date) == (
        InventoryReportType.SELLER,
        "ST-20260306",
        date(2026, 3, 6),
    )
    bolt, washer, wrench = advice.lines
    assert bolt.quantity_of(StockKind.ON_HAND) == pieces("1240", "BX")
    assert bolt.quantity_of(StockKind.COMMITTED) == pieces("300", "BX")
    assert bolt.quantity_of(StockKind.DAMAGED) is None
    assert bolt.quantities[0].unit_prices[0].price == Decimal("12.4")
    assert bolt.quantities[2].dates[0].date == date(2026, 3, 20)
    assert (bolt.lead_times[0].code, bolt.lead_times[0].number, bolt.prices[0].unit_price) == ("AF", 5, Decimal("14.5"))
    assert [part.quantity.value for part in washer.quantities[1].schedules] == [400, 500]
    assert [party.identifier.value for party in wrench.parties if party.identifier] == ["ACME-W2"]
    assert wrench.references[0].value == "TW26-0310"


def test_stock_of_one_partner_stays_in_order_whatever_its_number() -> None:
    first = document("stock-on-hand")
    assert isinstance(first, InventoryAdvice)
    later = first.model_copy(update={"reference_number": "ST-20260307", "date": date(2026, 3, 7)})
    assert set(first.order_keys()) & set(later.order_keys())
    assert identity_key("acme", first) != identity_key("acme", later)


def test_a_return_says_which_goods_go_back_and_why() -> None:
    request = document("return-request")
    assert isinstance(request, ReturnAuthorization)
    assert (request.purpose, request.reference_number) == (Purpose.REQUEST, "RR-1042")
    wrench, bolts = request.lines
    assert [(entry.qualifier, entry.value) for entry in wrench.identifiers] == [
        ("BP", "CH-577"),
        ("UP", "614141002306"),
    ]
    assert (wrench.quantity, wrench.unit_price, wrench.price_unit) == (pieces("1"), Decimal("54.5"), "EA")
    assert wrench.decision is not None
    assert (wrench.decision.reason, wrench.decision.description, wrench.decision.used) == (
        ReturnReason.DEFECTIVE,
        "Ratchet slips at first use",
        "Y",
    )
    assert wrench.quantities[0].units[0].references[0].value == "TW-0094411"
    assert bolts.purchase_order is not None
    assert bolts.purchase_order.line_number == "1"
    assert request.purchase_order_numbers() == ("CH-20771",)
    assert request.known_numbers() == (("return_authorization", "RR-1042"),)


def test_an_authorized_return_is_found_by_both_numbers() -> None:
    granted = read(
        "180",
        [
            ["BGN", "11", "AN-7", "20260404", "", "", "RR-1042"],
            ["RDR", "RA"],
            ["N9", "RZ", "RMA-2207"],
            ["BLI", "BP", "CH-577", "1", "EA"],
            ["RDR", "RD", "", "NR"],
        ],
    ).document
    assert isinstance(granted, ReturnAuthorization)
    assert granted.authorization_numbers() == ("RMA-2207",)
    assert [number for _, number in granted.known_numbers()] == ["AN-7", "RR-1042", "RMA-2207"]
    assert granted.decision is not None
    assert granted.decision.disposition is Disposition.RETURN_AUTHORIZED
    (line,) = granted.lines
    assert line.decision is not None
    assert line.decision.disposition is Disposition.DENIED
