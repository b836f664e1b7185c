"""What can be wrong with a document's content, in the words of an application advice."""

from __future__ import annotations

from canonical.base import CodedEnum


class ErrorCondition(CodedEnum):
    """What is wrong (X12 647, of which this names what trade documents need)."""

    DUPLICATE = "duplicate", "DUP", "006", "111", "119"
    MISSING = "missing", "007", "INC"
    OUT_OF_RANGE = "out_of_range", "008"
    INVALID_DATE = "invalid_date", "009", "DTE"
    TOTAL_OUT_OF_BALANCE = "total_out_of_balance", "010"
    NOT_MATCHING = "not_matching", "011"
    INVALID_COMBINATION = "invalid_combination", "012"
    UNLISTED_REASON = "unlisted_reason", "024"
    CONTROL_TOTAL_AMOUNT = "control_total_amount", "819"
    CONTROL_TOTAL_COUNT = "control_total_count", "820"
    PAYMENT_AMOUNT = "payment_amount", "822"
    INCORRECT_DATA = "incorrect_data", "848"
    INVALID_CURRENCY = "invalid_currency", "CUR"
    INVALID_ALLOWANCE_OR_CHARGE = "invalid_allowance_or_charge", "ICG", "137"
    INVALID_IDENTIFICATION = "invalid_identification", "IID", "Q", "122", "123"
    INVALID_PRODUCT_CODE = "invalid_product_code", "MG"
    INVALID_PURCHASE_ORDER = "invalid_purchase_order", "POI", "MB"
    INVALID_PRICE = "invalid_price", "UNP", "MN"
    INVALID_QUANTITY = "invalid_quantity", "IQT", "P"
    INVALID_UNIT = "invalid_unit", "H"
    NOT_AUTHORIZED = "not_authorized", "NAU"
    OTHER = "other"
