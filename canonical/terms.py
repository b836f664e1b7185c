"""Terms of sale and transport: payment, charges, taxes, delivery, routing, packing."""

from __future__ import annotations

from canonical.base import CalendarDate, Code, CodedEnum, ExactDecimal, ExtensibleModel, Text, code_of
from canonical.identifier import PartyIdentifier
from canonical.quantity import Quantity


class PaymentTerms(ExtensibleModel):
    """When and how much to pay (ITD): ``type_code`` X12 336, ``basis_date_code`` X12 333; percents of 100."""

    type_code: Code | None = None
    basis_date_code: Code | None = None
    discount_percent: ExactDecimal | None = None
    discount_due_date: CalendarDate | None = None
    discount_days_due: int | None = None
    net_due_date: CalendarDate | None = None
    net_days: int | None = None
    discount_amount: ExactDecimal | None = None
    deferred_due_date: CalendarDate | None = None
    deferred_amount: ExactDecimal | None = None
    percent_of_invoice: ExactDecimal | None = None
    description: Text | None = None
    day_of_month: int | None = None
    payment_method: Code | None = None


class ChargeIndicator(CodedEnum):
    """Which way the money goes (X12 248)."""

    ALLOWANCE = "allowance", "A"
    CHARGE = "charge", "C"
    NO_ALLOWANCE_OR_CHARGE = "no_allowance_or_charge", "N"
    PROMOTION = "promotion", "P"
    OTHER = "other"


class AllowanceOrCharge(ExtensibleModel):
    """Money off or on (SAC): ``code`` X12 1300, ``agency_code`` in the list of ``agency`` (559), ``handling`` 331."""

    indicator: ChargeIndicator
    indicator_code: Code = code_of("indicator")
    code: Code | None = None
    agency: Code | None = None
    agency_code: Code | None = None
    amount: ExactDecimal | None = None
    percent_basis: Code | None = None
    percent: ExactDecimal | None = None
    rate: ExactDecimal | None = None
    quantity: Quantity | None = None
    handling: Code | None = None
    reference: Text | None = None
    option: Text | None = None
    description: Text | None = None
    language: Code | None = None


class Tax(ExtensibleModel):
    """A tax (TXI): ``type_code`` X12 963, ``jurisdiction`` in the list of X12 955, ``exempt_code`` X12 441."""

    type_code: Code
    amount: ExactDecimal | None = None
    percent: ExactDecimal | None = None
    jurisdiction_qualifier: Code | None = None
    jurisdiction: Code | None = None
    exempt_code: Code | None = None
    relationship: Code | None = None
    basis_amount: ExactDecimal | None = None
    tax_number: Text | None = None


class TaxRegistration(ExtensibleModel):
    """The buyer's tax number or exemption (TAX): X12 325, 309/310, 441."""

    tax_number: Text | None = None
    location_qualifier: Code | None = None
    location: Text | None = None
    exempt_code: Code | None = None


class DeliveryTerms(ExtensibleModel):
    """Who pays the freight and from where (FOB): X12 146, 309, 334, 335, 54."""

    payment_method: Code
    location_qualifier: Code | None = None
    description: Text | None = None
    terms_qualifier: Code | None = None
    terms: Code | None = None
    title_location_qualifier: Code | None = None
    title_description: Text | None = None
    risk_of_loss: Code | None = None
    risk_description: Text | None = None


class Routing(ExtensibleModel):
    """Carrier and route (TD5): ``carrier`` qualifier 2 is a SCAC; ``method`` X12 91, ``service_levels`` X12 284."""

    sequence: Code | None = None
    carrier: PartyIdentifier | None = None
    method: Code | None = None
    description: Text | None = None
    shipment_status: Code | None = None
    location_qualifier: Code | None = None
    location: Text | None = None
    transit_direction: Code | None = None
    transit_time_qualifier: Code | None = None
    transit_time: ExactDecimal | None = None
    service_levels: tuple[Code, ...] = ()
    country: Code | None = None


class Equipment(ExtensibleModel):
    """Trailer or container (TD3): ``description_code`` X12 40, number = initial + number as painted."""

    description_code: Code | None = None
    initial: Code | None = None
    number: Text | None = None
    weight_qualifier: Code | None = None
    weight: Quantity | None = None
    ownership: Code | None = None
    seal_status: Code | None = None
    seal_number: Text | None = None
    equipment_type: Code | None = None


class Lading(ExtensibleModel):
    """Packages, weight and volume of a load (TD1): ``packaging_code`` X12 103, ``commodity_code`` in the list of 23."""

    packaging_code: Code | None = None
    quantity: int | None = None
    commodity_qualifier: Code | None = None
    commodity_code: Code | None = None
    description: Text | None = None
    weight_qualifier: Code | None = None
    weight: Quantity | None = None
    volume: Quantity | None = None


class Description(ExtensibleModel):
    """What a product is (PID): ``type_code`` X12 349 (F free text), ``characteristic`` X12 750."""

    type_code: Code
    characteristic: Code | None = None
    agency: Code | None = None
    code: Code | None = None
    text: Text | None = None


class Packaging(ExtensibleModel):
    """How a product is packed (PO4): ``pack`` inner units a package, ``size`` of each, weight and volume a package."""

    pack: int | None = None
    size: Quantity | None = None
    packaging_code: Code | None = None
    weight_qualifier: Code | None = None
    gross_weight: Quantity | None = None
    gross_volume: Quantity | None = None
    length: ExactDecimal | None = None
    width: ExactDecimal | None = None
    height: ExactDecimal | None = None
    dimension_unit: Code | None = None
    inner_pack: int | None = None


class SalesRequirement(ExtensibleModel):
    """What the buyer accepts (CSH): ``code`` X12 563 (N no back order, Y back order), ``action`` X12 306."""

    code: Code | None = None
    action: Code | None = None
    amount: ExactDecimal | None = None
    account: Text | None = None
    date: CalendarDate | None = None
    agency: Code | None = None
    special_service: Code | None = None
    substitution: Code | None = None
    percent: ExactDecimal | None = None
