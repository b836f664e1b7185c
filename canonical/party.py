"""Parties of a document: who plays which role, where they are and whom to call."""

from __future__ import annotations

from canonical.base import CanonicalModel, Code, CodedEnum, ExtensibleModel, Text, code_of
from canonical.identifier import PartyIdentifier
from canonical.reference import Reference


class PartyRole(CodedEnum):
    """What a party does in the document (X12 98)."""

    BUYER = "buyer", "BY"
    SELLER = "seller", "SE"
    VENDOR = "vendor", "VN"
    SUPPLIER = "supplier", "SU"
    SHIP_TO = "ship_to", "ST"
    SHIP_FROM = "ship_from", "SF"
    BILL_TO = "bill_to", "BT"
    REMIT_TO = "remit_to", "RI"
    SOLD_TO = "sold_to", "SO"
    MARK_FOR = "mark_for", "Z7"
    ULTIMATE_CONSIGNEE = "ultimate_consignee", "UC"
    CONSIGNEE = "consignee", "CN"
    SHIPPER = "shipper", "SH"
    CARRIER = "carrier", "CA"
    PAYER = "payer", "PR"
    PAYEE = "payee", "PE"
    INVOICE_RECIPIENT = "invoice_recipient", "RE"
    MANUFACTURER = "manufacturer", "MF"
    STORE = "store", "SN"
    WAREHOUSE = "warehouse", "WH"
    PURCHASING_OFFICE = "purchasing_office", "PO"
    ORDER_PLACER = "order_placer", "OB"
    END_USER = "end_user", "EN"
    OTHER = "other"


class CommunicationKind(CodedEnum):
    """How a contact is reached (X12 365)."""

    TELEPHONE = "telephone", "TE"
    EMAIL = "email", "EM"
    FAX = "fax", "FX"
    MOBILE = "mobile", "CP"
    NIGHT_TELEPHONE = "night_telephone", "NP"
    WEB = "web", "UR"
    OTHER = "other"


class Communication(CanonicalModel):
    """One number or address; ``qualifier`` is the X12 365 code."""

    kind: CommunicationKind
    qualifier: Code = code_of("kind")
    value: Text


class Contact(ExtensibleModel):
    """A person or desk (PER); ``function_code`` is X12 366 (BD buyer, IC information, DC delivery)."""

    function_code: Code
    name: Text | None = None
    communications: tuple[Communication, ...] = ()
    inquiry_reference: Text | None = None


class Address(CanonicalModel):
    """``state_or_province`` as X12 156, ``country`` as ISO 3166; a coded place stands in ``location`` (X12 309/310)."""

    lines: tuple[Text, ...] = ()
    city: Text | None = None
    state_or_province: Code | None = None
    postal_code: Code | None = None
    country: Code | None = None
    country_subdivision: Code | None = None
    location_qualifier: Code | None = None
    location: Text | None = None


class Party(ExtensibleModel):
    """Someone who plays a role (the N1 loop); ``role_code`` is the X12 98 code."""

    role: PartyRole
    role_code: Code = code_of("role")
    name: Text | None = None
    additional_names: tuple[Text, ...] = ()
    identifier: PartyIdentifier | None = None
    address: Address | None = None
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
