"""The invented business behind a sample: who trades, what is sold, when things happen. Everything follows from a seed.

Companies, people and numbers are made up; telephone numbers are of the range kept for fiction. Item and location
numbers bear right GS1 check digits, dates follow one another as in a real order, amounts add up.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from canonical.identifier import check_digit

CENT = Decimal("0.01")
FREIGHT = Decimal("48.50")

_PLACES = (
    ("Springfield", "IL", "62701"),
    ("Columbus", "OH", "43215"),
    ("Dallas", "TX", "75201"),
    ("Portland", "OR", "97204"),
    ("Nashville", "TN", "37203"),
    ("Omaha", "NE", "68102"),
    ("Denver", "CO", "80202"),
    ("Richmond", "VA", "23219"),
)
_STREETS = ("Main Street", "Market Street", "Industrial Parkway", "Depot Road", "Commerce Drive", "Mill Lane")
_BUYERS = ("Example Distribution", "Northfield Supply", "Lakeshore Wholesale", "Corner Hardware")
_SELLERS = ("Acme Fasteners", "Birch Paper", "Cedar Tool Works", "Summit Lighting")
_CARRIERS = (("EXFL", "Example Freight Lines"), ("SMPT", "Sample Transport"))
_PEOPLE = ("Pat Miller", "Alex Jordan", "Sam Rivera", "Robin Chen")
_GOODS = (
    ("Hex bolt M8 x 40, zinc, box of 100", "14.20"),
    ("Copy paper letter size, 500 sheets", "4.85"),
    ("Claw hammer 16 oz, fibreglass handle", "11.75"),
    ("LED lamp A19, 9 W, warm white", "2.40"),
    ("Work gloves, leather, size L", "6.95"),
    ("Packing tape 48 mm x 66 m, clear", "1.95"),
    ("Safety glasses, clear lens", "3.30"),
    ("Extension cord 25 ft, outdoor", "12.60"),
)


@dataclass(frozen=True, slots=True)
class Company:
    """A party: ``code`` is the buyer's number for it, ``gln`` has 13 digits, ``duns`` nine."""

    name: str
    street: str
    city: str
    state: str
    postal_code: str
    code: str
    gln: str
    duns: str
    contact: str
    telephone: str
    email: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what, how much, at what price, and the package it is shipped in."""

    line: int
    description: str
    buyer_item_number: str
    vendor_item_number: str
    manufacturer_part_number: str
    gtin_12: str
    quantity: int
    price: Decimal
    sscc: str

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)

    @property
    def gtin_14(self) -> str:
        """Of a carton with this item."""
        digits = f"10{self.gtin_12[:-1]}"
        return digits + check_digit(digits)


@dataclass(frozen=True, slots=True)
class Trade:
    """One order from its writing to its payment."""

    buyer: Company
    seller: Company
    ship_to: Company
    scac: str
    carrier: str
    order_number: str
    invoice_number: str
    shipment_number: str
    serial: int
    ordered: date
    items: tuple[Item, ...]

    @property
    def acknowledged(self) -> date:
        return self.ordered + timedelta(days=1)

    @property
    def shipped(self) -> date:
        return self.ordered + timedelta(days=7)

    @property
    def delivered(self) -> date:
        return self.ordered + timedelta(days=10)

    @property
    def invoiced(self) -> date:
        return self.shipped

    @property
    def due(self) -> date:
        return self.invoiced + timedelta(days=30)

    @property
    def units(self) -> int:
        return sum(item.quantity for item in self.items)

    @property
    def amount(self) -> Decimal:
        """Of all lines."""
        return sum((item.amount for item in self.items), Decimal(0))


def trade(seed: int, lines: int, buyer: str = "", seller: str = "") -> Trade:
    """The same seed and number of lines make the same trade. ``buyer`` and ``seller`` name real companies."""
    draw = random.Random(seed)
    serial = draw.randrange(10_000, 99_999)
    customer = _company(draw, buyer or draw.choice(_BUYERS), "B")
    supplier = _company(draw, seller or draw.choice(_SELLERS), "V")
    store = _company(draw, f"{customer.name} Warehouse {draw.randrange(1, 9)}", "W")
    scac, carrier = draw.choice(_CARRIERS)
    ordered = date(2026, 1, 5) + timedelta(days=draw.randrange(0, 240))
    goods = draw.sample(_GOODS, len(_GOODS))
    return Trade(
        buyer=customer,
        seller=supplier,
        ship_to=store,
        scac=scac,
        carrier=carrier,
        order_number=f"45{serial}",
        invoice_number=f"90{serial}",
        shipment_number=f"70{serial}",
        serial=serial,
        ordered=ordered,
        items=tuple(_item(draw, number, *goods[(number - 1) % len(goods)]) for number in range(1, lines + 1)),
    )


def _company(draw: random.Random, name: str, letter: str) -> Company:
    city, state, postal_code = draw.choice(_PLACES)
    number = draw.randrange(1000, 9999)
    stem = f"061414{number:06}"
    domain = "".join(c for c in name.lower() if c.isascii() and c.isalnum()) or "company"
    contact = draw.choice(_PEOPLE)
    return Company(
        name=name,
        street=f"{draw.randrange(10, 990)} {draw.choice(_STREETS)}",
        city=city,
        state=state,
        postal_code=postal_code,
        code=f"{letter}{number}",
        gln=stem + check_digit(stem),
        duns=f"0{number:04}{draw.randrange(1000, 9999)}",
        contact=contact,
        telephone=f"555555{draw.randrange(100, 199):04}",
        email=f"{contact.split()[0].lower()}@{domain[:20]}.example",
    )


def _item(draw: random.Random, number: int, description: str, price: str) -> Item:
    code = draw.randrange(1000, 9999)
    stem = f"061414{code:05}"
    package = f"0061414{draw.randrange(10_000_000, 99_999_999):08}{number % 100:02}"
    return Item(
        line=number,
        description=description,
        buyer_item_number=f"{draw.randrange(100_000, 999_999)}",
        vendor_item_number=f"VX-{code}",
        manufacturer_part_number=f"MP{code}-{number:02}",
        gtin_12=stem + check_digit(stem),
        quantity=draw.randrange(2, 40) * 6,
        price=Decimal(price) + Decimal(draw.randrange(0, 40)) / 100,
        sscc=package + check_digit(package),
    )
