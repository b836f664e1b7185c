"""Identifiers of items and parties, and the GS1 check digit."""

from __future__ import annotations

from canonical.base import CanonicalModel, Code, CodedEnum, Text, code_of


class ItemIdentifierKind(CodedEnum):
    """What names a product (X12 235)."""

    BUYER_ITEM_NUMBER = "buyer_item_number", "BP", "IN"
    VENDOR_ITEM_NUMBER = "vendor_item_number", "VN", "VA", "VC", "VP", "VU", "PI"
    MANUFACTURER_PART_NUMBER = "manufacturer_part_number", "MG", "MF"
    SKU = "sku", "SK"
    GTIN_8 = "gtin_8", "EO"
    GTIN_12 = "gtin_12", "UP", "UI"
    GTIN_13 = "gtin_13", "EN"
    GTIN_14 = "gtin_14", "UK", "UA"
    STYLE = "style", "ST", "IT"
    COLOR = "color", "BO", "CL", "CM"
    SIZE = "size", "IZ", "SZ"
    LOT_NUMBER = "lot_number", "LT"
    SERIAL_NUMBER = "serial_number", "SN"
    CATALOG_NUMBER = "catalog_number", "CB", "CG"
    DRAWING = "drawing", "DR"
    ENGINEERING_CHANGE_LEVEL = "engineering_change_level", "EC"
    HAZARDOUS_CODE = "hazardous_code", "HZ"
    COUNTRY_OF_ORIGIN = "country_of_origin", "CH"
    ISBN = "isbn", "IB"
    NATIONAL_DRUG_CODE = "national_drug_code", "N4"
    PURCHASE_ORDER_NUMBER = "purchase_order_number", "PO"
    PURCHASE_ORDER_LINE = "purchase_order_line", "PL"
    UNSPSC = "unspsc", "C3"
    OTHER = "other"


class ItemIdentifier(CanonicalModel):
    """One of the names of a product; ``qualifier`` is the X12 235 code."""

    kind: ItemIdentifierKind
    qualifier: Code = code_of("kind")
    value: Text


class MarkKind(CodedEnum):
    """What a mark on a package is (X12 88)."""

    SSCC = "sscc", "GM", "AA"
    CARRIER_PACKAGE_ID = "carrier_package_id", "CP"
    SHIPPER_CASE_NUMBER = "shipper_case_number", "CA"
    SHIPPER_ASSIGNED = "shipper_assigned", "SM"
    CASE_CODE = "case_code", "UC"
    MASTER_CARTON = "master_carton", "MC"
    PALLET_NUMBER = "pallet_number", "W"
    OTHER = "other"


class PartyIdentifier(CanonicalModel):
    """A party's or place's number in a list: ``qualifier`` is X12 66 (1 D-U-N-S, 9 D-U-N-S+4, 92 buyer's, UL GLN)."""

    qualifier: Code
    value: Text


def check_digit(digits: str) -> str:
    """The GS1 check digit of a GTIN, GLN or SSCC given without it (GS1 General Specifications, 7.9)."""
    return str(-(3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))) % 10)


def has_valid_check_digit(number: str) -> bool:
    """True for a GTIN-8/12/13/14, GLN or SSCC-18 whose last digit is right; False for anything else."""
    plain = number.isascii() and number.isdigit() and len(number) in (8, 12, 13, 14, 18)
    return plain and check_digit(number[:-1]) == number[-1]
