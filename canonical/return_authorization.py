"""Returns: the request to send goods back, its authorization or refusal, and the notice that they come (X12 180)."""

from __future__ import annotations

from typing import Literal

from canonical.advance_ship_notice import OrderReference
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
    code_of_optional,
)
from canonical.business_document import BusinessDocument, NumberKind
from canonical.identifier import ItemIdentifier
from canonical.order import DestinationQuantity, Purpose
from canonical.party import Contact, Party
from canonical.quantity import Measurement, MonetaryAmount, QualifiedQuantity, Quantity
from canonical.reference import IndustryCodes, Message, QualifiedDate, Reference, ReferenceKind, references_of
from canonical.terms import AllowanceOrCharge, Description, Lading, Routing


class Disposition(CodedEnum):
    """What is to be done with the goods (X12 1292)."""

    RETURN_AUTHORIZED = "return_authorized", "RA"
    RETURN_WITHOUT_AUTHORIZATION = "return_without_authorization", "RN"
    PARTLY_AUTHORIZED = "partly_authorized", "PA"
    PENDING = "pending", "RP"
    DENIED = "denied", "RD"
    KEEP_WITH_ALLOWANCE = "keep_with_allowance", "KA"
    KEEP_AND_REPAIR = "keep_and_repair", "KR"
    FACTORY_REPAIR = "factory_repair", "RF"
    WARRANTY_SERVICE = "warranty_service", "MW"
    CONSUMER_RETURN = "consumer_return", "CR"
    DISPOSE = "dispose", "DI"
    SHIP_TO_THIRD_PARTY = "ship_to_third_party", "RT"
    SHIP_TO_CHARITY = "ship_to_charity", "SC"
    SHIP_FOR_DISPOSAL = "ship_for_disposal", "SD"
    OTHER = "other"


class ReturnReason(CodedEnum):
    """Why goods are to go back (X12 1293)."""

    DAMAGED = "damaged", "DA"
    DAMAGED_IN_TRANSIT = "damaged_in_transit", "DT"
    DEFECTIVE = "defective", "DM", "DR"
    DEFECTIVE_PACKAGING = "defective_packaging", "DP"
    POOR_WORKMANSHIP = "poor_workmanship", "PW"
    WORN = "worn", "EW"
    WRONG_GOODS = "wrong_goods", "WG"
    ORDERED_BY_MISTAKE = "ordered_by_mistake", "CO"
    NOT_AS_EXPECTED = "not_as_expected", "NA"
    COLOR = "color", "CV"
    FIT = "fit", "PF"
    STYLE = "style", "ST"
    LABEL = "label", "LP"
    OUTDATED_PACKAGING = "outdated_packaging", "OP"
    SHORT_DATED = "short_dated", "SD"
    PAST_CODE_DATE = "past_code_date", "BC"
    SPOILED = "spoiled", "PS"
    SHIPPED_TOO_LATE = "shipped_too_late", "SP"
    EXCESS_STOCK = "excess_stock", "EI"
    STOCK_REDUCTION = "stock_reduction", "SR"
    END_OF_SEASON = "end_of_season", "EO"
    DISCONTINUED = "discontinued", "DI"
    MARKED_DOWN = "marked_down", "MD"
    PRICE_ERROR = "price_error", "PE"
    RECALL = "recall", "PR", "RE"
    SAMPLE = "sample", "SM"
    TERMINATION = "termination", "TE"
    OTHER = "other"


class ResponseReason(CodedEnum):
    """Why the answer is what it is (X12 1294)."""

    NOT_DEFECTIVE = "not_defective", "IN"
    AS_ORDERED = "as_ordered", "IO"
    WORN = "worn", "EW"
    DAMAGED_BY_OTHERS = "damaged_by_others", "FR"
    NO_RECORD_OF_SALE = "no_record_of_sale", "NR"
    TOO_LATE = "too_late", "RT"
    OUT_OF_SEASON = "out_of_season", "OS"
    PRICE_DIFFERENCE = "price_difference", "PC"
    QUANTITY_DIFFERENCE = "quantity_difference", "QD"
    REPAIR = "repair", "RR"
    UNIDENTIFIABLE = "unidentifiable", "UI"
    MORE_INFORMATION_WANTED = "more_information_wanted", "MI"
    PICTURE_WANTED = "picture_wanted", "PR"
    SAMPLE_WANTED = "sample_wanted", "SR"
    OTHER = "other"


class ReturnDecision(CanonicalModel):
    """What shall become of the goods and why (RDR); ``used`` is X12 1073, Y where they were in use."""

    disposition: Disposition | None = None
    disposition_code: Code | None = code_of_optional("disposition")
    reason: ReturnReason | None = None
    reason_code: Code | None = code_of_optional("reason")
    response_reason: ResponseReason | None = None
    response_reason_code: Code | None = code_of_optional("response_reason")
    description: Text | None = None
    used: Code | None = None


