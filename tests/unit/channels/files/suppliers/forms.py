"""How suppliers write rows: CSV, workbook, lines of fixed width, XML and JSON."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import openpyxl

from channels.files.suggesting.meanings import plain

FORMS = ("csv", "sheet", "fixed", "xml", "json")

ENDINGS = {"csv": "csv", "sheet": "xlsx", "fixed": "txt", "xml": "xml", "json": "json"}

HEADER = ("number", "date", "order", "total", "currency", "tracking", "ship_to", "requested")
"""Values that trees say once for a document."""

NUMBERS = ("quantity", "price", "amount", "total", "confirmed", "available", "on_hand")

Names = Mapping[str, str]
Texts = Sequence[Mapping[str, str]]


def written(form: str, chance: random.Random, names: Names, rows: Texts, separator: str) -> bytes:
    """The rows in a form. Each has the document that it belongs to under ``""``."""
    writers: dict[str, Callable[..., bytes]] = {
        "csv": _csv, "sheet": _sheet, "fixed": _fixed, "xml": _xml, "json": _json
    }  # fmt: skip
    return writers[form](chance, names, rows, separator)


def _csv(chance: random.Random, names: Names, rows: Texts, separator: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    if chance.random() < 0.3:
        writer.writerows([["Export 2026"], []])
    writer.writerow(names.values())
    writer.writerows([row[name] for name in names] for row in rows)
    return out.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "cp1252"]))


def _sheet(chance: random.Random, names: Names, rows: Texts, separator: str) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    if chance.random() < 0.5:
        sheet.append(["ACME Export"])
        sheet.append([])
    sheet.append(list(names.values()))
    for row in rows:
        sheet.append([float(row[n].replace(",", ".")) if n in NUMBERS and row[n] else row[n] for n in names])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fixed(chance: random.Random, names: Names, rows: Texts, separator: str) -> bytes:
    """Each column as wide as it needs, and one to three blanks between; numbers stand to the right."""
    widths = {name: max(len(names[name]), *(len(row[name]) for row in rows)) + chance.randint(1, 3) for name in names}
    lines = ["Export 2026\r\n"] if chance.random() < 0.3 else []
    for row in (names, *rows):
        cells = (
            row[name].rjust(width - 1) + " " if name in NUMBERS else row[name].ljust(width)
            for name, width in widths.items()
        )
        lines.append("".join(cells).rstrip() + "\r\n")
    return "".join(lines).encode(chance.choice(["utf-8", "cp1252"]))


def _tag(name: str) -> str:
    return "".join(
        word.capitalize()
        for word in "".join(c if c.isalnum() else " " for c in plain(name).replace("q.t", "qt")).split()
    )


def _xml(chance: random.Random, names: Names, rows: Texts, separator: str) -> bytes:
    line = chance.choice(["Line", "Position", "Item"])
    made = []
    for own in _documents(rows):
        head = "".join(f"<{_tag(names[n])}>{escape(own[0][n])}</{_tag(names[n])}>" for n in names if n in HEADER)
        lines = "".join(f"<{line} {_attributes(names, row)}/>" for row in own)
        made.append(f"<Document>{head}<Lines>{lines}</Lines></Document>")
    return f"<Export>{''.join(made)}</Export>".encode()


def _attributes(names: Names, row: Mapping[str, str]) -> str:
    return " ".join(f"{_tag(names[n])}={quoteattr(row[n])}" for n in names if n not in HEADER)


def _json(chance: random.Random, names: Names, rows: Texts, separator: str) -> bytes:
    inner = chance.choice(["lines", "items", "positions"])
    made = [
        {names[n]: own[0][n] for n in names if n in HEADER}
        | {inner: [{names[n]: row[n] for n in names if n not in HEADER} for row in own]}
        for own in _documents(rows)
    ]
    return json.dumps(made, ensure_ascii=False).encode()


def _documents(rows: Texts) -> list[list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        found.setdefault(row[""], []).append(row)
    return list(found.values())
