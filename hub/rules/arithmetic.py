"""The arithmetic of documents: line amounts with their price basis, control totals, and how figures are shown."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from canonical.quantity import Quantity
from canonical.terms import AllowanceOrCharge, ChargeIndicator

HALF_CENT = Decimal("0.005")
_ONE = Decimal(1)

_UNITS_PRICED = {
    10: {"PN"},
    12: {"PD", "LD", "RD", "TD", "WD"},
    100: {"HP", "LC", "QH", "RC", "TC", "WC", "HF"},
    1000: {"TP", "LM", "QS", "RM", "TM", "WM", "TF", "PS"},
    10_000: {"TT"},
    100_000: {"HT"},
}
"""How many units one price is for, by X12 639 code."""

UNITS_PER_PRICE = {code: Decimal(units) for units, codes in _UNITS_PRICED.items() for code in codes}
_UNITS_PER_MEASURE = {"DZ": 12, "HU": 100, "HC": 100, "TH": 1000, "T3": 1000, "MX": 1000}
"""X12 355 codes that count several at once: a price per hundred of a quantity in hundreds is a price per unit."""

_NOT_PRICED = {"TB", "NQ", "NS"}
"""To be negotiated, no quote, not separately priced: there is no amount to compute."""

_MEASURED = {"PP": "LB", "PT": "TN", "PO": "OZ", "PG": "GR", "PK": "KG", "PL": "LT", "PF": "LF", "PY": "YD"}
"""Prices per weight, volume or length, and the X12 355 unit that makes them a price per unit."""

HASH_TOTAL_DIGITS = 10
"""CTT02 has ten digits; of a longer sum the leading ones are cut."""


def line_amount(quantity: Quantity | None, unit_price: Decimal | None, basis: str | None) -> Decimal | None:
    """Quantity times price per price basis, exact; None when the line does not tell enough."""
    if quantity is None or unit_price is None or basis in _NOT_PRICED:
        return None
    if basis == "NC":
        return Decimal(0)
    unit = quantity.unit_of_measure or ""
    if basis in _MEASURED and _MEASURED[basis] != unit:
        return None
    per_price = UNITS_PER_PRICE.get(basis or "", _ONE)
    if per_price is _ONE or _UNITS_PER_MEASURE.get(unit) == per_price:
        return quantity.value * unit_price
    return quantity.value * unit_price / per_price


def signed(entry: AllowanceOrCharge) -> Decimal | None:
    """What an allowance (below zero) or charge (above) does to the total; None when it states no amount."""
    if entry.indicator in (ChargeIndicator.ALLOWANCE, ChargeIndicator.PROMOTION):
        return -abs(entry.amount) if entry.amount is not None else None
    return entry.amount if entry.indicator is ChargeIndicator.CHARGE else Decimal(0)


def shown_product(quantity: Quantity, unit_price: Decimal, basis: str | None, amount: Decimal) -> str:
    """``12 CA x 4.50 = 54.00``, with ``per 100`` where the price is for more than one."""
    per_price = UNITS_PER_PRICE.get(basis or "")
    per = f" per {per_price}" if per_price else ""
    return f"{shown_quantity(quantity)} x {plain(unit_price)}{per} = {money(amount)}"


def shown_quantity(quantity: Quantity) -> str:
    return f"{plain(quantity.value)} {quantity.unit_of_measure or ''}".rstrip()


def plain(value: Decimal) -> str:
    return format(value, "f")


def money(value: Decimal) -> str:
    """With two decimals, or as many more as it has."""
    normal = value.normalize()
    return format(value, ".2f") if int(normal.as_tuple().exponent) >= -2 else format(normal, "f")


def hash_of_digits(quantities: Iterable[Decimal]) -> Decimal:
    """CTT02 as X12 computes it: the digits are added as if there were no decimal points, the last ten of the sum
    kept."""
    digits = sum(int(plain(abs(value)).replace(".", "")) for value in quantities)
    return Decimal(digits % 10**HASH_TOTAL_DIGITS)
