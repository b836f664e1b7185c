"""Receiving, remittance and application advices, credit and debit adjustments: what they say, in both directions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from canonical.application_advice import ApplicationAdvice, ApplicationVerdict
from canonical.credit_debit_adjustment import CreditDebitAdjustment
from canonical.document import Document, search_keys
from canonical.error_condition import ErrorCondition
from canonical.finding import Verdict
from canonical.quantity import Quantity
from canonical.receiving_advice import ReceivingAdvice, ReceivingAdviceType, ReceivingCondition
from canonical.reference import DateKind, ReferenceKind
from canonical.remittance_advice import PaymentAction, PaymentMethod, RemittanceAdvice
from canonical.settlement import AdjustmentReason, CreditDebit, TransactionHandling
from channels.errors import PayloadError
from channels.x12.sets import SET_OF, encode
from channels.x12.standards.tables import RELEASES
from tests import builders
from tests.unit.channels.x12.reading import SEPARATORS, judged, read

CASES = Path(__file__).parents[4] / "samples" / "cases"

MADE = [
    builders.make_receiving_advice(),
    builders.make_remittance_advice(),
    builders.make_application_advice(),
    builders.make_credit_debit_adjustment(),
]


def case(name: str) -> tuple[str, list[list[str]]]:
    """The set of a sample case: its type, and its segments between ST and SE."""
    text = (CASES / name / "input.edi").read_text(encoding="ascii")
    whole = [line.split("*") for line in text.replace("\n", "").split("~") if line]
    start, end = (next(i for i, s in enumerate(whole) if s[0] == name) for name in ("ST", "SE"))
    return whole[start][1], whole[start + 1 : end]


def document_of(name: str) -> Document:
    decoded = read(*case(name))
    assert decoded.findings == ()
    assert decoded.document is not None
    return decoded.document  # type: ignore[return-value]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("document", MADE, ids=lambda document: document.type)
def test_what_we_write_is_accepted_by_our_own_judge_and_reads_back_the_same(document: Document, release: str) -> None:
    set_type = SET_OF[document.type]  # type: ignore[index]
    written = encode(document, release, SEPARATORS)
    judgement = judged(set_type, written, release)
    assert (judgement.verdict, judgement.findings) == (Verdict.ACCEPTED, ())
    assert read(set_type, written, release).document == document


@pytest.mark.parametrize(
    "name",
    ["receipt-with-shortage", "remittance-with-deduction", "credit-for-damage", "advice-of-rejected-invoice"],
)
@pytest.mark.parametrize("release", RELEASES)
def test_a_sample_comes_back_as_it_was_in_either_release(name: str, release: str) -> None:
    set_type, body = case(name)
    assert judged(set_type, body, release).verdict is Verdict.ACCEPTED
    decoded = read(set_type, body, release)
    assert decoded.document is not None
    assert encode(decoded.document, release, SEPARATORS) == body  # type: ignore[arg-type]


def test_a_receipt_says_what_was_received_damaged_short_over_and_returned() -> None:
    receipt = document_of("receipt-with-shortage")
    assert isinstance(receipt, ReceivingAdvice)
    assert receipt.advice_type is ReceivingAdviceType.POST_RECEIPT
    assert receipt.dates[0].kind is DateKind.RECEIVED
    drills, screws_ordered, screws = receipt.lines
    assert (drills.received, drills.shipped and drills.shipped.shipped) == (each(46), each(48))
    assert (drills.damaged, drills.short, drills.over) == (each(1), each(2), None)
    assert (screws_ordered.received, screws_ordered.questioned) == (each(120), ())
    assert (screws.over, screws.returned) == (Quantity(value=Decimal(10), unit_of_measure="BX"),) * 2
    assert search_keys(receipt) == (("purchase_order", "CH-4471"), ("shipment", "SH-7731"))
    assert receipt.order_keys() == ("CH-4471",)


def each(value: int) -> Quantity:
    return Quantity(value=Decimal(value), unit_of_measure="EA")


def test_quantities_of_one_condition_are_added_in_the_unit_of_the_first() -> None:
    body = [["BRA", "R-1", "20260312", "00", "1"], ["DTM", "050", "20260312"]]
    line = [
        "RCD",
        "1",
        "",
        "",
        "",
        "",
        "3",
        "EA",
        "01",
        "2",
        "EA",
        "01",
        "1",
        "CA",
        "01",
        "4",
        "EA",
        "08",
        "5",
        "EA",
        "05",
    ]
    receipt = read("861", [*body, line]).document
    assert isinstance(receipt, ReceivingAdvice)
    (received,) = receipt.lines
    assert (received.damaged, received.rejected) == (each(5), each(9))
    assert received.quantity_in(ReceivingCondition.DAMAGED, ReceivingCondition.REJECTED) == each(9)
    assert received.quantity_in(ReceivingCondition.SCRAPPED) is None


def test_a_payment_says_which_invoices_it_pays_with_how_much_and_what_it_deducts() -> None:
    payment = document_of("remittance-with-deduction")
    assert isinstance(payment, RemittanceAdvice)
    assert (payment.handling, payment.credit_debit, payment.payment_method) == (
        TransactionHandling.PAYMENT_WITH_REMITTANCE,
        CreditDebit.CREDIT,
        PaymentMethod.ACH,
    )
    assert (payment.amount, payment.effective_date) == (Decimal("6432.18"), date(2026, 4, 10))
    assert payment.originating_account is not None
    assert (payment.originating_account.bank, payment.originating_account.account) == ("999999992", "100200300")
    first, second, credit = payment.items()
    paid = (first.number, first.action, first.amount_paid, first.invoice_amount, first.discount_taken)
    assert paid == ("ED-90112", PaymentAction.PAY_ITEM, Decimal("4811.08"), Decimal(4960), Decimal("99.2"))
    (deducted,) = first.adjustments
    assert (deducted.amount, deducted.reason) == (Decimal("-49.72"), AdjustmentReason.DAMAGED)
    assert (deducted.explained_by_qualifier, deducted.explained_by) == ("RV", "RC-20931")
    assert (credit.kind, credit.amount_paid) == (ReferenceKind.CREDIT_MEMO, Decimal(-285))
    (freight,) = payment.entities[1].adjustments
    assert (freight.reason, freight.messages[0].text) == (
        AdjustmentReason.FREIGHT_DEDUCTED,
        "Freight was agreed prepaid",
    )
    assert payment.document_number() == "CH20260410A"
    assert payment.known_numbers() == (("invoice", "ED-90112"), ("invoice", "ED-90140"))
    assert payment.order_keys() == ("CH-4471", "CH-4502", "CH-4420")
    assert second.adjustments == ()


def test_a_payment_without_a_trace_number_goes_by_its_day_and_amount() -> None:
    one = read("820", [["BPR", "I", "100", "C", "NON", *[""] * 11, "20260410"]]).document
    other = read("820", [["BPR", "I", "200", "C", "NON", *[""] * 11, "20260410"]]).document
    assert isinstance(one, RemittanceAdvice)
    assert isinstance(other, RemittanceAdvice)
    assert one.document_number() == other.document_number() == "2026-04-10"
    assert one.distinction() != other.distinction()


def test_an_advice_says_what_became_of_each_document_and_where_it_is_wrong() -> None:
    advice = document_of("advice-of-rejected-invoice")
    assert isinstance(advice, ApplicationAdvice)
    assert advice.rejects_something
    refused, taken = advice.documents
    assert (refused.verdict, taken.verdict) == (ApplicationVerdict.REJECTED, ApplicationVerdict.ACCEPTED)
    assert (refused.kind, refused.number) == (ReferenceKind.INVOICE, "ED-90139")
    assert (refused.group_control_number, refused.transaction_set_control_number) == ("57", "0001")
    item, total = refused.errors
    assert (item.condition, item.segment, item.segment_position) == (ErrorCondition.INCORRECT_DATA, "IT1", 8)
    assert [message.text for message in item.messages][1] == "again without it."
    assert (total.condition, total.bad_value, total.new_value) == (
        ErrorCondition.TOTAL_OUT_OF_BALANCE,
        "204400",
        "200000",
    )
    assert search_keys(advice) == (("purchase_order", "CH-4502"), ("invoice", "ED-90139"), ("invoice", "ED-90140"))


def test_the_component_in_error_is_told_where_the_release_has_a_place_for_it() -> None:
    body = [
        ["BGN", "11", "A-1", "20260312"],
        ["OTI", "IE", "IV", "I-1"],
        ["TED", "848", "Unit", "SLN", "9", "5>1>2", "355", "XX"],
    ]
    advice = read("824", body, "005010").document
    assert isinstance(advice, ApplicationAdvice)
    (error,) = advice.documents[0].errors
    assert (error.element_position, error.component, error.repetition, error.data_element) == (5, 1, 2, "355")
    assert encode(advice, "005010", SEPARATORS) == body
    assert judged("824", encode(advice, "004010", SEPARATORS)).verdict is Verdict.REJECTED


def test_an_adjustment_says_what_is_granted_on_which_invoice_and_why() -> None:
    adjustment = document_of("credit-for-damage")
    assert isinstance(adjustment, CreditDebitAdjustment)
    assert adjustment.is_credit
    assert (adjustment.amount, adjustment.handling) == (Decimal("40.80"), TransactionHandling.APPLY_ON_ACCOUNT)
    damaged, priced = adjustment.lines
    assert (damaged.reason, damaged.amount) == (AdjustmentReason.DAMAGED, Decimal("24.80"))
    assert (priced.reason, priced.unit_price_difference) == (AdjustmentReason.PRICING_ERROR, Decimal("0.4"))
    assert [(price.price_identifier, price.unit_price) for price in priced.prices] == [
        ("INV", Decimal("4.15")),
        ("CON", Decimal("3.75")),
    ]
    assert search_keys(adjustment) == (("purchase_order", "10045"), ("invoice", "INV-55102"))


def test_money_beyond_cents_has_no_place_in_an_adjustment() -> None:
    with pytest.raises(PayloadError, match=r"/amount: 19\.905 has more than 2 decimals"):
        encode(builders.make_credit_debit_adjustment(amount="19.905"), "004010", SEPARATORS)
