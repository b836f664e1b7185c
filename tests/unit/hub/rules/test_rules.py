from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from canonical.advance_ship_notice import (
    AdvanceShipNotice,
    LevelKind,
    Mark,
    OrderReference,
    ShipmentLevel,
    ShippedQuantity,
)
from canonical.document import Document, DocumentType
from canonical.identifier import ItemIdentifier, ItemIdentifierKind, MarkKind, check_digit
from canonical.invoice import Invoice, InvoiceAllowanceOrCharge, InvoiceKind, InvoiceLine
from canonical.order import OrderLine, Purpose, Totals
from canonical.purchase_order import PurchaseOrder, PurchaseOrderType
from canonical.purchase_order_acknowledgment import (
    AcknowledgmentLine,
    AcknowledgmentType,
    LineAcknowledgment,
    LineStatus,
    PurchaseOrderAcknowledgment,
)
from canonical.quantity import Currency, MonetaryAmount, Quantity
from canonical.terms import AllowanceOrCharge, ChargeIndicator, Lading, Tax
from hub.rules import RESULTS_PER_RULE, Action, CheckContext, RuleResult, all_rules, checks_of, evaluate
from hub.rules.arithmetic import hash_of_digits, line_amount, money
from partners.agreement import CheckSetting, Direction, DocumentAgreement
from partners.loader import load_profile_text
from tests.unit.partners.profiles import BOLT

PROFILE = load_profile_text(BOLT, "bolt.yaml").require()
TODAY = datetime.date(2026, 3, 1)


def results(document: Document, graded: dict[str, CheckSetting] | None = None, **agreed: object) -> list[RuleResult]:
    values = {"type": document.type, "direction": "inbound", "channel": "files", **agreed}
    agreement = DocumentAgreement.model_validate(values)
    profile = PROFILE.model_copy(update={"checks": graded or {}})
    return evaluate(document, CheckContext(profile, agreement, Direction.INBOUND))


def messages(document: Document, **agreed: object) -> list[str]:
    return [result.finding.message for result in results(document, **agreed)]


def of(value: str, unit: str = "EA") -> Quantity:
    return Quantity(value=Decimal(value), unit_of_measure=unit)


def invoice_line(value: str, price: str, unit: str = "CA", basis: str | None = None) -> InvoiceLine:
    return InvoiceLine(quantity=of(value, unit), unit_price=Decimal(price), unit_price_basis=basis)


def invoice(total: str, *lines: InvoiceLine, **fields: object) -> Invoice:
    values: dict[str, object] = {"invoice_number": "I1", "invoice_date": TODAY, "lines": lines, **fields}
    return Invoice.model_validate({**values, "total_amount": total})


def charge(indicator: ChargeIndicator, value: str, handling: str | None = None) -> InvoiceAllowanceOrCharge:
    return InvoiceAllowanceOrCharge(indicator=indicator, amount=Decimal(value), handling=handling)


def order(*lines: OrderLine, **fields: object) -> PurchaseOrder:
    values = {"purpose": Purpose.ORIGINAL, "order_type": PurchaseOrderType.STAND_ALONE, "purchase_order_number": "P1"}
    return PurchaseOrder.model_validate({**values, "lines": lines, **fields})


def order_line(value: str, price: str, *stated: str, basis: str | None = None) -> OrderLine:
    amounts = tuple(MonetaryAmount(qualifier="1", amount=Decimal(text)) for text in stated)
    return OrderLine(quantity=of(value), unit_price=Decimal(price), unit_price_basis=basis, amounts=amounts)


def sscc(serial: int) -> str:
    digits = f"0{serial:016d}"
    return digits + check_digit(digits)


def pack(serial: str, *levels: ShipmentLevel) -> ShipmentLevel:
    return ShipmentLevel(kind=LevelKind.PACK, marks=(Mark(kind=MarkKind.SSCC, value=serial),), levels=levels)


def item(value: str, *levels: ShipmentLevel) -> ShipmentLevel:
    return ShipmentLevel(kind=LevelKind.ITEM, quantity=ShippedQuantity(shipped=of(value)), levels=levels)


