"""Interchanges of any size to measure with: plausible 004010 documents, made the same way on every run.

A document of ``lines`` lines is like a middling one of a distributor: parties, dates, terms, three segments a line.
No two are alike: what is ordered, how much of it, at which price and for which branch is drawn anew for each, so that
nothing measured rests on documents that repeat one another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

TYPES = ("850", "855", "856", "810")
GROUPS = {"850": "PO", "855": "PR", "856": "SH", "810": "IN"}
CATALOGUE = 40_000
"""Items that lines are drawn from."""

_SELLER = ["N1*SE*Acme Fasteners*92*ACME", "N3*12 Foundry Lane", "N4*Riverton*OH*43210*US"]


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line is about. ``cents``: the unit price."""

    number: int
    item: int
    quantity: int
    cents: int

    @property
    def price(self) -> str:
        return f"{self.cents / 100:.2f}"

    @property
    def identifiers(self) -> str:
        return f"BP*{100000 + self.item}*VP*HB-{self.item:05d}*UP*{614141000000 + self.item}"

    @property
    def description(self) -> str:
        return f"PID*F****Hex bolt M{self.item % 30 + 4} x {self.item % 197 + 6}, zinc, item {self.item}"


def _lines(set_type: str, number: int, count: int) -> list[_Line]:
    draw = Random(f"{set_type}/{number}")
    items = (draw.randrange(CATALOGUE) for _ in range(count))
    return [_Line(n, item, draw.randint(1, 999), draw.randint(5, 99_999)) for n, item in enumerate(items, 1)]


def _ship_to(number: int) -> list[str]:
    branch = number * 7919 % 900
    return [
        f"N1*ST*Example Distribution Branch {branch}*92*B{branch:04d}",
        f"N3*{branch + 100} Dockside Road",
        f"N4*Springfield*NJ*{7000 + branch:05d}*US",
    ]


def _totals(lines: list[_Line], counted: int) -> str:
    return f"CTT*{counted}*{sum(line.quantity for line in lines)}"


def _check_digit(digits: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))) % 10)


def _sscc(serial: int) -> str:
    digits = f"00614141{serial:09d}"
    return f"00{digits}{_check_digit(digits)}"


def purchase_order(number: int, count: int) -> list[str]:
    lines = _lines("850", number, count)
    body = [f"BEG*00*SA*PO{number:07d}**20260302", "CUR*BY*USD", f"REF*DP*{number % 90 + 10:03d}"]
    body += [f"PER*BD*Purchasing*TE*555555{number % 10_000:04d}", "FOB*PP", "ITD*01*3*2**10**30"]
    body += ["DTM*002*20260316", "DTM*001*20260330", "TD5*B*2*EXPK*M*Example Parcel", *_SELLER, *_ship_to(number)]
    for line in lines:
        body += [
            f"PO1*{line.number}*{line.quantity}*EA*{line.price}**{line.identifiers}",
            line.description,
            f"PO4*{line.item % 20 + 1}*100*EA",
        ]
    return [*body, _totals(lines, count)]


def acknowledgment(number: int, count: int) -> list[str]:
    lines = _lines("855", number, count)
    body = [f"BAK*00*AC*PO{number:07d}*20260302****A{number}*20260303", "CUR*SE*USD", f"REF*VR*{100000 + number}"]
    body += ["PER*SU*Order desk*TE*5555550117", "DTM*017*20260310", *_SELLER, *_ship_to(number)]
    for line in lines:
        body += [
            f"PO1*{line.number}*{line.quantity}*EA*{line.price}**{line.identifiers}",
            line.description,
            f"ACK*IA*{line.quantity}*EA*068*202603{line.item % 28 + 1:02d}",
        ]
    return [*body, _totals(lines, count)]


