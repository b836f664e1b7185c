"""What stands in an element of a sample, by its meaning: the trade's own numbers, names, dates and amounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from canonical.identifier import ItemIdentifierKind, check_digit
from channels.x12.sample.trade import FREIGHT, Company, Item, Trade
from channels.x12.sample.usual import HASHED


@dataclass(slots=True)
class Scene:
    """Where in the document we are: the line, party and hierarchy level that are open. ``item_words`` are the words
    that the guide gives to item qualifiers."""

    trade: Trade
    set_type: str
    levels: int = 0
    item: Item | None = None
    role: str = ""
    number: int = 0
    level: str = ""
    parent: int = 0
    has_children: bool = False
    item_words: Mapping[str, ItemIdentifierKind] = field(default_factory=dict)

    @property
    def line(self) -> Item:
        return self.item or self.trade.items[0]

    @property
    def company(self) -> Company:
        trade = self.trade
        if self.role in _SELLERS:
            return trade.seller
        return trade.ship_to if self.role in _PLACES else trade.buyer

    @property
    def packages(self) -> int:
        return len(self.trade.items)


NEUTRAL_TEXT = "SAMPLE"
"""What stands where nothing better is known."""

_SELLERS = frozenset({"SE", "VN", "SU", "SF", "RE", "RI", "PE", "MF", "FR", "DE", "LD"})
_PLACES = frozenset({"ST", "WH", "BS", "UL", "CN", "DA"})

Made = Callable[[Scene, dict[int, str]], str]
"""(scene, the segment's elements before this one) → text."""


def day(value: date) -> str:
    return f"{value:%Y%m%d}"


def plain(value: Decimal) -> str:
    """As type R writes it: no zeros behind the last digit that says something."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def cents(value: Decimal) -> str:
    return str(int(value * 100))


def _date(scene: Scene, before: dict[int, str]) -> str:
    """Of the qualifier that stands before it; without one, when the document was written."""
    qualifiers = [text for text in before.values() if text in _DATES]
    return day(_DATES[qualifiers[-1]](scene.trade) if qualifiers else written(scene.set_type, scene.trade))


def written(set_type: str, trade: Trade) -> date:
    """The day on which a document of the trade is written."""
    if set_type in ("856", "810", "943", "945", "214", "754"):
        return trade.shipped
    if set_type in ("861", "944", "947", "852"):
        return trade.delivered
    if set_type in ("820", "812", "180"):
        return trade.due
    return trade.acknowledged if set_type in ("855", "865", "824", "990") else trade.ordered


_DATES: dict[str, Callable[[Trade], date]] = {
    "001": lambda trade: trade.delivered + timedelta(days=3),
    "002": lambda trade: trade.delivered,
    "003": lambda trade: trade.invoiced,
    "004": lambda trade: trade.ordered,
    "007": lambda trade: trade.ordered,
    "010": lambda trade: trade.shipped,
    "011": lambda trade: trade.shipped,
    "017": lambda trade: trade.delivered,
    "035": lambda trade: trade.delivered,
    "037": lambda trade: trade.shipped,
    "038": lambda trade: trade.shipped + timedelta(days=1),
    "050": lambda trade: trade.delivered,
    "063": lambda trade: trade.delivered + timedelta(days=1),
    "064": lambda trade: trade.delivered,
    "067": lambda trade: trade.delivered,
    "068": lambda trade: trade.shipped,
    "069": lambda trade: trade.delivered,
    "097": lambda trade: trade.due,
    "02": lambda trade: trade.delivered,
    "10": lambda trade: trade.shipped,
    "11": lambda trade: trade.shipped,
}
"""What happens on a day (X12 374, and 432 with two digits) → that day."""


def _reference(scene: Scene, before: dict[int, str]) -> str:
    trade, qualifier = scene.trade, next(reversed(before.values()), "")
    known = {
        "PO": trade.order_number,
        "VN": f"SO{trade.serial}",
        "IA": trade.seller.code,
        "DP": "0042",
        "IV": trade.invoice_number,
        "BM": f"BL{trade.serial}",
        "CN": f"PRO{trade.serial}",
        "SI": trade.shipment_number,
        "EF": f"EFT{trade.serial}",
    }
    return known.get(qualifier, f"R{trade.serial}")


def _party_number(scene: Scene, before: dict[int, str]) -> str:
    company, qualifier = scene.company, next(reversed(before.values()), "")
    known = {
        "1": company.duns,
        "9": f"{company.duns}0001",
        "UL": company.gln,
        "2": scene.trade.scac,
        "UC": company.gln,
    }
    return known.get(qualifier, company.code)


def _item_number(scene: Scene, before: dict[int, str]) -> str:
    item, qualifier = scene.line, next(reversed(before.values()), "")
    kind = scene.item_words.get(qualifier) or ItemIdentifierKind.by_code().get(qualifier, ItemIdentifierKind.OTHER)
    known = {
        ItemIdentifierKind.BUYER_ITEM_NUMBER: item.buyer_item_number,
        ItemIdentifierKind.VENDOR_ITEM_NUMBER: item.vendor_item_number,
        ItemIdentifierKind.MANUFACTURER_PART_NUMBER: item.manufacturer_part_number,
        ItemIdentifierKind.SKU: item.buyer_item_number,
        ItemIdentifierKind.GTIN_8: item.gtin_12[-8:-1] + check_digit(item.gtin_12[-8:-1]),
        ItemIdentifierKind.GTIN_12: item.gtin_12,
        ItemIdentifierKind.GTIN_13: f"0{item.gtin_12}",
        ItemIdentifierKind.GTIN_14: item.gtin_14,
        ItemIdentifierKind.LOT_NUMBER: f"LOT{item.line:04}",
        ItemIdentifierKind.PURCHASE_ORDER_NUMBER: scene.trade.order_number,
        ItemIdentifierKind.PURCHASE_ORDER_LINE: str(item.line),
        ItemIdentifierKind.COUNTRY_OF_ORIGIN: "US",
    }
    return known.get(kind, f"X{item.buyer_item_number}")


def _contact(scene: Scene, before: dict[int, str]) -> str:
    qualifier = next(reversed(before.values()), "")
    return scene.company.email if qualifier == "EM" else scene.company.telephone


def _unit(scene: Scene, before: dict[int, str]) -> str:
    return "EA"


def _mark(scene: Scene, before: dict[int, str]) -> str:
    """Of a pallet another one than of the carton on it."""
    qualifier = next(reversed(before.values()), "")
    if scene.level == "T":
        digits = f"0061414{scene.trade.serial:010}"
        sscc = digits + check_digit(digits)
    else:
        sscc = scene.line.sscc
    return {"GM": f"00{sscc}", "UP": scene.line.gtin_12}.get(qualifier, sscc)


def _lines(scene: Scene, before: dict[int, str]) -> str:
    return str(scene.levels or len(scene.trade.items))


def _name(scene: Scene, before: dict[int, str]) -> str:
    return scene.company.name


def _line_number(scene: Scene, before: dict[int, str]) -> str:
    return str(scene.line.line)


def _quantity(scene: Scene, before: dict[int, str]) -> str:
    return str(scene.line.quantity)


def _amount(scene: Scene, before: dict[int, str]) -> str:
    return plain(scene.line.amount if scene.item else scene.trade.amount)


def _hundredths(scene: Scene, before: dict[int, str]) -> str:
    return cents(scene.line.amount if scene.item else scene.trade.amount)


ELEMENTS: dict[str, Made] = {
    "3": lambda scene, before: "Item number is not known",
    "19": lambda scene, before: scene.company.city,
    "22": lambda scene, before: "0061",
    "28": lambda scene, before: "1",
    "67": _party_number,
    "76": lambda scene, before: scene.trade.invoice_number,
    "79": lambda scene, before: scene.line.description,
    "80": lambda scene, before: str(scene.packages),
    "81": lambda scene, before: str(scene.trade.units * 2),
    "87": _mark,
    "93": _name,
    "97": _lines,
    "116": lambda scene, before: scene.company.postal_code,
    "123": _lines,
    "2": _lines,
    "127": _reference,
    "145": lambda scene, before: scene.trade.shipment_number,
    "156": lambda scene, before: scene.company.state,
    "166": lambda scene, before: scene.company.street,
    "206": lambda scene, before: scene.trade.scac,
    "207": lambda scene, before: f"{scene.trade.serial}",
    "212": lambda scene, before: plain(scene.line.price),
    "234": _item_number,
    "285": lambda scene, before: scene.trade.order_number,
    "324": lambda scene, before: scene.trade.order_number,
    "326": lambda scene, before: f"RQ{scene.trade.serial}",
    "329": lambda scene, before: f"{scene.line.line:04}",
    "330": _quantity,
    "337": lambda scene, before: "1030",
    "338": lambda scene, before: "2",
    "347": lambda scene, before: str(scene.trade.units) if scene.set_type in HASHED else "",
    "350": _line_number,
    "351": lambda scene, before: "10",
    "352": lambda scene, before: scene.line.description,
    "354": _lines,
    "355": _unit,
    "358": _quantity,
    "364": _contact,
    "369": lambda scene, before: scene.line.description,
    "373": _date,
    "380": _quantity,
    "382": _quantity,
    "386": lambda scene, before: "30",
    "387": lambda scene, before: scene.trade.carrier,
    "394": lambda scene, before: f"WR{scene.trade.serial}",
    "396": lambda scene, before: scene.trade.shipment_number,
    "413": _quantity,
    "438": lambda scene, before: scene.line.gtin_12,
    "447": lambda scene, before: "A",
    "475": lambda scene, before: f"CM{scene.trade.serial}",
    "477": lambda scene, before: "6",
    "480": lambda scene, before: "004010",
    "531": lambda scene, before: scene.trade.shipment_number,
    "554": lambda scene, before: str(scene.number or 1),
    "610": _hundredths,
    "628": lambda scene, before: str(scene.number),
    "663": _quantity,
    "671": _quantity,
    "684": lambda scene, before: f"C{scene.trade.serial}",
    "719": lambda scene, before: "2",
    "724": lambda scene, before: "XX",
    "734": lambda scene, before: str(scene.parent or ""),
    "736": lambda scene, before: "1" if scene.has_children else "0",
    "782": _amount,
    "822": lambda scene, before: "STD",
    "933": lambda scene, before: "Our warehouse is closed on the last Friday of the month.",
    "1251": _date,
}
"""Data element → what it holds. Numbers that X12 keeps elsewhere (SCAC, country) are among the codes."""

PLACES: dict[str, Made] = {
    "BAK04": lambda scene, before: day(scene.trade.ordered),
    "BAK09": lambda scene, before: day(scene.trade.acknowledged),
    "BAK08": lambda scene, before: f"SO{scene.trade.serial}",
    "BFR07": lambda scene, before: day(scene.trade.ordered + timedelta(days=90)),
    "BCD07": lambda scene, before: scene.trade.invoice_number,
    "BIG03": lambda scene, before: day(scene.trade.ordered),
    "BPR16": lambda scene, before: day(scene.trade.due),
    "BRA01": lambda scene, before: f"RC{scene.trade.serial}",
    "BSS06": lambda scene, before: day(scene.trade.ordered + timedelta(days=14)),
    "ITD07": lambda scene, before: "30",
    "MIT02": lambda scene, before: "Warehouse hours",
    "BCA01": lambda scene, before: "04",
    "BCH01": lambda scene, before: "04",
    "ENT02": lambda scene, before: "PE",
    "ENT04": lambda scene, before: scene.trade.seller.code,
    "FST04": lambda scene, before: day(scene.trade.delivered),
    "L1101": lambda scene, before: scene.trade.order_number,
    "N101": lambda scene, before: scene.role,
    "OID02": lambda scene, before: scene.trade.order_number,
    "OTI03": lambda scene, before: scene.trade.invoice_number,
    "PER02": lambda scene, before: scene.company.contact,
    "PRF04": lambda scene, before: day(scene.trade.ordered),
    "RMR02": lambda scene, before: f"{scene.trade.invoice_number}-{scene.line.line}",
    "S501": lambda scene, before: str(scene.number or 1),
    "SAC05": lambda scene, before: cents(FREIGHT),
    "SHP02": _quantity,
    "TD108": lambda scene, before: "LB",
    "TD503": lambda scene, before: scene.trade.scac,
    "TDS01": lambda scene, before: cents(scene.trade.amount + FREIGHT),
    "TED02": lambda scene, before: "Invoice total differs from the sum of its lines",
    "TRN02": lambda scene, before: f"EFT{scene.trade.serial}",
    "W0301": lambda scene, before: str(scene.trade.units),
    "W0303": lambda scene, before: "LB",
    "W1401": lambda scene, before: str(scene.trade.units),
    "W7601": lambda scene, before: str(scene.trade.units),
}
"""Reference designator → what it holds, where it differs from the data element's usual content."""