def notice(*levels: ShipmentLevel, totals: Totals | None = None, lading: tuple[Lading, ...] = ()) -> AdvanceShipNotice:
    reference = OrderReference(purchase_order_number="P1")
    orders = (ShipmentLevel(kind=LevelKind.ORDER, purchase_order=reference, levels=levels),)
    shipment = ShipmentLevel(kind=LevelKind.SHIPMENT, levels=orders, lading=lading)
    return AdvanceShipNotice(shipment_identification="S1", date=TODAY, levels=(shipment,), totals=totals)


def test_an_invoice_that_adds_up_has_no_findings() -> None:
    fields = {
        "allowances_and_charges": (charge(ChargeIndicator.CHARGE, "10"), charge(ChargeIndicator.ALLOWANCE, "5")),
        "taxes": (Tax(type_code="ST", amount=Decimal("4.13")),),
        "totals": Totals(line_item_count=2, hash_total=Decimal(112)),
    }
    lines = (invoice_line("12", "4.50"), invoice_line("100", "1.00", basis="HP"))
    assert messages(invoice("64.13", *lines, **fields)) == []


def test_the_arithmetic_of_a_wrong_total_is_explained() -> None:
    assert messages(invoice("55.00", invoice_line("12", "4.50"))) == [
        "line 1: 12 CA x 4.50 = 54.00, the invoice says 55.00"
    ]
    taxed = invoice("60", invoice_line("12", "4.50"), taxes=(Tax(type_code="ST", amount=Decimal(3)),))
    assert messages(taxed) == ["line 1: 12 CA x 4.50 = 54.00; lines 54.00 + taxes 3.00 = 57.00, the invoice says 60.00"]
    (result,) = results(taxed)
    assert (result.action, result.finding.code, result.finding.expected) == (
        Action.HOLD,
        "CHECK-INVOICE-TOTAL",
        "57.00",
    )


def test_rounding_of_each_line_is_no_difference() -> None:
    lines = [invoice_line("1", "0.333") for _ in range(30)]
    assert messages(invoice("9.90", *lines)) == []
    assert messages(invoice("9.50", *lines)) != []
    assert messages(invoice("9.50", *lines), rounding_tolerance="0.50") == []


def test_what_is_settled_elsewhere_is_not_in_the_total() -> None:
    billed_back = charge(ChargeIndicator.ALLOWANCE, "5", handling="01")
    assert messages(invoice("54", invoice_line("12", "4.50"), allowances_and_charges=(billed_back,))) == []


def test_a_summary_that_repeats_the_lines_taxes_counts_once() -> None:
    tax = Tax(type_code="ST", amount=Decimal(4))
    line = invoice_line("12", "4.50").model_copy(update={"taxes": (tax,)})
    assert messages(invoice("58", line, taxes=(tax,))) == []
    assert messages(invoice("62", line, taxes=(tax,))) == []
    assert messages(invoice("54", line, taxes=(tax,))) != []


@pytest.mark.parametrize("total", ["54", "-54"])
@pytest.mark.parametrize("value", ["12", "-12"])
def test_a_credit_may_write_its_signs_either_way(total: str, value: str) -> None:
    assert messages(invoice(total, invoice_line(value, "4.50"), kind=InvoiceKind.CREDIT)) == []


def test_an_invoice_that_does_not_tell_enough_is_not_accused() -> None:
    assert messages(invoice("54", InvoiceLine(quantity=of("1")))) == []
    unknown = InvoiceAllowanceOrCharge(indicator=ChargeIndicator.CHARGE, percent=Decimal(3))
    assert messages(invoice("99", invoice_line("12", "4.50"), allowances_and_charges=(unknown,))) == []


