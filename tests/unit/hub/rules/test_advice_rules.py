"""Checks of receiving, remittance and application advices and of credit and debit adjustments."""

from __future__ import annotations

from typing import Any

import pytest

from canonical.document import Document
from canonical.error_condition import ErrorCondition
from canonical.receiving_advice import ReceivedLine
from channels.x12.standards.tables import RELEASES, codes
from hub.rules import Action, CheckContext, RuleResult, all_rules, evaluate
from partners.agreement import Direction, DocumentAgreement
from partners.loader import load_profile_text
from tests.builders import (
    make_application_advice,
    make_credit_debit_adjustment,
    make_receiving_advice,
    make_remittance_advice,
)
from tests.unit.partners.profiles import BOLT

PROFILE = load_profile_text(BOLT, "bolt.yaml").require()


def results(document: Document) -> list[RuleResult]:
    agreement = DocumentAgreement(type=document.type, direction=Direction.INBOUND, channel="files")
    return evaluate(document, CheckContext(PROFILE, agreement, Direction.INBOUND))


def found(document: Document) -> list[tuple[str, str]]:
    """Code and pointer of each finding."""
    return [(result.finding.code, result.finding.locator) for result in results(document)]


def receipt(received: str, *questioned: tuple[str, str], unit: str = "EA") -> Document:
    """Twelve shipped, and what became of them."""
    stated = [{"quantity": {"value": value, "unit_of_measure": unit}, "condition": what} for what, value in questioned]
    line = {
        "received": {"value": received, "unit_of_measure": "EA"},
        "shipped": {"shipped": {"value": "12", "unit_of_measure": "EA"}},
        "questioned": stated,
    }
    received = ReceivedLine.model_validate(line)
    return make_receiving_advice().model_copy(update={"lines": (received,), "totals": None})


@pytest.mark.parametrize(
    "document",
    [make_receiving_advice(), make_remittance_advice(), make_credit_debit_adjustment(), make_application_advice()],
    ids=lambda document: document.type,
)
def test_a_document_that_adds_up_is_clean(document: Document) -> None:
    assert found(document) == []


def test_a_shortage_or_overage_that_the_quantities_deny_is_told() -> None:
    told = [("CHECK-RECEIPT-DIFFERENCE", "/lines/0/received/value")]
    assert found(receipt("12", ("short", "2"))) == told
    assert found(receipt("12", ("over", "2"))) == told
    assert found(receipt("10", ("short", "2"))) == []
    assert found(receipt("14", ("over", "2"))) == []
    assert found(receipt("12", ("damaged", "2"))) == [], "whether damaged goods count as received is the sender's habit"
    assert found(receipt("12", ("short", "0"))) == []


def test_quantities_in_several_units_are_told_and_those_below_zero_hold() -> None:
    assert found(receipt("12", ("damaged", "1"), unit="CA")) == [("CHECK-RECEIPT-UNITS", "/lines/0")]
    (negative,) = results(receipt("-1"))
    assert (negative.finding.code, negative.action) == ("CHECK-QUANTITY-POSITIVE", Action.HOLD)


def test_nothing_received_is_a_receipt() -> None:
    assert found(receipt("0", ("not_received", "12"))) == []


def payment(amount: str, *items: dict[str, Any], adjustments: tuple[str, ...] = ()) -> Document:
    beside = [{"amount": value, "reason": "rebate"} for value in adjustments]
    return make_remittance_advice(amount=amount, entities=[{"items": items, "adjustments": beside}])


def test_a_payment_is_what_is_paid_on_its_items_and_beside_them() -> None:
    items = {"number": "I1", "amount_paid": "100.00"}, {"number": "I2", "amount_paid": "-20.00"}
    assert found(payment("80.00", *items)) == []
    assert found(payment("75.00", *items, adjustments=("-5.00",))) == []
    (result,) = results(payment("90.00", *items, adjustments=("-5.00",)))
    assert result.action is Action.HOLD
    assert (result.finding.code, result.finding.locator) == ("CHECK-PAYMENT-TOTAL", "/amount")
    expected = "2 items of 80.00 with adjustments of -5.00 come to 75.00, the payment is 90.00"
    assert result.finding.message == expected


def test_a_payment_without_paid_items_says_nothing_of_its_sum() -> None:
    assert found(make_remittance_advice(entities=[])) == []
    assert found(payment("80.00", {"number": "I1"})) == []


def test_an_item_paid_in_full_is_its_amount_less_discount_and_adjustments() -> None:
    item = {"number": "I1", "amount_paid": "90.00", "invoice_amount": "100.00", "discount_taken": "2.00"}
    less = {**item, "adjustments": [{"amount": "-8.00", "reason": "damaged"}]}
    own = {**item, "adjustment_reason": "damaged", "adjustment_amount": "8.00"}
    assert found(payment("90.00", item)) == [("CHECK-REMITTANCE-ITEM", "/entities/0/items/0/amount_paid")]
    assert found(payment("90.00", less)) == found(payment("90.00", own)) == []
    assert found(payment("90.00", {**item, "action": "partial"})) == []


def test_an_adjustment_comes_to_its_lines_each_in_its_own_direction() -> None:
    def line(amount: str, direction: str) -> dict[str, str]:
        return {"reason": "pricing_error", "credit_debit": direction, "amount": amount}

    back_and_forth = [line("25.00", "debit"), line("5.10", "credit")]
    assert found(make_credit_debit_adjustment(lines=back_and_forth)) == []
    (result,) = results(make_credit_debit_adjustment(lines=[line("25.00", "debit"), line("5.10", "debit")]))
    assert (result.finding.code, result.action) == ("CHECK-ADJUSTMENT-TOTAL", Action.HOLD)
    assert result.finding.message == "the 2 lines come to 30.10 debit, the document says 19.90"
    charge = {"indicator": "charge", "amount": "4.90"}
    assert found(make_credit_debit_adjustment(lines=[line("15.00", "debit")], allowances_and_charges=[charge])) == []


def test_a_price_difference_times_the_quantity_is_the_amount_of_the_line() -> None:
    line = {
        "reason": "pricing_error",
        "credit_debit": "debit",
        "amount": "19.90",
        "quantity": {"value": "10", "unit_of_measure": "EA"},
        "unit_price_difference": "-1.99",
    }
    assert found(make_credit_debit_adjustment(lines=[line])) == []
    other = {**line, "unit_price_difference": "2.00"}
    assert found(make_credit_debit_adjustment(lines=[other])) == [("CHECK-ADJUSTMENT-AMOUNT", "/lines/0/amount")]


def test_a_rejection_without_a_reason_is_told() -> None:
    refused = {"verdict": "rejected", "kind": "invoice", "number": "INV-1"}
    assert found(make_application_advice(documents=[refused])) == [("CHECK-ADVICE-REASON", "/documents/0/errors")]
    coded = {**refused, "codes": [{"agency": "94", "codes": [{"code_list": "IBP", "code": "E038"}]}]}
    accepted = {**refused, "verdict": "accepted"}
    assert found(make_application_advice(documents=[coded, accepted])) == []


@pytest.mark.parametrize("release", RELEASES)
def test_every_rule_has_a_condition_that_an_application_advice_can_tell(release: str) -> None:
    listed = codes(release, "647")
    assert listed is not None
    assert not [rule.name for rule in all_rules().values() if rule.condition.codes[0] not in listed]
    assert ErrorCondition.OTHER not in [rule.condition for rule in all_rules().values()]
