"""Checks of an invoice or credit note (810)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from canonical.error_condition import ErrorCondition
from canonical.invoice import Invoice, InvoiceAllowanceOrCharge
from canonical.terms import Tax
from hub.rules import general
from hub.rules.arithmetic import HALF_CENT, line_amount, money, plain, shown_product, shown_quantity, signed
from hub.rules.lines import control_totals, label, line_checks
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

INVOICE_TOTAL = Rule(
    "invoice-total",
    "The total (TDS01) is lines plus charges less allowances plus taxes.",
    CheckSetting.HOLD,
    ErrorCondition.TOTAL_OUT_OF_BALANCE,
)
CHARGE_AMOUNT = Rule(
    "charge-amount",
    "An allowance or charge by rate is rate times quantity.",
    CheckSetting.WARNING,
    ErrorCondition.INVALID_ALLOWANCE_OR_CHARGE,
)
TAX_AMOUNT = Rule(
    "tax-amount", "A tax is its percent of the amount it is on.", CheckSetting.WARNING, ErrorCondition.NOT_MATCHING
)
RULES = (INVOICE_TOTAL, CHARGE_AMOUNT, TAX_AMOUNT)

_SETTLED_ELSEWHERE = {"01", "03", "04", "05", "09", "10", "11", "12", "15", "18"}
"""X12 331 codes of allowances and charges that this invoice's total leaves out: billed back, credited later, denied."""

_LINES_SHOWN = 4


def check(document: Invoice, context: CheckContext) -> Iterator[Hit]:
    yield from general.currency_agreed([("/currency", document.currency)], context)
    yield from line_checks(document.lines, context)
    for index, line in enumerate(document.lines):
        pointer = f"/lines/{index}"
        # Credits and corrections take quantities back, so below zero is a quantity here; zero still bills nothing.
        if line.quantity is not None and line.quantity.value >= 0:
            yield from general.quantity(f"{pointer}/quantity", label(line, index), line.quantity)
        yield from _charges(f"{pointer}/allowances_and_charges", line.allowances_and_charges, context)
        yield from _taxes(f"{pointer}/taxes", line.taxes, context)
    yield from _charges("/allowances_and_charges", document.allowances_and_charges, context)
    yield from _taxes("/taxes", document.taxes, context)
    yield from control_totals(document.totals, document.lines)
    yield from _total(document, context)


def _charges(pointer: str, entries: Iterable[InvoiceAllowanceOrCharge], context: CheckContext) -> Iterator[Hit]:
    for index, entry in enumerate(entries):
        if entry.rate is not None and entry.quantity is not None and entry.amount is not None:
            amount = abs(entry.rate * entry.quantity.value)
            if abs(amount - abs(entry.amount)) > context.rounding_tolerance + HALF_CENT:
                yield Hit(
                    CHARGE_AMOUNT,
                    f"{pointer}/{index}/amount",
                    f"{entry.indicator} {entry.code or ''}: {shown_quantity(entry.quantity)} x {plain(entry.rate)} = "
                    f"{money(amount)}, the invoice says {money(entry.amount)}",
                    value=plain(entry.amount),
                    expected=money(amount),
                )
        yield from _taxes(f"{pointer}/{index}/taxes", entry.taxes, context)


def _taxes(pointer: str, taxes: Iterable[Tax], context: CheckContext) -> Iterator[Hit]:
    for index, tax in enumerate(taxes):
        if tax.percent is None or tax.basis_amount is None or tax.amount is None:
            continue
        amount = tax.basis_amount * tax.percent / 100
        if abs(amount - tax.amount) > context.rounding_tolerance + HALF_CENT:
            yield Hit(
                TAX_AMOUNT,
                f"{pointer}/{index}/amount",
                f"tax {tax.type_code}: {plain(tax.percent)} % of {money(tax.basis_amount)} = {money(amount)}, "
                f"the invoice says {money(tax.amount)}",
                value=plain(tax.amount),
                expected=money(amount),
            )