def test_taxes_and_charges_by_rate_are_computed() -> None:
    tax = Tax(type_code="ST", percent=Decimal(8), basis_amount=Decimal(50), amount=Decimal(5))
    by_rate = InvoiceAllowanceOrCharge(
        indicator=ChargeIndicator.CHARGE, code="D240", rate=Decimal("1.5"), quantity=of("4"), amount=Decimal(7)
    )
    assert messages(invoice("66", invoice_line("12", "4.50"), taxes=(tax,), allowances_and_charges=(by_rate,))) == [
        "charge D240: 4 EA x 1.5 = 6.00, the invoice says 7.00",
        "tax ST: 8 % of 50.00 = 4.00, the invoice says 5.00",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "price", "basis", "expected"),
    [
        ("12", "CA", "4.50", None, "54.00"),
        ("250", "EA", "8", "HP", "20"),
        ("2.5", "HU", "8", "HP", "20.0"),
        ("4000", "EA", "2.50", "TP", "10"),
        ("24", "EA", "6", "PD", "12"),
        ("5", "EA", "3", "NC", "0"),
        ("5", "EA", "3", "TB", None),
        ("5", "CA", "3", "PP", None),
        ("5", "LB", "3", "PP", "15"),
    ],
)
def test_a_line_amount_follows_the_price_basis(
    value: str, unit: str, price: str, basis: str | None, expected: str | None
) -> None:
    found = line_amount(of(value, unit), Decimal(price), basis)
    assert found == (None if expected is None else Decimal(expected))


def test_huge_figures_are_shown_not_raised() -> None:
    huge = "9" * 30
    assert messages(invoice("1", invoice_line(huge, huge)))
    assert money(Decimal("1E+45")) == "1" + "0" * 45 + ".00"
    assert money(Decimal("28.7968")) == "28.7968"


def test_hash_totals_are_accepted_as_senders_compute_them() -> None:
    assert hash_of_digits([Decimal(v) for v in (".0018", ".18", "1.8", "18.01")]) == Decimal(1855)
    lines = (order_line("1.5", "1"), order_line("2", "1"))
    for declared in ("3.5", "17"):
        assert messages(order(*lines, totals=Totals(hash_total=Decimal(declared)))) == []
    assert messages(order(*lines, totals=Totals(hash_total=Decimal(4), line_item_count=3))) == [
        "the sender counts 3 lines, the document holds 2",
        "the sender's hash total is 4, the quantities add up to 3.5",
    ]


def test_a_stated_line_amount_is_computed_again() -> None:
    assert messages(order(order_line("1000", "2.50", "2.50", basis="TP"))) == []
    assert messages(order(order_line("12", "4.50", "55"))) == ["line 1: 12 EA x 4.50 = 54.00, the document says 55.00"]


def test_an_order_total_may_hold_the_charges_or_not() -> None:
    freight = AllowanceOrCharge(indicator=ChargeIndicator.CHARGE, amount=Decimal(6))
    for total in ("54", "60"):
        stated = (MonetaryAmount(qualifier="TT", amount=Decimal(total)),)
        document = order(order_line("12", "4.5"), total_amounts=stated, allowances_and_charges=(freight,))
        assert messages(document) == []
    stated = (MonetaryAmount(qualifier="TT", amount=Decimal(70)),)
    assert messages(order(order_line("12", "4.5"), total_amounts=stated)) == [
        "the 1 lines add up to 54.00, the document says 70.00"
    ]


@pytest.mark.parametrize(("value", "code"), [("0", "POSITIVE"), ("-5", "POSITIVE"), ("1000000000", "PLAUSIBLE")])
def test_quantities_that_cannot_be_meant(value: str, code: str) -> None:
    (result,) = results(order(order_line(value, "1")))
    assert result.finding.code == f"CHECK-QUANTITY-{code}"
    assert result.finding.locator == "/lines/0/quantity/value"


def test_a_wrong_gtin_is_named() -> None:
    def line(value: str) -> OrderLine:
        return OrderLine(identifiers=(ItemIdentifier(kind=ItemIdentifierKind.GTIN_12, value=value),))

    assert messages(order(line("036000291452"))) == []
    (result,) = results(order(line("036000291453")))
    assert (result.action, result.finding.locator) == (Action.WARN, "/lines/0/identifiers/0/value")


def test_the_answers_of_a_line_cover_its_quantity() -> None:
    def acknowledgment(*answers: str) -> PurchaseOrderAcknowledgment:
        given = tuple(LineAcknowledgment(status=LineStatus.ACCEPTED, quantity=of(value)) for value in answers)
        return PurchaseOrderAcknowledgment(
            purpose=Purpose.ORIGINAL,
            acknowledgment_type=AcknowledgmentType.ACCEPTED_WITH_CHANGES,
            purchase_order_number="P1",
            lines=(AcknowledgmentLine(quantity=of("10"), acknowledgments=given),),
        )

    assert messages(acknowledgment("6", "4")) == []
    assert messages(acknowledgment("6", "2")) == ["line 1: 10 EA ordered, the answers cover 8"]