def ship_notice(number: int, count: int) -> list[str]:
    """Pallets of up to five cartons, each carton with one item: shipment, order, tare, pack, item."""
    lines = _lines("856", number, count)
    body = [f"BSN*00*SH{number:07d}*20260306*1630*0001", "DTM*011*20260306", "DTM*017*20260310", "HL*1**S*1"]
    body += [f"TD1*CTN25*{count}****G*{count * 8}.5*LB", "TD5*B*2*EXPK*M*Example Parcel", f"REF*BM*BOL{number}"]
    body += ["N1*SF*Acme Fasteners*92*ACME", "N3*12 Foundry Lane", "N4*Riverton*OH*43210*US", *_ship_to(number)]
    body += ["HL*2*1*O*1", f"PRF*PO{number:07d}***20260302"]
    levels, tare = 2, 0
    for line in lines:
        serial = number * 100 + line.number
        if line.number % 5 == 1:
            levels, tare = levels + 1, levels + 1
            body += [f"HL*{tare}*2*T*1", f"MAN*GM*{_sscc(500_000_000 + serial % 400_000_000)}"]
        body += [
            f"HL*{levels + 1}*{tare}*P*1",
            f"MAN*GM*{_sscc(serial % 500_000_000)}",
            f"HL*{levels + 2}*{levels + 1}*I*0",
            f"LIN*{line.number}*{line.identifiers}",
            f"SN1**{line.quantity}*EA",
            f"REF*LT*L{line.item:05d}",
        ]
        levels += 2
    return [*body, _totals(lines, levels)]


def invoice(number: int, count: int) -> list[str]:
    lines = _lines("810", number, count)
    body = [f"BIG*20260307*INV{number:07d}*20260302*PO{number:07d}***DI", "CUR*SE*USD", f"REF*IA*{100000 + number}"]
    body += ["N1*RE*Acme Fasteners*92*ACME", "N3*PO Box 118", "N4*Riverton*OH*43210*US", *_ship_to(number)]
    body += ["ITD*01*3*2**10**30", "DTM*011*20260306"]
    for line in lines:
        body += [
            f"IT1*{line.number}*{line.quantity}*EA*{line.price}**{line.identifiers}",
            line.description,
            f"REF*ST*{line.item % 900 + 10:04d}",
        ]
    total = sum(line.cents * line.quantity for line in lines)
    body += [f"TDS*{total + 4500}", "CAD*M***EXPK*Example Parcel**CN*PRO5512093"]
    body += ["SAC*C*D240***4500*******06***Freight"]
    return [*body, _totals(lines, count)]


BODIES: dict[str, Callable[[int, int], list[str]]] = {
    "850": purchase_order,
    "855": acknowledgment,
    "856": ship_notice,
    "810": invoice,
}


def interchange(set_type: str, sets: int, lines: int = 20) -> bytes:
    """One 004010 interchange with one group of ``sets`` sets, all of them valid."""
    segments = [
        "ISA*00*          *00*          *ZZ*ACMEFASTENERS  *ZZ*EXAMPLEDIST    *260307*0830*U*00401*000000001*0*P*>",
        f"GS*{GROUPS[set_type]}*ACMEFASTENERS*EXAMPLEDIST*20260307*0830*1*X*004010",
    ]
    for number in range(1, sets + 1):
        body = BODIES[set_type](number, lines)
        segments += [f"ST*{set_type}*{number:04d}", *body, f"SE*{len(body) + 2}*{number:04d}"]
    segments += [f"GE*{sets}*1", "IEA*1*000000001"]
    return ("~".join(segments) + "~").encode()


def order_of_customer(number: int) -> bytes:
    """The sample customer's order with a purchase order and control numbers of its own."""
    order = (Path(__file__).parents[2] / "samples/cases/customer-order/input.edi").read_bytes()
    order = order.replace(b"000000501", b"%09d" % number).replace(b"CH-20771", b"CH-%07d" % number)
    return order.replace(b"*501*X*", b"*%d*X*" % number).replace(b"GE*1*501~", b"GE*1*%d~" % number)


def orders_of_customer(count: int) -> bytes:
    """The same orders in one group of one interchange."""
    terminator = b"~\n"
    isa, gs, *body = order_of_customer(1).split(terminator)
    body = body[: next(i for i, segment in enumerate(body) if segment.startswith(b"SE*")) + 1]
    sets = []
    for number in range(1, count + 1):
        text = terminator.join(body).replace(b"CH-0000001", b"CH-%07d" % number)
        sets.append(text.replace(b"*0001", b"*%04d" % number))
    trailer = [b"GE*%d*%s" % (count, gs.split(b"*")[6]), b"IEA*1*000000001", b""]
    return terminator.join([isa, gs, *sets, *trailer])
