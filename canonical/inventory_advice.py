"""An inventory inquiry or advice: what is in stock, on its way or sold, item by item and place by place (X12 846)."""

from __future__ import annotations

from typing import Literal

from canonical.advance_ship_notice import Mark
from canonical.base import CalendarDate, ClockTime, Code, CodedEnum, ExactDecimal, ExtensibleModel, Text, code_of
from canonical.business_document import BusinessDocument, NumberKind
from canonical.identifier import ItemIdentifier
from canonical.order import DestinationQuantity, Purpose, ScheduledQuantity, Subline, Totals
from canonical.party import Contact, Party
from canonical.quantity import Currency, Measurement, Price, Quantity
from canonical.reference import IndustryCodes, QualifiedDate, Reference, ReferenceKind, references_of
from canonical.terms import AllowanceOrCharge, Description


class InventoryReportType(CodedEnum):
    """Whose stock is told to whom (X12 755, of which this names what an 846 is used for)."""

    SELLER = "seller", "SI"
    MANUFACTURER = "manufacturer", "MM"
    MANUFACTURER_TO_DISTRIBUTOR = "manufacturer_to_distributor", "MB"
    MANUFACTURER_TO_CUSTOMER = "manufacturer_to_customer", "MC"
    MANUFACTURER_TO_AGENT = "manufacturer_to_agent", "MA"
    DISTRIBUTOR = "distributor", "DD"
    DISTRIBUTOR_TO_MANUFACTURER = "distributor_to_manufacturer", "DM"
    DISTRIBUTOR_TO_CUSTOMER = "distributor_to_customer", "DC"
    CUSTOMER_TO_DISTRIBUTOR = "customer_to_distributor", "CD"
    CUSTOMER_TO_MANUFACTURER = "customer_to_manufacturer", "CM"
    AGENT = "agent", "AA", "AD"
    LOCATION = "location", "LC"
    BETWEEN_PLANTS = "between_plants", "PT"
    PIPELINE = "pipeline", "PS"
    PARAMETERS = "parameters", "IP"
    CONSIGNED_SALES = "consigned_sales", "CS"
    SELLER_SALES = "seller_sales", "SS"
    COUNT_REQUEST = "count_request", "TC"
    OTHER = "other"


class StockKind(CodedEnum):
    """What a quantity of stock is (X12 673, of which this names what an 846 is used for)."""

    ON_HAND = "on_hand", "17"
    AVAILABLE_FOR_SALE = "available_for_sale", "33", "V2"
    AVAILABLE_ON_SHELF = "available_on_shelf", "34", "RJ"
    PROJECTED_AVAILABLE = "projected_available", "29"
    TOTAL = "total", "26"
    BEGINNING = "beginning", "TN"
    ENDING = "ending", "TX"
    COMMITTED = "committed", "27"
    ALLOCATED = "allocated", "H8"
    RESERVED = "reserved", "XU"
    BACKORDERED = "backordered", "BQ"
    ON_ORDER = "on_order", "63"
    IN_TRANSIT = "in_transit", "IQ"
    WORK_IN_PROCESS = "work_in_process", "37"
    SOLD = "sold", "32"
    RETURNED = "returned", "76"
    RETURNABLE = "returnable", "28"
    DAMAGED = "damaged", "74"
    UNUSABLE = "unusable", "20"
    MINIMUM_ORDER = "minimum_order", "57"
    MAXIMUM_ORDER = "maximum_order", "70"
    ORDER_MULTIPLE = "order_multiple", "AP"
    OTHER = "other"


class UnitPrice(ExtensibleModel):
    """A unit of measure and its price (UIT); ``basis`` is X12 639."""

    unit_of_measure: Code | None = None
    price: ExactDecimal | None = None
    basis: Code | None = None


class LeadTime(ExtensibleModel):
    """How long something takes (LDT): ``code`` is X12 345, ``period`` X12 344, what the number counts."""

    code: Code
    number: ExactDecimal
    period: Code
    date: CalendarDate | None = None


class Contract(ExtensibleModel):
    """Under which contract or order the stock is held (CS); ``reference_qualifier`` is X12 128."""

    contract_number: Text | None = None
    change_order_sequence: Text | None = None
    release_number: Text | None = None
    reference_qualifier: Code | None = None
    reference: Text | None = None
    purchase_order_number: Text | None = None


class StockQuantity(ExtensibleModel):
    """A quantity of the item and what it is (the QTY loop); ``qualifier`` is the X12 673 code, ``text`` stands in for a
    number. ``schedules`` say when parts of it will be there."""

    kind: StockKind
    qualifier: Code = code_of("kind")
    quantity: Quantity | None = None
    text: Text | None = None
    unit_prices: tuple[UnitPrice, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    lead_times: tuple[LeadTime, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    schedules: tuple[ScheduledQuantity, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()


class InventoryLine(ExtensibleModel):
    """One item (the LIN loop). Its ``parties`` are the places where this stock lies, unless the heading says it for
    all; ``destination_quantities`` divide it among stores."""

    line_number: Text | None = None
    identifiers: tuple[ItemIdentifier, ...] = ()
    descriptions: tuple[Description, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    prices: tuple[Price, ...] = ()
    currency: Currency | None = None
    allowances_and_charges: tuple[AllowanceOrCharge, ...] = ()
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    destination_quantities: tuple[DestinationQuantity, ...] = ()
    marks: tuple[Mark, ...] = ()
    unit_prices: tuple[UnitPrice, ...] = ()
    contract: Contract | None = None
    lead_times: tuple[LeadTime, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()
    sublines: tuple[Subline, ...] = ()
    quantities: tuple[StockQuantity, ...] = ()
    parties: tuple[Party, ...] = ()

    def quantity_of(self, kind: StockKind) -> Quantity | None:
        """The first quantity of that kind, or None."""
        return next((entry.quantity for entry in self.quantities if entry.kind is kind), None)


class InventoryAdvice(BusinessDocument):
    """Stock as of ``date``, or, with ``purpose`` request, the question for it; ``action_code`` is X12 306."""

    type: Literal["inventory_advice"] = "inventory_advice"
    purpose: Purpose
    purpose_code: Code = code_of("purpose")
    report_type: InventoryReportType
    report_type_code: Code = code_of("report_type")
    reference_number: Text
    date: CalendarDate
    time: ClockTime | None = None
    action_code: Code | None = None
    currency: Currency | None = None
    dates: tuple[QualifiedDate, ...] = ()
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()
    parties: tuple[Party, ...] = ()
    lines: tuple[InventoryLine, ...] = ()
    totals: Totals | None = None

    def document_number(self) -> str:
        return self.reference_number

    def distinction(self) -> tuple[str, ...]:
        """Many senders use the same reference number every day."""
        time = self.time.isoformat() if self.time else ""
        return self.report_type_code, self.date.isoformat(), time, self.purpose_code

    def all_parties(self) -> tuple[Party, ...]:
        return self.parties

    def known_numbers(self) -> tuple[tuple[NumberKind, str], ...]:
        return ((NumberKind.INVENTORY_ADVICE, self.reference_number),)

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Orders that the stock is held for."""
        references = (*self.references, *(entry for line in self.lines for entry in line.references))
        contracts = (line.contract.purchase_order_number for line in self.lines if line.contract)
        numbers = (*references_of(references, ReferenceKind.PURCHASE_ORDER), *contracts)
        return tuple(dict.fromkeys(number for number in numbers if number))

    def order_keys(self) -> tuple[str, ...]:
        """An older picture of the stock must never come after a newer one: all of a partner's stay in order."""
        return (self.type, *self.purchase_order_numbers())
