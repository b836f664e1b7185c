"""What a sample of real files says, read by a person: of the first line of the first document. Independent of every
word list, it tells whether a suggested mapping means the right thing.

    python -m tests.corpus.hand_read ../shared/corpus/open
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from channels.files import Arrival, read_all, scan
from partners.suggestions import mapping_of, suggestion_for
from tests.unit.channels.files.suppliers.reading import LINES

INVOICE, ORDER, ANSWER = "invoice", "purchase_order", "purchase_order_acknowledgment"
NOTICE, STOCK = "advance_ship_notice", "inventory_advice"

READ: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "csv/*2adfd38a.csv": (STOCK, {"gtin": "0000000001498", "available": "2", "price": "0.00"}),
    "csv/*c9ebd75e.csv": (STOCK, {"item": "ACM/8900-100", "available": "10", "price": "120"}),
    "csv/*952756c6.csv": (STOCK, {"item": "ACM/8900-100"}),
    "csv/*881be121.csv": (
        ORDER, {"number": "ORD200000", "date": "2023-01-04", "quantity": "5", "price": "570.62"},
    ),
    "csv/*db867db4.csv": (
        ORDER, {"number": "ORD200000", "date": "2023-01-04", "quantity": "5", "price": "570.62"},
    ),
    "xml-cii/*77fa1c52.xml": (
        INVOICE,
        {"number": "FA12421242", "date": "2017-08-09", "order": "REFBCXXXXXX", "quantity": "5.00", "price": "20.00"},
    ),
    "xml-gs1/*4d588ef2.xml": (
        ORDER, {"number": "PO3352", "requested": "2011-03-11", "quantity": "10", "price": "10.00"},
    ),
    "xml-rosettanet/*fa41c2ad.xml": (ORDER, {"number": "PO-12345", "item": "PROD-001", "quantity": "100"}),
    "xml-ubl/*45d26d85.xml": (INVOICE, {"number": "TOSL108", "date": "2009-12-15", "order": "123"}),
    "xml-ubl/*81b5b5fc.xml": (ORDER, {"number": "34", "date": "2010-01-20"}),
    "xml-ubl/*bb9ff5ab.xml": (
        NOTICE, {"number": "565899", "order": "AEG012345", "item": "17589683", "quantity": "90", "lot": "546378239"},
    ),
    "xml-ubl/*95dd2fa4.xml": (STOCK, {"date": "2020-04-12", "item": "BIN4U", "on_hand": "10"}),
    "xml-ubl/*50f9be4c.xml": (ANSWER, {"order": "1", "date": "2012-10-01", "item": "121212"}),
    "xml-cxml/*6ea2b59e.xml": (
        ORDER, {"number": "DO1234", "date": "2000-10-12", "item": "1233244", "quantity": "10"},
    ),
    "xml-cxml/*5ac8f834.xml": (STOCK, {"date": "2019-02-20", "item": "SII99825", "on_hand": "200"}),
    "xml-cxml/*6b326a75.xml": (STOCK, {"date": "2019-02-20", "item": "SII99825", "on_hand": "200"}),
    "xml-opentrans/INVOICE*0d708439.xml": (
        INVOICE,
        {"number": "I21298", "date": "2009-05-13", "order": "O3849", "item": "NB-A4", "quantity": "4", "price": "1200"},
    ),
    "xml-opentrans/*65699f8d.xml": (
        NOTICE,
        {"number": "39076516", "date": "2016-01-31", "order": "GWAHJV-160131-1470", "item": "123002",
         "gtin": "0888462006781", "quantity": "1.0"},
    ),
}  # fmt: skip
"""Pattern of a file's name → its document and what it says."""


@dataclass(frozen=True)
class Compared:
    """One value. ``ours`` is None where none was read."""

    file: str
    name: str
    meant: str
    ours: Any

    @property
    def is_right(self) -> bool:
        return _plain(self.ours) == _plain(self.meant)


def _plain(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    number = text.replace(".", "", 1)
    return text.rstrip("0").rstrip(".") if number.isdigit() and "." in text else text


def compared(folder: Path) -> Iterator[Compared]:
    """Each value that a person has read beside what a suggested mapping, or the one that comes with the hub, reads."""
    for pattern, (document, meant) in READ.items():
        for path in sorted(folder.glob(pattern)):
            body = path.read_bytes()
            mapping, arrival = mapping_of(suggestion_for(body, document)), Arrival(path.name, date(2026, 1, 31))
            seen = scan(body, mapping, arrival=arrival)
            read = (one.document for one in read_all(body, mapping, seen.documents[:1], arrival))
            ours = next((line for one in read if one is not None for line in LINES[document](one)), {})
            yield from (Compared(path.name, name, value, ours.get(name)) for name, value in meant.items())


if __name__ == "__main__":
    every = list(compared(Path(sys.argv[1])))
    for one in every:
        if not one.is_right:
            print(f"{one.file}: {one.name} is {one.meant}, read as {one.ours}")
    print(f"{sum(one.is_right for one in every)} of {len(every)} values as a person reads them")
