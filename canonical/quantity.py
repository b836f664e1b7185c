"""Quantities, amounts and measurements: a number never travels without what it counts."""

from __future__ import annotations

from canonical.base import CanonicalModel, Code, ExactDecimal, ExtensibleModel, Text


class Quantity(CanonicalModel):
    """How much of what. ``unit_of_measure`` is an X12 355 code; ``sender_unit_of_measure`` is the sender's own code
    where a crosswalk replaced it."""

    value: ExactDecimal
    unit_of_measure: Code | None = None
    sender_unit_of_measure: Code | None = None


class QualifiedQuantity(ExtensibleModel):
    """A further quantity and what it means: ``qualifier`` is an X12 673 code (QTY); ``text`` stands in for a number."""

    qualifier: Code
    quantity: Quantity | None = None
    text: Text | None = None


class MonetaryAmount(ExtensibleModel):
    """An amount and what it is (AMT): ``qualifier`` is X12 522 (TT total, 1 line item), ``credit_debit`` X12 478."""

    qualifier: Code
    amount: ExactDecimal
    credit_debit: Code | None = None


class Price(ExtensibleModel):
    """A price beside the line's own (CTP): ``price_identifier`` X12 236, ``class_of_trade`` 687, ``basis`` X12 639."""

    class_of_trade: Code | None = None
    price_identifier: Code | None = None
    unit_price: ExactDecimal | None = None
    quantity: Quantity | None = None
    multiplier_qualifier: Code | None = None
    multiplier: ExactDecimal | None = None
    amount: ExactDecimal | None = None
    basis: Code | None = None


class Measurement(ExtensibleModel):
    """A measured property (MEA): ``reference`` X12 737, ``qualifier`` X12 738, ``significance`` X12 935."""

    reference: Code | None = None
    qualifier: Code | None = None
    value: ExactDecimal | None = None
    unit_of_measure: Code | None = None
    minimum: ExactDecimal | None = None
    maximum: ExactDecimal | None = None
    significance: Code | None = None


class Currency(CanonicalModel):
    """The currency of the document's prices (CUR): ISO 4217 ``code``; ``entity`` is X12 98, whose currency it is."""

    code: Code
    entity: Code | None = None
    exchange_rate: ExactDecimal | None = None
