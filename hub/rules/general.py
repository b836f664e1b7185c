"""Checks that documents of several types share: what is agreed, quantities, GTINs, control totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from canonical.document import Document, DocumentType
from canonical.error_condition import ErrorCondition
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from canonical.identifier import ItemIdentifier, has_valid_check_digit
from canonical.quantity import Currency, Quantity
from hub.rules.arithmetic import hash_of_digits, plain, shown_quantity
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

DOCUMENT_AGREED = Rule(
    "document-agreed",
    "The profile agrees this document type in this direction.",
    CheckSetting.HOLD,
    ErrorCondition.NOT_AUTHORIZED,
)
CURRENCY_AGREED = Rule(
    "currency-agreed",
    "Every currency named is one the agreement lists, where it lists any.",
    CheckSetting.HOLD,
    ErrorCondition.INVALID_CURRENCY,
)
QUANTITY_POSITIVE = Rule(
    "quantity-positive", "No line has a quantity of zero or below.", CheckSetting.HOLD, ErrorCondition.INVALID_QUANTITY
)
QUANTITY_PLAUSIBLE = Rule(
    "quantity-plausible", "No quantity is above ten million.", CheckSetting.HOLD, ErrorCondition.OUT_OF_RANGE
)
GTIN_CHECK_DIGIT = Rule(
    "gtin-check-digit",
    "Every UPC, EAN and GTIN has a valid length and check digit.",
    CheckSetting.WARNING,
    ErrorCondition.INVALID_PRODUCT_CODE,
)
LINE_COUNT = Rule(
    "line-count",
    "The sender's own count (CTT01) is what the document holds.",
    CheckSetting.HOLD,
    ErrorCondition.CONTROL_TOTAL_COUNT,
)
HASH_TOTAL = Rule(
    "hash-total",
    "The sender's hash total (CTT02) is the sum of the lines' quantities.",
    CheckSetting.WARNING,
    ErrorCondition.CONTROL_TOTAL_AMOUNT,
)

RULES = (
    DOCUMENT_AGREED,
    CURRENCY_AGREED,
    QUANTITY_POSITIVE,
    QUANTITY_PLAUSIBLE,
    GTIN_CHECK_DIGIT,
    LINE_COUNT,
    HASH_TOTAL,
)

HUGE = Decimal(10_000_000)
_GTIN_QUALIFIERS = {"UP", "EN", "UK", "EO"}
"""X12 235 codes of numbers that end in a check digit (UI and UA are written without it)."""


def document_agreed(document: Document, context: CheckContext) -> Iterator[Hit]:
    """Acknowledgments need no agreement: they answer what was agreed."""
    if context.agreement is None and not isinstance(document, FunctionalAcknowledgment):
        agreed = [a.type for a in context.profile.documents if a.direction == context.direction]
        yield Hit(
            DOCUMENT_AGREED,
            "/type",
            f"{context.profile.name} has no agreement for {context.direction} {_words(document.type)} documents",
            value=document.type,
            expected=", ".join(agreed) or "none",
            fix="add the document to the partner's profile, then replay this one",
        )


def _words(document: str) -> str:
    return DocumentType(document).value.replace("_", " ")


def currency_agreed(currencies: Iterable[tuple[str, Currency | None]], context: CheckContext) -> Iterator[Hit]:
    """Each currency with its pointer."""
    agreed = context.agreement.currencies if context.agreement else ()
    for pointer, currency in currencies:
        if agreed and currency is not None and currency.code not in agreed:
            yield Hit(
                CURRENCY_AGREED,
                f"{pointer}/code",
                f"currency {currency.code} is not agreed with {context.profile.name}",
                value=currency.code,
                expected=", ".join(agreed),
            )


def quantity(pointer: str, label: str, found: Quantity | None, *, zero: bool = False) -> Iterator[Hit]:
    """``zero`` says whether zero means something here."""
    if found is None:
        return
    if found.value < 0 or (found.value == 0 and not zero):
        yield Hit(
            QUANTITY_POSITIVE,
            f"{pointer}/value",
            f"{label}: the quantity is {shown_quantity(found)}",
            value=plain(found.value),
            expected="0 or more" if zero else "above 0",
        )
    elif abs(found.value) > HUGE:
        yield Hit(
            QUANTITY_PLAUSIBLE,
            f"{pointer}/value",
            f"{label}: the quantity {shown_quantity(found)} is above {HUGE}",
            value=plain(found.value),
        )


def gtins(pointer: str, label: str, identifiers: Iterable[ItemIdentifier]) -> Iterator[Hit]:
    for index, entry in enumerate(identifiers):
        if entry.qualifier in _GTIN_QUALIFIERS and not has_valid_check_digit(entry.value):
            yield Hit(
                GTIN_CHECK_DIGIT,
                f"{pointer}/{index}/value",
                f"{label}: {entry.value} ({entry.qualifier}) has a wrong length or check digit",
                value=entry.value,
                expected="8, 12, 13 or 14 digits, the last one the GS1 check digit",
            )


def line_count(pointer: str, declared: int | None, counted: int, what: str = "lines") -> Iterator[Hit]:
    if declared is not None and declared != counted:
        yield Hit(
            LINE_COUNT,
            pointer,
            f"the sender counts {declared} {what}, the document holds {counted}",
            value=str(declared),
            expected=str(counted),
            fix="part of the document may be lost: ask the sender for it again",
        )


def hash_total(pointer: str, declared: Decimal | None, quantities: Iterable[Quantity | None]) -> Iterator[Hit]:
    """Senders declare the plain sum, or X12's own hash of the digits."""
    if declared is None:
        return
    listed = [entry.value for entry in quantities if entry is not None]
    total = sum(listed, Decimal(0))
    if declared != total and declared != hash_of_digits(listed):
        yield Hit(
            HASH_TOTAL,
            pointer,
            f"the sender's hash total is {plain(declared)}, the quantities add up to {plain(total)}",
            value=plain(declared),
            expected=plain(total),
        )