@dataclass(frozen=True, slots=True)
class _Sums:
    """What an invoice adds up from, each part once on the lines and once in the summary."""

    goods: Decimal
    line_charges: Decimal
    summary_charges: Decimal
    line_taxes: Decimal
    summary_taxes: Decimal

    @property
    def charges(self) -> Decimal:
        """A summary that repeats the lines' charges is counted once."""
        return self.summary_charges + (0 if self.line_charges == self.summary_charges else self.line_charges)

    @property
    def taxes(self) -> Decimal:
        return self.summary_taxes + (0 if self.line_taxes == self.summary_taxes else self.line_taxes)

    def totals(self) -> tuple[Decimal, ...]:
        """The total by this reading, and by the other: equal sums on lines and summary that are both meant."""
        everything = self.goods + self.line_charges + self.summary_charges + self.line_taxes + self.summary_taxes
        return self.goods + self.charges + self.taxes, everything


def _total(document: Invoice, context: CheckContext) -> Iterator[Hit]:
    amounts = [line_amount(line.quantity, line.unit_price, line.unit_price_basis) for line in document.lines]
    goods = [amount for amount in amounts if amount is not None]
    stated = document.total_amount
    if stated is None or len(goods) < len(amounts) or not amounts:
        return
    sums = _sums(document, goods)
    if sums is None:
        return
    tolerance = context.rounding_tolerance + HALF_CENT * len(goods)
    # Senders of credits write the total with either sign.
    candidates = {abs(total) if document.is_credit else total for total in sums.totals()}
    said = abs(stated) if document.is_credit else stated
    if min(abs(said - total) for total in candidates) > tolerance:
        total = sums.totals()[0]
        yield Hit(
            INVOICE_TOTAL,
            "/total_amount",
            f"{_explained(document, goods, sums)}, the invoice says {money(stated)}",
            value=plain(stated),
            expected=money(total),
            fix="correct the total or the lines and send the invoice again",
        )


def _sums(document: Invoice, goods: list[Decimal]) -> _Sums | None:
    """None when an allowance, charge or tax that counts states no amount."""
    on_lines = [entry for line in document.lines for entry in line.allowances_and_charges]
    lines = [*map(_counted, on_lines)]
    summary = [*map(_counted, document.allowances_and_charges)]
    line_taxes = [tax.amount for line in document.lines for tax in line.taxes]
    line_taxes += [tax.amount for entry in on_lines for tax in entry.taxes]
    taxes = [tax.amount for tax in document.taxes]
    taxes += [tax.amount for entry in document.allowances_and_charges for tax in entry.taxes]
    parts = [_sum(part) for part in (lines, summary, line_taxes, taxes)]
    known = [part for part in parts if part is not None]
    return _Sums(sum(goods, Decimal(0)), *known) if len(known) == len(parts) else None


def _counted(entry: InvoiceAllowanceOrCharge) -> Decimal | None:
    return Decimal(0) if entry.handling in _SETTLED_ELSEWHERE else signed(entry)


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _explained(document: Invoice, goods: list[Decimal], sums: _Sums) -> str:
    """``line 1: 12 CA x 4.50 = 54.00; lines 54.00 + charges 3.00 + taxes 4.13 = 61.13``."""
    products = [
        f"{label(line, index)}: {shown_product(line.quantity, line.unit_price, line.unit_price_basis, goods[index])}"
        for index, line in enumerate(document.lines[:_LINES_SHOWN])
        if line.quantity is not None and line.unit_price is not None
    ]
    shown = "; ".join(products) if len(goods) <= _LINES_SHOWN else f"{len(goods)} lines"
    parts = [f"lines {money(sums.goods)}"]
    if sums.charges:
        parts.append(f"+ charges {money(sums.charges)}" if sums.charges > 0 else f"- allowances {money(-sums.charges)}")
    if sums.taxes:
        parts.append(f"+ taxes {money(sums.taxes)}")
    if len(parts) == 1 and len(goods) == 1:
        return shown
    return f"{shown}; {' '.join(parts)} = {money(sums.totals()[0])}"