def test_a_good_notice_has_no_findings() -> None:
    document = notice(
        pack(sscc(1), item("5"), item("3")),
        pack(sscc(2), item("2")),
        totals=Totals(line_item_count=7, hash_total=Decimal(10)),
        lading=(Lading(packaging_code="CTN", quantity=2),),
    )
    assert messages(document) == []


def test_the_numbers_of_packages_are_checked() -> None:
    wrong = sscc(1)[:-1] + str((int(sscc(1)[-1]) + 1) % 10)
    found = results(notice(pack(wrong, item("1")), pack(sscc(2), item("1")), pack(sscc(2), item("1"))))
    assert [(r.finding.code, r.action) for r in found] == [
        ("CHECK-SSCC-CHECK-DIGIT", Action.HOLD),
        ("CHECK-SSCC-DUPLICATE", Action.HOLD),
    ]
    assert found[1].finding.locator == "/levels/0/levels/0/levels/2/marks"


def test_a_mixed_carton_stands_under_each_item_it_holds() -> None:
    assert messages(notice(item("1", pack(sscc(1))), item("1", pack(sscc(1))))) == []


def test_an_item_split_into_packages_adds_up() -> None:
    def part(serial: int, value: str) -> ShipmentLevel:
        return pack(sscc(serial)).model_copy(update={"quantity": ShippedQuantity(shipped=of(value))})

    assert messages(notice(item("10", part(1, "6"), part(2, "4")))) == []
    (result,) = results(notice(item("10", part(1, "6"), part(2, "3"))))
    assert result.finding.message == "item 1: 10 EA shipped, but inside it are 6 + 3 = 9"


def test_packages_stated_are_packages_described() -> None:
    document = notice(pack(sscc(1), item("1")), lading=(Lading(packaging_code="CTN", quantity=5),))
    assert messages(document) == ["shipment: 5 packages stated, the notice describes cartons: 1"]
    undescribed = notice(item("1"), lading=(Lading(packaging_code="CTN", quantity=5),))
    assert messages(undescribed) == []


def test_a_type_that_is_not_agreed_is_held() -> None:
    (result,) = evaluate(order(order_line("1", "1")), CheckContext(PROFILE, None, Direction.INBOUND))
    assert (result.action, result.finding.code) == (Action.HOLD, "CHECK-DOCUMENT-AGREED")
    assert "Bolt & Sons has no agreement for inbound purchase order documents" in result.finding.message


def test_a_currency_that_is_not_agreed_is_held() -> None:
    document = invoice("54", invoice_line("12", "4.50"), currency=Currency(code="EUR"))
    assert messages(document, currencies=["USD", "EUR"]) == []
    assert messages(document) == []
    assert messages(document, currencies=["USD"]) == ["currency EUR is not agreed with Bolt & Sons"]


def test_the_profile_grades_and_the_agreement_goes_before_it() -> None:
    document = invoice("55", invoice_line("12", "4.50"))

    def action(profile: str, agreed: str | None = None) -> list[str]:
        graded = {"invoice-total": CheckSetting(profile)}
        found = results(document, graded, checks={"invoice-total": agreed} if agreed else {})
        return [f"{r.finding.severity} {r.action}" for r in found]

    assert action("off") == []
    assert action("info") == ["info pass"]
    assert action("warning") == ["warning warn"]
    assert action("hold") == ["error hold"]
    assert action("error") == ["error reject"]
    assert action("error", "off") == []


def test_many_results_of_one_rule_are_counted() -> None:
    found = results(order(*[order_line("0", "1") for _ in range(500)]))
    assert len(found) == RESULTS_PER_RULE + 1
    assert found[-1].finding.message.startswith(f"and {500 - RESULTS_PER_RULE} more of the same")
    assert found[-1].action is Action.HOLD


def test_every_rule_has_a_name_of_its_own_and_a_meaning() -> None:
    assert all(name == rule.name and rule.meaning.endswith(".") for name, rule in all_rules().items())
    assert {kind for kind in DocumentType if not checks_of(kind)} == {DocumentType.FUNCTIONAL_ACKNOWLEDGMENT}
