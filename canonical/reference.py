"""References, dates and notes: what a document says beside its own fields, each with a qualifier."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from canonical.base import CalendarDate, ClockTime, Code, CodedEnum, ExtensibleModel, Text, code_of


class ReferenceKind(CodedEnum):
    """What a reference number refers to (X12 128)."""

    PURCHASE_ORDER = "purchase_order", "PO"
    VENDOR_NUMBER = "vendor_number", "VR"
    INTERNAL_VENDOR_NUMBER = "internal_vendor_number", "IA"
    VENDOR_ORDER = "vendor_order", "VN"
    DEPARTMENT = "department", "DP"
    CUSTOMER_ORDER = "customer_order", "CO"
    CUSTOMER_REFERENCE = "customer_reference", "CR"
    CONTRACT = "contract", "CT"
    RELEASE = "release", "RE"
    INVOICE = "invoice", "IV"
    CREDIT_MEMO = "credit_memo", "CM"
    BILL_OF_LADING = "bill_of_lading", "BM"
    MASTER_BILL_OF_LADING = "master_bill_of_lading", "MB"
    CARRIER_REFERENCE = "carrier_reference", "CN"
    PACKING_LIST = "packing_list", "PK"
    SHIPMENT = "shipment", "SI"
    DELIVERY = "delivery", "DO"
    RECEIPT = "receipt", "RV"
    TRANSACTION = "transaction", "TN"
    LOAD = "load", "LO"
    ROUTE = "route", "RU"
    APPOINTMENT = "appointment", "AO"
    SEAL = "seal", "SN"
    SERIAL_NUMBER = "serial_number", "SE"
    LOT = "lot", "LT"
    AUTHORIZATION = "authorization", "AE"
    RETURN_AUTHORIZATION = "return_authorization", "RZ"
    PROMOTION = "promotion", "PD"
    ACCOUNT = "account", "11"
    TAX_NUMBER = "tax_number", "TJ"
    TEXT = "text", "L1"
    OTHER = "other"


class Reference(ExtensibleModel):
    """A qualified reference (REF); ``qualifier`` is the X12 128 code."""

    kind: ReferenceKind
    qualifier: Code = code_of("kind")
    value: Text | None = None
    description: Text | None = None


class DateKind(CodedEnum):
    """What happens at a date (X12 374)."""

    REQUESTED_SHIP = "requested_ship", "010"
    REQUESTED_DELIVERY = "requested_delivery", "002"
    SHIP_NOT_BEFORE = "ship_not_before", "037"
    SHIP_NO_LATER_THAN = "ship_no_later_than", "038"
    DELIVER_NOT_BEFORE = "deliver_not_before", "064"
    DELIVER_NO_LATER_THAN = "deliver_no_later_than", "063"
    CANCEL_AFTER = "cancel_after", "001"
    SHIPPED = "shipped", "011"
    ESTIMATED_DELIVERY = "estimated_delivery", "017"
    DELIVERED = "delivered", "035"
    RECEIVED = "received", "050"
    SCHEDULED_SHIP = "scheduled_ship", "068"
    SCHEDULED_DELIVERY = "scheduled_delivery", "067"
    PROMISED_DELIVERY = "promised_delivery", "069"
    PURCHASE_ORDER = "purchase_order", "004"
    INVOICE = "invoice", "003"
    EFFECTIVE = "effective", "007"
    EXPIRATION = "expiration", "036"
    MANUFACTURE = "manufacture", "094"
    PROMOTION_START = "promotion_start", "015"
    SERVICE_PERIOD_START = "service_period_start", "150"
    SERVICE_PERIOD_END = "service_period_end", "151"
    OTHER = "other"


class QualifiedDate(ExtensibleModel):
    """A date and what happens then (DTM); ``qualifier`` is the X12 374 code.

    ``time`` is local to ``time_zone`` (X12 623); without one it is local to the sender, and the partner's profile says
    which zone that is. A period that is no single day stands in ``period`` in the form ``period_format`` (X12 1250).
    """

    kind: DateKind
    qualifier: Code = code_of("kind")
    date: CalendarDate | None = None
    time: ClockTime | None = None
    time_zone: Code | None = None
    period_format: Code | None = None
    period: Text | None = None


class Message(ExtensibleModel):
    """A line of free text (MSG, MTX, NTE); ``reference_code`` is X12 363, what the text is about."""

    reference_code: Code | None = None
    text: Text


class Note(ExtensibleModel):
    """A reference that carries text or dates (the N9 loop); ``qualifier`` is the X12 128 code."""

    kind: ReferenceKind
    qualifier: Code = code_of("kind")
    value: Text | None = None
    description: Text | None = None
    date: CalendarDate | None = None
    time: ClockTime | None = None
    time_zone: Code | None = None
    dates: tuple[QualifiedDate, ...] = ()
    messages: tuple[Message, ...] = ()


class IndustryCode(ExtensibleModel):
    """A code of an industry's list (LQ): ``code_list`` is X12 1270."""

    code_list: Code | None = None
    code: Text | None = None


class IndustryCodes(ExtensibleModel):
    """Codes of one source (the LM loop): ``agency`` is X12 559, ``source`` which of its lists."""

    agency: Code
    source: Text | None = None
    codes: tuple[IndustryCode, ...] = ()


def date_of(dates: Iterable[QualifiedDate], kind: DateKind) -> date | None:
    """The first date of that kind, or None."""
    return next((entry.date for entry in dates if entry.kind is kind), None)


def references_of(references: Iterable[Reference | Note], kind: ReferenceKind) -> tuple[str, ...]:
    """Every reference of that kind, in document order."""
    return tuple(entry.value for entry in references if entry.kind is kind and entry.value)
