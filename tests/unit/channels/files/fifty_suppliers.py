"""Fifty made-up suppliers, the same for each seed: every one has its own names for columns, in its own language, its
own order, form, styles of dates and decimals and units. Of each there is a sample, and what its documents really say.

    python -m tests.unit.channels.files.fifty_suppliers        # brings each live by script and reports
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl

from canonical.identifier import check_digit
from channels.files import read_all, scan
from channels.files.suggesting.meanings import plain
from partners.loader import load_profile_text
from partners.starts import STARTS, Answers, profile_text
from partners.suggestions import profile_with, suggestion_for

NAMES: dict[str, dict[str, list[str]]] = {
    "en": {
        "number": ["Invoice No", "Invoice #", "InvoiceNumber", "Inv. No.", "invoice_id"],
        "date": ["Invoice Date", "Date", "Inv Date", "InvoiceDate"],
        "order": ["PO Number", "Your PO", "Customer Order No", "PO#", "Purchase Order"],
        "line": ["Line", "Pos", "Line No", "Item Line"],
        "item": ["SKU", "Item No", "Part Number", "Article", "Product Code", "Our Item Number"],
        "text": ["Description", "Item Description", "Product Name"],
        "quantity": ["Qty", "Quantity", "Qty Invoiced", "Quantity Shipped"],
        "unit": ["UoM", "Unit", "Unit of Measure"],
        "price": ["Unit Price", "Price", "Price each", "Net Price"],
        "amount": ["Amount", "Line Total", "Extended Price", "Line Amount"],
        "total": ["Invoice Total", "Total Amount", "Grand Total"],
        "currency": ["Currency", "Curr", "CCY"],
        "gtin": ["EAN", "GTIN", "Barcode"],
    },
    "de": {
        "number": ["Rechnungsnummer", "Rechnungs-Nr.", "Rechn.Nr.", "Rechnung"],
        "date": ["Rechnungsdatum", "Datum", "Belegdatum"],
        "order": ["Bestellnummer", "Ihre Bestellung", "Bestell-Nr.", "Auftragsnr", "Kundenbestellnr."],
        "line": ["Pos", "Position", "Zeile"],
        "item": ["Artikelnummer", "Art.-Nr.", "Teilenummer", "Materialnummer", "Artikel"],
        "text": ["Bezeichnung", "Artikelbezeichnung", "Beschreibung"],
        "quantity": ["Menge", "Anzahl", "Liefermenge"],
        "unit": ["ME", "Einheit", "Mengeneinheit"],
        "price": ["Einzelpreis", "Preis", "Stückpreis", "Netto-Preis"],
        "amount": ["Betrag", "Positionswert", "Gesamtpreis", "Nettobetrag"],
        "total": ["Rechnungsbetrag", "Gesamtbetrag", "Bruttobetrag"],
        "currency": ["Währung", "Waehrung", "WKZ"],
        "gtin": ["EAN", "EAN-Code", "GTIN"],
    },
    "fr": {
        "number": ["No facture", "N° de facture", "Numéro facture", "Facture"],
        "date": ["Date facture", "Date de facture", "Date"],
        "order": ["No commande", "N° commande", "Votre commande", "Commande client"],
        "line": ["Ligne", "Poste", "N° ligne"],
        "item": ["Référence", "Code article", "Réf. article", "Article"],
        "text": ["Désignation", "Libellé", "Description"],
        "quantity": ["Qté", "Quantité", "Quantité livrée"],
        "unit": ["Unité", "UM", "Unité de mesure"],
        "price": ["Prix unitaire", "PU HT", "Prix"],
        "amount": ["Montant", "Montant ligne", "Montant HT"],
        "total": ["Total TTC", "Montant total", "Total facture"],
        "currency": ["Devise", "Monnaie"],
        "gtin": ["EAN", "Code barres EAN", "GTIN"],
    },
    "es": {
        "number": ["Nº factura", "Número de factura", "Factura"],
        "date": ["Fecha factura", "Fecha", "Fecha de factura"],
        "order": ["Nº pedido", "Pedido", "Su pedido", "Orden de compra"],
        "line": ["Línea", "Posición"],
        "item": ["Código artículo", "Artículo", "Referencia", "Código producto"],
        "text": ["Descripción", "Denominación"],
        "quantity": ["Cantidad", "Cant.", "Cantidad facturada"],
        "unit": ["Unidad", "Unidad de medida", "UM"],
        "price": ["Precio unitario", "Precio"],
        "amount": ["Importe", "Importe línea"],
        "total": ["Importe total", "Total factura"],
        "currency": ["Moneda", "Divisa"],
        "gtin": ["EAN", "Código EAN", "GTIN"],
    },
}
"""What each value is called, by language."""

BESIDE = {"Kst": "4711", "Warehouse": "HH2", "VAT %": "19", "Remarks 2": "", "Sales rep": "Miller", "Contract": "C-7"}
"""Columns that suppliers have besides, each with its value."""

UNITS = {
    "en": ["EA", "pcs", "Each"],
    "de": ["Stk", "Stück", "ST."],
    "fr": ["pce", "pièce", "U"],
    "es": ["ud", "pza", "UN"],
}
DATES = {
    "en": ["%m/%d/%Y", "%Y-%m-%d", "%d-%b-%Y"],
    "de": ["%d.%m.%Y", "%Y%m%d", "%d.%m.%y"],
    "fr": ["%d/%m/%Y", "%Y-%m-%d"],
    "es": ["%d/%m/%Y", "%d-%m-%Y"],
}
FORMS = ("csv", "csv", "csv", "sheet", "xml", "json")


@dataclass(frozen=True)
class Supplier:
    """One supplier: its sample, and its invoices as (number, date, order, [(item, quantity, price)])."""

    key: str
    language: str
    form: str
    sample: bytes
    truth: tuple[tuple[str, date, str, tuple[tuple[str, Decimal, Decimal], ...]], ...]


def fifty(seed: int = 6) -> list[Supplier]:
    """The suppliers; the same ones for the same seed."""
    return [_supplier(random.Random(f"{seed}/{index}"), index) for index in range(50)]


def _supplier(chance: random.Random, index: int) -> Supplier:
    language = ("en", "de", "fr", "es")[index % 4]
    form = chance.choice(FORMS)
    truth = tuple(_invoice(chance, n) for n in range(chance.randint(3, 6)))
    wanted = ["number", "date", "order", "item", "quantity", "price"]
    wanted += [
        name for name in ("line", "text", "unit", "amount", "total", "currency", "gtin") if chance.random() < 0.6
    ]
    names = {name: chance.choice(NAMES[language][name]) for name in wanted}
    names |= {other: other for other in chance.sample(sorted(BESIDE), 3)}
    names = dict(chance.sample(sorted(names.items()), len(names)))
    comma = language != "en" and form in ("csv", "xml") and chance.random() < 0.8
    style, unit = chance.choice(DATES[language]), chance.choice(UNITS[language])
    rows = list(_rows(truth, style, unit, chance, comma))
    writer: dict[str, Callable[..., bytes]] = {"csv": _csv, "sheet": _sheet, "xml": _xml, "json": _json}
    sample = writer[form](chance, names, rows, ";" if comma else chance.choice([",", "\t", "|"]))
    return Supplier(f"supplier-{index:02}", language, form, sample, truth)


def _invoice(chance: random.Random, n: int) -> tuple[str, date, str, tuple[tuple[str, Decimal, Decimal], ...]]:
    lines = tuple(
        (
            f"{chance.choice('ABCDX')}{chance.randint(1000, 9999)}-{place}",
            Decimal(chance.randint(1, 60)),
            _price(chance),
        )
        for place in range(1, chance.randint(2, 5))
    )
    day = date(2026, 1, 13) + timedelta(days=chance.randint(0, 70) + n)
    return f"R{chance.randint(10, 99)}-{1000 + n}", day, f"45000{chance.randint(10000, 99999)}", lines


def _price(chance: random.Random) -> Decimal:
    return Decimal(chance.randint(99, 29999)) / 100


def _rows(truth: tuple[object, ...], style: str, unit: str, chance: random.Random, comma: bool):  # type: ignore[no-untyped-def]
    for number, day, order, lines in truth:  # type: ignore[misc]
        total = sum((quantity * price for _, quantity, price in lines), Decimal())
        for place, (item, quantity, price) in enumerate(lines, 1):
            row = {"number": number, "date": day.strftime(style), "order": order, "item": item, "unit": unit}
            row |= {"line": str(place * 10), "text": f"{chance.choice(TEXTS)} {item[:2]}", "currency": "EUR"}
            row |= BESIDE | {"gtin": gtin(chance.randint(10**11, 10**12 - 1)), "quantity": _number(quantity, comma)}
            amounts = {"price": price, "amount": quantity * price, "total": total}
            yield row | {name: _number(value, comma) for name, value in amounts.items()}


TEXTS = ("Hammer", "Drill bit set", "Copper tube", "Valve, brass", "Cable drum", "Safety gloves")


def gtin(digits: int) -> str:
    """A GTIN-13 of twelve digits."""
    return f"{digits}{check_digit(str(digits))}"


def _number(value: Decimal, comma: bool) -> str:
    return f"{value:f}".replace(".", ",") if comma else f"{value:f}"


def _csv(chance: random.Random, names: dict[str, str], rows: list[dict[str, str]], separator: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    if chance.random() < 0.3:
        writer.writerows([["Export 2026"], []])
    writer.writerow(names.values())
    writer.writerows([row[name] for name in names] for row in rows)
    return out.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "cp1252"]))


def _sheet(chance: random.Random, names: dict[str, str], rows: list[dict[str, str]], separator: str) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    if chance.random() < 0.5:
        sheet.append(["ACME Export"])
        sheet.append([])
    sheet.append(list(names.values()))
    numbers = {"quantity", "price", "amount", "total"}
    for row in rows:
        sheet.append([float(row[name]) if name in numbers else row[name] for name in names])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HEADER = ("number", "date", "order", "total", "currency")


def _tag(name: str) -> str:
    return "".join(word.capitalize() for word in "".join(c if c.isalnum() else " " for c in plain(name)).split())


def _xml(chance: random.Random, names: dict[str, str], rows: list[dict[str, str]], separator: str) -> bytes:
    line = chance.choice(["Line", "Position", "Item"])
    made = []
    for own in _documents(rows):
        head = "".join(f"<{_tag(names[n])}>{escape(own[0][n])}</{_tag(names[n])}>" for n in names if n in HEADER)
        lines = "".join(f"<{line} {_attributes(names, row)}/>" for row in own)
        made.append(f"<Document>{head}<Lines>{lines}</Lines></Document>")
    return f"<Export>{''.join(made)}</Export>".encode()


def _attributes(names: dict[str, str], row: dict[str, str]) -> str:
    return " ".join(f"{_tag(names[n])}={quoteattr(row[n])}" for n in names if n not in HEADER)


def _json(chance: random.Random, names: dict[str, str], rows: list[dict[str, str]], separator: str) -> bytes:
    inner = chance.choice(["lines", "items", "positions"])
    made = [
        {names[n]: own[0][n] for n in names if n in HEADER}
        | {inner: [{names[n]: row[n] for n in names if n not in HEADER} for row in own]}
        for own in _documents(rows)
    ]
    return json.dumps(made, ensure_ascii=False).encode()


def _documents(rows: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row["number"], []).append(row)
    return list(found.values())


@dataclass(frozen=True)
class Live:
    """What became of a supplier that was brought live by script: its whole profile, and whether every invoice of its
    sample is read as it is meant, without an edit."""

    supplier: Supplier
    profile: str
    is_right: bool

    @property
    def lines(self) -> int:
        """Lines of YAML."""
        return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in self.profile.splitlines())


def brought_live(supplier: Supplier) -> Live:
    """By a suggested mapping in the profile to begin with for tables, and nothing else."""
    found = suggestion_for(supplier.sample, "invoice")
    answers = Answers(supplier.key, supplier.key.title(), documents=("invoice",))
    text = profile_with(profile_text(STARTS["tables"], answers), found, "invoice")
    profile = load_profile_text(text, supplier.key).value
    if profile is None:
        return Live(supplier, text, is_right=False)
    mapping = profile.mappings["invoice"]
    seen = scan(supplier.sample, mapping)
    read = list(read_all(supplier.sample, mapping, seen.documents))
    said = sorted(_said(one.document) for one in read if one.document is not None)
    return Live(supplier, text, is_right=said == sorted(supplier.truth) and all(one.is_good for one in read))


def _said(document: Any) -> tuple[Any, ...]:
    lines = tuple(
        (
            next((i.value for i in line.identifiers if i.kind == "vendor_item_number"), ""),
            line.quantity.value,
            line.unit_price,
        )
        for line in document.lines
        if line.quantity is not None
    )
    return document.invoice_number, document.invoice_date, document.purchase_order_number or "", lines


if __name__ == "__main__":
    every = [brought_live(supplier) for supplier in fifty()]
    for live in every:
        word = "no edit" if live.is_right else "to be mended"
        print(f"{live.supplier.key}  {live.supplier.language}  {live.supplier.form:6}{live.lines:4} lines  {word}")
    mean = sum(live.lines for live in every) / len(every)
    right = sum(live.is_right for live in every)
    print(f"{right} of {len(every)} need no edit; {mean:.0f} lines of YAML each in the mean")
