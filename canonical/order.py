"""What a purchase order and its acknowledgment have in common: the heading's terms and parties, and the lines."""

from __future__ import annotations

import datetime

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
from canonical.business_document import BusinessDocument
from canonical.identifier import ItemIdentifier
from canonical.party import Contact, Party
from canonical.quantity import Currency, Measurement, MonetaryAmount, Price, QualifiedQuantity, Quantity
from canonical.reference import DateKind, Message, Note, QualifiedDate, Reference, date_of
from canonical.terms import (
    AllowanceOrCharge,
    DeliveryTerms,
    Description,
    Equipment,
    Lading,
    Packaging,
    PaymentTerms,
    Routing,
    SalesRequirement,
    Tax,
    TaxRegistration,
)


class Purpose(CodedEnum):
    """What the sender wants done with the document (X12 353)."""

    ORIGINAL = "original", "00"
    CANCELLATION = "cancellation", "01"
    ADD = "add", "02"
    DELETE = "delete", "03"
    CHANGE = "change", "04"
    REPLACE = "replace", "05"
    CONFIRMATION = "confirmation", "06"
    DUPLICATE = "duplicate", "07"
    RESPONSE = "response", "11"
    REQUEST = "request", "13"
    RESUBMISSION = "resubmission", "15"
    INFORMATION_COPY = "information_copy", "22"
    OTHER = "other"


class Terms(ExtensibleModel):
    """What may be agreed for a whole order as well as for one line of it."""

    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    prices: tuple[Price, ...] = ()
    allowances_and_charges: tuple[AllowanceOrCharge, ...] = ()
    payment_terms: tuple[PaymentTerms, ...] = ()
    delivery_terms: tuple[DeliveryTerms, ...] = ()
    sales_requirements: tuple[SalesRequirement, ...] = ()
    taxes: tuple[Tax, ...] = ()
    tax_registrations: tuple[TaxRegistration, ...] = ()
    descriptions: tuple[Description, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    lading: tuple[Lading, ...] = ()
    routing: tuple[Routing, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    amounts: tuple[MonetaryAmount, ...] = ()
    notes: tuple[Note, ...] = ()
    messages: tuple[Message, ...] = ()

    @property
    def requested_ship_date(self) -> datetime.date | None:
        return date_of(self.dates, DateKind.REQUESTED_SHIP)

    @property
    def requested_delivery_date(self) -> datetime.date | None:
        return date_of(self.dates, DateKind.REQUESTED_DELIVERY)


class ScheduledQuantity(ExtensibleModel):
    """A part of a line's quantity with its own date (SCH)."""

    quantity: Quantity
    kind: DateKind
    qualifier: Code = code_of("kind")
    date: CalendarDate
    time: ClockTime | None = None
    until_qualifier: Code | None = None
    until_date: CalendarDate | None = None
    until_time: ClockTime | None = None
    entity: Code | None = None
    entity_name: Text | None = None
    request_reference: Text | None = None
    references: tuple[Reference, ...] = ()


class DestinationQuantity(CanonicalModel):
    """The part of a line's quantity that goes to one store or location (SDQ); ``location_qualifier`` is X12 66,
    ``sublocation`` a place there (X12 310)."""

    location: Text
    location_qualifier: Code | None = None
    quantity: Quantity
    sublocation: Text | None = None


class ItemDetail(ExtensibleModel):
    """Quantity and price of a part of the line that differs (PO3); ``change_reason`` is X12 371."""

    change_reason: Code
    date: CalendarDate | None = None
    price_identifier: Code | None = None
    unit_price: ExactDecimal | None = None
    unit_price_basis: Code | None = None
    quantity: Quantity
    description: Text | None = None


class ItemIdentification(ExtensibleModel):
    """Further names of a line's product (LIN), of the replaced one or of a part; ``line_number`` is the sender's."""

    line_number: Text | None = None
    identifiers: tuple[ItemIdentifier, ...] = ()


class Goods(ExtensibleModel):
    """Which product, how much, at what price; ``unit_price_basis`` is X12 639."""

    quantity: Quantity | None = None
    unit_price: ExactDecimal | None = None
    unit_price_basis: Code | None = None
    identifiers: tuple[ItemIdentifier, ...] = ()
    item_details: tuple[ItemDetail, ...] = ()
    packaging: tuple[Packaging, ...] = ()
    quantities: tuple[QualifiedQuantity, ...] = ()
    parties: tuple[Party, ...] = ()


class Item(Terms, Goods):
    """What lines and sublines share. (pydantic takes the fields of the last base first.)"""


class Subline(Item):
    """A component or part of a line (SLN); ``relationship`` is X12 662 (I included, A additional)."""

    subline_number: Text
    parent_subline_number: Text | None = None
    relationship: Code
    price_relationship: Code | None = None


class OrderLine(Item):
    """One ordered item (PO1). ``line_number`` is the buyer's and need not be numeric."""

    line_number: Text | None = None
    currency: Currency | None = None
    item_identifications: tuple[ItemIdentification, ...] = ()
    destination_quantities: tuple[DestinationQuantity, ...] = ()
    schedules: tuple[ScheduledQuantity, ...] = ()
    sublines: tuple[Subline, ...] = ()


class Totals(CanonicalModel):
    """What the sender counted (CTT): ``hash_total`` is the sum of the lines' quantities."""

    line_item_count: int | None = None
    hash_total: ExactDecimal | None = None
    weight: Quantity | None = None
    volume: Quantity | None = None
    description: Text | None = None


class OrderHeading(BusinessDocument):
    """What the first segment of an order and of its acknowledgment says."""

    purpose: Purpose
    purpose_code: Code = code_of("purpose")
    purchase_order_number: Text
    release_number: Text | None = None
    order_date: CalendarDate | None = None
    contract_number: Text | None = None
    currency: Currency | None = None

    def document_number(self) -> str:
        return self.purchase_order_number

    def distinction(self) -> tuple[str, ...]:
        return self.release_number or "", self.purpose_code

    def purchase_order_numbers(self) -> tuple[str, ...]:
        return (self.purchase_order_number,)


class OrderDocument(Terms, OrderHeading):
    """A purchase order or its acknowledgment, without its lines; ``dates`` are those of the whole order."""

    parties: tuple[Party, ...] = ()
    totals: Totals | None = None
    total_amounts: tuple[MonetaryAmount, ...] = ()

    def all_parties(self) -> tuple[Party, ...]:
        return self.parties