class ReturnClaim(CanonicalModel):
    """What is claimed for the whole return and how it shall be paid (G38): ``payment_method`` is X12 591."""

    amount: ExactDecimal
    payment_method: Code | None = None
    disposition: Disposition | None = None
    disposition_code: Code | None = code_of_optional("disposition")


class Condition(ExtensibleModel):
    """A condition that holds or does not (CRC): ``category`` is X12 1136, ``applies`` X12 1073, Y or N, ``indicators``
    X12 1321."""

    category: Code
    applies: Code
    indicators: tuple[Code, ...] = ()


class ReturnedUnit(ExtensibleModel):
    """One piece of a returned quantity (the LX loop), known by its references, such as a serial number."""

    number: int
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    parties: tuple[Party, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()


class ReturnedQuantity(QualifiedQuantity):
    """A part of the line's quantity and what it means (the QTY loop)."""

    amounts: tuple[MonetaryAmount, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    parties: tuple[Party, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()
    units: tuple[ReturnedUnit, ...] = ()


class ReturnLine(ExtensibleModel):
    """One item (the BLI loop). ``unit_price`` is for one ``price_unit`` (X12 355) and is what ``price_identifier`` says
    (X12 236); ``options`` are X12 1161, ``frequency`` X12 594."""

    identifiers: tuple[ItemIdentifier, ...] = ()
    quantity: Quantity | None = None
    price_identifier: Code | None = None
    unit_price: ExactDecimal | None = None
    price_unit: Code | None = None
    options: tuple[Code, ...] = ()
    frequency: Code | None = None
    references: tuple[Reference, ...] = ()
    descriptions: tuple[Description, ...] = ()
    decision: ReturnDecision | None = None
    allowances_and_charges: tuple[AllowanceOrCharge, ...] = ()
    amounts: tuple[MonetaryAmount, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    conditions: tuple[Condition, ...] = ()
    messages: tuple[Message, ...] = ()
    purchase_order: OrderReference | None = None
    dates: tuple[QualifiedDate, ...] = ()
    routing: tuple[Routing, ...] = ()
    destination_quantities: tuple[DestinationQuantity, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()
    parties: tuple[Party, ...] = ()
    quantities: tuple[ReturnedQuantity, ...] = ()


class ReturnAuthorization(BusinessDocument):
    """A request, its answer or a notice of return, told apart by ``purpose`` and each ``decision``.

    ``reference_number`` is the sender's number of this document (BGN02), ``original_reference_number`` that of the one
    it follows (BGN06); the number under which goods may come back is a reference of the kind return_authorization.
    ``transaction_type`` is X12 640, ``action_code`` X12 306. A ``decision`` of the heading holds for every line without
    one of its own.
    """

    type: Literal["return_authorization"] = "return_authorization"
    purpose: Purpose
    purpose_code: Code = code_of("purpose")
    reference_number: Text
    date: CalendarDate
    time: ClockTime | None = None
    time_zone: Code | None = None
    original_reference_number: Text | None = None
    transaction_type: Code | None = None
    action_code: Code | None = None
    security_level: Code | None = None
    decision: ReturnDecision | None = None
    purchase_order: OrderReference | None = None
    dates: tuple[QualifiedDate, ...] = ()
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    allowances_and_charges: tuple[AllowanceOrCharge, ...] = ()
    claim: ReturnClaim | None = None
    lading: tuple[Lading, ...] = ()
    routing: tuple[Routing, ...] = ()
    messages: tuple[Message, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()
    parties: tuple[Party, ...] = ()
    lines: tuple[ReturnLine, ...] = ()

    def document_number(self) -> str:
        return self.reference_number

    def distinction(self) -> tuple[str, ...]:
        """A request and its answer may bear one number."""
        return self.date.isoformat(), self.transaction_type or "", self.action_code or "", self.purpose_code

    def all_parties(self) -> tuple[Party, ...]:
        return self.parties

    def authorization_numbers(self) -> tuple[str, ...]:
        """The numbers under which the goods may come back, each once."""
        return self._named(ReferenceKind.RETURN_AUTHORIZATION)

    def known_numbers(self) -> tuple[tuple[NumberKind, str], ...]:
        numbers = (self.reference_number, self.original_reference_number, *self.authorization_numbers())
        return tuple((NumberKind.RETURN_AUTHORIZATION, number) for number in dict.fromkeys(numbers) if number)

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Every order under which the goods were bought, each once, in document order."""
        orders = (self.purchase_order, *(line.purchase_order for line in self.lines))
        ordered = (order.purchase_order_number for order in orders if order)
        return tuple(dict.fromkeys((*ordered, *self._named(ReferenceKind.PURCHASE_ORDER))))

    def _named(self, kind: ReferenceKind) -> tuple[str, ...]:
        references = (*self.references, *(entry for line in self.lines for entry in line.references))
        return tuple(dict.fromkeys(references_of(references, kind)))
