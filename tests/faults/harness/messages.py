"""What senders hand in: orders of the sample customer and changes of them, orders of our own ERP; no two alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.benchmarks.interchanges import order_of_customer, orders_of_customer

SAMPLES = Path(__file__).parents[3] / "samples"

CUSTOMER, SUPPLIER, SHIPPER = "corner-hardware", "birch-paper", "acme-fasteners"

ORDER, CHANGE, NOTICE = "purchase_order", "purchase_order_change", "advance_ship_notice"

CHANGED_EVERY = 3
LARGE_EVERY = 4
"""Every so many orders one is too large for its row: its bytes become a blob."""

_MESSAGE = b"MSG*Deliver to the rear dock between 07:00 and 11:00.~\n"


@dataclass(frozen=True, slots=True)
class Message:
    """``keys`` are what its documents are about, ``type:number`` of each; ``group`` the control number of its
    functional group, 0 for what is no interchange."""

    keys: tuple[str, ...]
    body: bytes
    group: int = 0

    @property
    def name(self) -> str:
        return self.keys[0]

    @property
    def sha256(self) -> str:
        return sha256(self.body).hexdigest()


def key_of(document: dict[str, Any]) -> str:
    """The key of a canonical document."""
    number = "shipment_identification" if document["type"] == NOTICE else "purchase_order_number"
    return f"{document['type']}:{document[number]}"


def customer_order(number: int, *, large: bool = False) -> Message:
    body = order_of_customer(number)
    if large:
        many = 40_000 // len(_MESSAGE)
        body = body.replace(_MESSAGE, _MESSAGE * many).replace(b"SE*24*", b"SE*%d*" % (23 + many))
    return Message((f"{ORDER}:CH-{number:07}",), body, number)


def customer_change(number: int, of: int) -> Message:
    """A change of the order ``of``, which must not arrive anywhere before it."""
    body = _change().replace(b"000000502", b"%09d" % number).replace(b"*502*", b"*%d*" % number)
    body = body.replace(b"GE*1*502", b"GE*1*%d" % number).replace(b"CH-20771", b"CH-%07d" % of)
    return Message((f"{CHANGE}:CH-{of:07}",), body, number)


def customer_orders(count: int) -> Message:
    """One interchange with so many orders."""
    return Message(tuple(f"{ORDER}:CH-{number:07}" for number in range(1, count + 1)), orders_of_customer(count), 1)


def ship_notice(number: int) -> Message:
    """A notice of the shipper for an order of its own, for the ERP and the WMS of the place it ships to."""
    body = _notice().replace(b"000000102", b"%09d" % number).replace(b"*102*X", b"*%d*X" % number)
    body = body.replace(b"GE*1*102", b"GE*1*%d" % number).replace(b"SH88123", b"SH%07d" % number)
    body = body.replace(b"PRF*10045*", b"PRF*SO-%07d*" % number)
    return Message((f"{NOTICE}:SH{number:07}",), body, number)


def erp_order(number: int) -> Message:
    """An order of ours to the sample supplier, as the ERP posts it."""
    submission = json.loads(_erp_order())
    submission["document"]["purchase_order_number"] = name = f"ERP-{number:07}"
    return Message((f"{ORDER}:{name}",), json.dumps(submission).encode())


@cache
def _change() -> bytes:
    return (SAMPLES / "cases/order-change/input.edi").read_bytes()


@cache
def _notice() -> bytes:
    return (SAMPLES / "cases/shipment-cartons/input.edi").read_bytes()


@cache
def _erp_order() -> bytes:
    return (SAMPLES / "documents/erp-purchase-order-10046.json").read_bytes()


class Source:
    """Numbers that no other message of the run has."""

    def __init__(self) -> None:
        self._number = 0
        self._orders = 0

    def customer(self, orders: int) -> list[Message]:
        """Every third order is changed at once, every fourth is large."""
        messages = []
        for _ in range(orders):
            self._orders += 1
            number = self._next()
            messages.append(customer_order(number, large=self._orders % LARGE_EVERY == 0))
            if self._orders % CHANGED_EVERY == 0:
                messages.append(customer_change(self._next(), number))
        return messages

    def shipper(self, notices: int) -> list[Message]:
        return [ship_notice(self._next()) for _ in range(notices)]

    def erp(self, orders: int) -> list[Message]:
        return [erp_order(self._next()) for _ in range(orders)]

    def _next(self) -> int:
        self._number += 1
        return self._number
