"""Interchanges of any size to measure with: plausible 004010 documents, made the same way on every run.

A document of ``lines`` lines is like a middling one of a distributor: parties, dates, terms, three segments a line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

TYPES = ("850", "855", "856", "810")
GROUPS = {"850": "PO", "855": "PR", "856": "SH", "810": "IN"}

_SHIP_TO = ["N1*ST*Example Distribution East*92*EAST", "N3*400 Dockside Road", "N4*Springfield*NJ*07081*US"]
_SELLER = ["N1*SE*Acme Fasteners*92*ACME", "N3*12 Foundry Lane", "N4*Riverton*OH*43210*US"]


def _quantity(line: int) -> int:
    return 12 + line * 7 % 90


def _item(line: int) -> str:
    return f"BP*{100000 + line}*VP*HB-{line:05d}*UP*{614141000000 + line}"


def _check_digit(digits: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))) % 10)


def _sscc(serial: int) -> str:
    digits = f"00614141{serial:09d}"
    return f"00{digits}{_check_digit(digits)}"


def purchase_order(number: int, lines: int) -> list[str]:
    body = [f"BEG*00*SA*PO{number:07d}**20260302", "CUR*BY*USD", "REF*DP*014", "PER*BD*Purchasing*TE*5555550142"]
    body += ["FOB*PP", "ITD*01*3*2**10**30", "DTM*002*20260316", "DTM*001*20260330", "TD5*B*2*EXPK*M*Example Parcel"]
    body += [*_SELLER, *_SHIP_TO]
    for line in range(1, lines + 1):
        body += [
            f"PO1*{line}*{_quantity(line)}*EA*{line * 37 % 1000}.{line * 13 % 90 + 10}**{_item(line)}",
            f"PID*F****Hex bolt M8 x {line}, zinc",
            "PO4*10*100*EA",
        ]
    return [*body, f"CTT*{lines}*{sum(map(_quantity, range(1, lines + 1)))}"]


def acknowledgment(number: int, lines: int) -> list[str]:
    body = [f"BAK*00*AC*PO{number:07d}*20260302****A{number}*20260303", "CUR*SE*USD", "REF*VR*100200"]
    body += ["PER*SU*Order desk*TE*5555550117", "DTM*017*20260310", *_SELLER, *_SHIP_TO]
    for line in range(1, lines + 1):
        body += [
            f"PO1*{line}*{_quantity(line)}*EA*{line * 37 % 1000}.{line * 13 % 90 + 10}**{_item(line)}",
            f"PID*F****Hex bolt M8 x {line}, zinc",
            f"ACK*IA*{_quantity(line)}*EA*068*20260306",
        ]
    return [*body, f"CTT*{lines}*{sum(map(_quantity, range(1, lines + 1)))}"]


def ship_notice(number: int, lines: int) -> list[str]:
    body = [f"BSN*00*SH{number:07d}*20260306*1630*0001", "DTM*011*20260306", "DTM*017*20260310", "HL*1**S*1"]
    body += [f"TD1*CTN25*{lines}****G*{lines * 8}.5*LB", "TD5*B*2*EXPK*M*Example Parcel", f"REF*BM*BOL{number}"]
    body += ["N1*SF*Acme Fasteners*92*ACME", "N3*12 Foundry Lane", "N4*Riverton*OH*43210*US", *_SHIP_TO]
    body += ["HL*2*1*O*1", f"PRF*PO{number:07d}***20260302"]
    for line in range(1, lines + 1):
        body += [
            f"HL*{line * 2 + 1}*2*P*1",
            f"MAN*GM*{_sscc(number * 1000 % 1_000_000 + line)}",
            f"HL*{line * 2 + 2}*{line * 2 + 1}*I*0",
            f"LIN*{line}*{_item(line)}",
            f"SN1**{_quantity(line)}*EA",
            f"REF*LT*L{line:05d}",
        ]
    return [*body, f"CTT*{lines * 2 + 2}*{sum(map(_quantity, range(1, lines + 1)))}"]


def invoice(number: int, lines: int) -> list[str]:
    body = [f"BIG*20260307*INV{number:07d}*20260302*PO{number:07d}***DI", "CUR*SE*USD", "REF*IA*100200"]
    body += ["N1*RE*Acme Fasteners*92*ACME", "N3*PO Box 118", "N4*Riverton*OH*43210*US", *_SHIP_TO]
    body += ["ITD*01*3*2**10**30", "DTM*011*20260306"]
    cents = 0
    for line in range(1, lines + 1):
        price = 100 + line * 37 % 9000
        cents += price * _quantity(line)
        body += [
            f"IT1*{line}*{_quantity(line)}*EA*{price / 100:.2f}**{_item(line)}",
            f"PID*F****Hex bolt M8 x {line}, zinc",
            "REF*ST*014",
        ]
    body += [f"TDS*{cents + 4500}", "CAD*M***EXPK*Example Parcel**CN*PRO5512093"]
    body += ["SAC*C*D240***4500*******06***Freight"]
    return [*body, f"CTT*{lines}*{sum(map(_quantity, range(1, lines + 1)))}"]


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
    """The sample customer's order with a purchase order and control number of its own."""
    order = (Path(__file__).parents[2] / "samples/cases/customer-order/input.edi").read_bytes()
    return order.replace(b"000000501", b"%09d" % number).replace(b"CH-20771", b"CH-%07d" % number)


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
