"""Fifty made-up suppliers, the same for each seed: every one has its own names for columns, in its own language, its
own order, form, styles of dates and decimals and units. Of each there are samples, and what its documents really say.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from canonical.identifier import check_digit
from tests.unit.channels.files.suppliers.forms import FORMS, written
from tests.unit.channels.files.suppliers.names import BESIDE, DATES, LANGUAGES, NAMES, STATUSES, TEXTS, UNITS

KINDS = ("purchase_order_acknowledgment", "advance_ship_notice", "invoice", "inventory_advice")
"""What each supplier sends."""

NEEDED = {
    "invoice": ("number", "date", "order", "item", "quantity", "price"),
    "purchase_order_acknowledgment": ("order", "line", "item", "quantity", "confirmed", "promised"),
    "advance_ship_notice": ("number", "date", "order", "item", "quantity"),
    "inventory_advice": ("item", "available"),
    "purchase_order": ("number", "date", "item", "quantity", "price"),
}
"""Values that each of its documents has; of the others some."""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """One file. ``said`` are the values that are in it; ``truth`` what its lines really say, by document."""

    document: str
    body: bytes
    said: tuple[str, ...]
    truth: tuple[tuple[Values, ...], ...]


@dataclass(frozen=True)
class Supplier:
    """One supplier and the files that it sends."""

    key: str
    language: str
    form: str
    samples: tuple[Sample, ...]


def fifty(seed: int = 6, *, kinds: tuple[str, ...] = KINDS, count: int = 50) -> Iterator[Supplier]:
    """The suppliers; the same ones for the same seed."""
    return (_supplier(random.Random(f"{seed}/{index}"), index, kinds) for index in range(count))


def _supplier(chance: random.Random, index: int, kinds: tuple[str, ...]) -> Supplier:
    language, form = LANGUAGES[index % len(LANGUAGES)], FORMS[index // 2 % len(FORMS)]
    comma = language != "en" and chance.random() < 0.8
    style = chance.choice(DATES[language].split("|"))
    unit = chance.choice(UNITS[language].split("|"))
    samples = tuple(_sample(chance, kind, language, form, comma=comma, style=style, unit=unit) for kind in kinds)
    return Supplier(f"supplier-{index:02}", language, form, samples)


def _sample(
    chance: random.Random, document: str, language: str, form: str, *, comma: bool, style: str, unit: str
) -> Sample:
    said = [name for name in NAMES[document] if name in NEEDED[document] or chance.random() < 0.5]
    names: dict[str, str] = {}
    for name in said:
        free = [one for one in NAMES[document][name][language].split("|") if one not in names.values()]
        names[name] = chance.choice(free)
    names |= {other: other for other in chance.sample(sorted(BESIDE), 2)}
    names = dict(chance.sample(sorted(names.items()), len(names)))
    truth = tuple(_document(chance, document, n) for n in range(1 if document == "inventory_advice" else 4))
    rows = []
    for number, lines in enumerate(truth):
        for line in lines:
            texts = {name: _text(value, style, language, comma=comma) for name, value in line.items()}
            rows.append(BESIDE | texts | {"unit": unit, "": str(number)})
    separator = ";" if comma else chance.choice([",", "\t", "|"])
    return Sample(document, written(form, chance, names, rows, separator), tuple(said), truth)


def _text(value: Any, style: str, language: str, *, comma: bool) -> str:
    if isinstance(value, date):
        return value.strftime(style)
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",") if comma else f"{value:f}"
    return STATUSES[value][language] if value in STATUSES else str(value)


def _document(chance: random.Random, document: str, n: int) -> tuple[Values, ...]:
    """What its lines say, with what is said of the whole document on each of them."""
    day = date(2026, 1, 13) + timedelta(days=chance.randint(0, 70) + n)
    lines = [_line(chance, document, place, day) for place in range(1, chance.randint(3, 6))]
    if document == "inventory_advice":
        lines = [_line(chance, document, place, day) for place in range(1, chance.randint(8, 20))]
    order = f"45000{chance.randint(10000, 99999)}"
    whole = {"order": order, "date": day, "currency": "EUR", "number": f"R{chance.randint(10, 99)}-{1000 + n}"}
    whole |= {"total": sum((line["amount"] for line in lines), Decimal()), "requested": day + timedelta(days=12)}
    whole |= {"tracking": f"1Z{chance.randint(10**9, 10**10)}", "ship_to": f"Plant {chance.randint(1, 9)}"}
    if document == "purchase_order":
        whole["number"] = order
    package = 0
    for line in lines:
        package += chance.random() < 0.5
        digits = f"340123{n}{int(order[-5:]):07}{package:03}"
        line |= whole | {"sscc": f"{digits}{check_digit(digits)}"}
    return tuple(lines)


def _line(chance: random.Random, document: str, place: int, day: date) -> dict[str, Any]:
    quantity, price = Decimal(chance.randint(2, 60)), Decimal(chance.randint(99, 29999)) / 100
    status = chance.choice(["accepted", "accepted", "accepted", *sorted(STATUSES)])
    confirmed = {"accepted": quantity, "rejected": Decimal(), "backordered": Decimal()}.get(status, quantity - 1)
    digits = f"{chance.randint(10**11, 10**12 - 1)}"
    return {
        "line": place * 10,
        "item": f"{chance.choice('ABCDX')}{chance.randint(1000, 9999)}-{place}",
        "text": f"{chance.choice(TEXTS)} {chance.randint(2, 40)}",
        "gtin": f"{digits}{check_digit(digits)}",
        "quantity": quantity,
        "price": price,
        "amount": quantity * price,
        "status": status,
        "confirmed": confirmed,
        "promised": day + timedelta(days=chance.randint(3, 20)),
        "lot": f"L{chance.randint(100, 999)}",
        "available": Decimal(chance.randint(0, 500)),
        "on_hand": Decimal(chance.randint(500, 900)),
        "warehouse": chance.choice(["HH2", "M1"]),
    }
