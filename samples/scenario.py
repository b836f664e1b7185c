"""The demo's day: what the ERP and three partners do, what must come of it, and the report in plain words."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from samples.hub_process import SAMPLES, Hub
from samples.partner_side import Folder, accept, business_numbers, interchange_verdicts, segments, verdicts
from samples.receivers import Receiver
from samples.story import ANSWERS, NAMES, STATES, Story

Found = TypeVar("Found")

PATIENCE = 60.0
"""Seconds that any one step may take; on an idle machine each takes one or two."""

PARTNERS = ("acme-fasteners", "birch-paper", "corner-hardware")
ERP_EXPECTS = {
    ("purchase_order_acknowledgment", "10045"),
    ("advance_ship_notice", "SH88123"),
    ("invoice", "INV-55120"),
    ("purchase_order_acknowledgment", "10046"),
    ("advance_ship_notice", "BP-60417"),
    ("purchase_order", "CH-20771"),
    ("invoice", "INV-55130"),
    ("invoice", "INV-55132"),
}
UNDATED_INVOICE = "INV-55121"
"""Its date is none of the calendar, so that it is rejected."""

WMS_EXPECTS = {("advance_ship_notice", "SH88123")}
NUMBERS = {
    "purchase_order": "purchase_order_number",
    "purchase_order_acknowledgment": "purchase_order_number",
    "advance_ship_notice": "shipment_identification",
    "invoice": "invoice_number",
}


@dataclass
class Day:
    """Everyone who takes part."""

    hub: Hub
    erp: Receiver
    wms: Receiver
    session: aiohttp.ClientSession
    keys: dict[str, str]
    story: Story

    def partner(self, key: str) -> Folder:
        return Folder(self.hub.data / "folders" / key)

    async def post(self, who: str, path: str, body: bytes, content_type: str, key: str) -> dict[str, Any]:
        """An authenticated POST; 202 or nothing."""
        headers = {
            "Authorization": f"Bearer {self.keys[who]}",
            "Content-Type": content_type,
            "Idempotency-Key": key,
        }
        async with self.session.post(f"{self.hub.url}/v1/{path}", data=body, headers=headers) as answer:
            taken: dict[str, Any] = await answer.json()
            if answer.status != 202:
                raise RuntimeError(f"the hub answered {answer.status}: {taken}")
            return taken

    async def get(self, who: str, path: str) -> dict[str, Any]:
        """An authenticated GET of a URL that an answer named."""
        headers = {"Authorization": f"Bearer {self.keys[who]}"}
        async with self.session.get(f"{self.hub.url}{path}", headers=headers, raise_for_status=True) as answer:
            found: dict[str, Any] = await answer.json()
            return found


async def play(day: Day) -> None:
    """Raises TimeoutError, naming what was waited for, when something does not happen."""
    for key in PARTNERS:
        day.partner(key).make()
    _west(day).mkdir(parents=True, exist_ok=True)
    await _we_order(day)
    await _supplier_delivers_by_folder(day)
    await _supplier_delivers_by_api(day)
    await _customer_orders(day)
    await _supplier_makes_mistakes(day)


async def _we_order(day: Day) -> None:
    day.story.chapter("1  The ERP orders from two suppliers")
    for partner, number in (("acme-fasteners", "10045"), ("birch-paper", "10046")):
        body = (SAMPLES / "documents" / f"erp-purchase-order-{number}.json").read_bytes()
        taken = await day.post("erp", "documents", body, "application/json", f"erp-po-{number}")
        order = (await _until(f"the 850 for {partner}", partial(day.partner(partner).taken, "850")))[0]
        day.story.say(f"The ERP posted purchase order {number} as JSON; {partner} found it in its folder as X12:")
        day.story.show(f"850 for {partner}", ["*".join(segment) for segment in segments(order)])
        answer = accept(order, control_number=int(number))
        if partner == "birch-paper":
            await day.post("birch", "transmissions", answer, "application/edi-x12", f"997-{number}")
        else:
            day.partner(partner).put(f"997-{number}.edi", answer)
        await _acknowledged(day, taken)
    day.story.say("Both suppliers answered with a 997, one by its folder, one by our API, which closed the deliveries.")


async def _supplier_delivers_by_folder(day: Day) -> None:
    day.story.chapter("2  Acme Fasteners works by X12 in a folder")
    day.erp.fail_next(2, status=503, retry_after=1)
    acme = day.partner("acme-fasteners")
    for case in ("acknowledgment-with-backorder", "shipment-cartons", "invoice-with-freight"):
        acme.put(f"{case}.edi", _case(case))
    await day.erp.wait_for(3, PATIENCE)
    await day.wms.wait_for(1, PATIENCE)
    await _until("three 997s for acme-fasteners", lambda: len(acme.taken("997")) >= 3)
    day.story.say(
        "Order acknowledgment, ship notice and invoice went to the ERP in that order; the ship notice went to"
    )
    day.story.say(
        "the warehouse, too. The ERP was out of order for a moment: the hub tried again, nothing was doubled."
    )


async def _supplier_delivers_by_api(day: Day) -> None:
    day.story.chapter("3  Birch Paper posts to our API, JSON and X12")
    acknowledgment = (SAMPLES / "documents" / "birch-acknowledgment-10046.json").read_bytes()
    for _ in range(2):
        await day.post("birch", "documents", acknowledgment, "application/json", "birch-ack-10046")
    shipment = _case("shipment-pallets")
    await day.post("birch", "transmissions", shipment, "application/edi-x12", "birch-ship-60417")
    await day.erp.wait_for(5, PATIENCE)
    await _until("the ship notice for the west warehouse", partial(_exports, day))
    await _until("the 997 for birch-paper", partial(day.partner("birch-paper").taken, "997"))
    day.story.say(
        "It sent its order acknowledgment twice, as a careful client does when an answer gets lost: same key,"
    )
    day.story.say(
        "same answer, one effect. Its pallets (release 005010) reached the ERP and the west warehouse's folder."
    )


async def _customer_orders(day: Day) -> None:
    day.story.chapter("4  Corner Hardware, a customer, orders from us")
    corner = day.partner("corner-hardware")
    corner.put("order.edi", _case("customer-order"))
    await day.erp.wait_for(6, PATIENCE)
    body = (SAMPLES / "documents" / "erp-acknowledgment-CH-20771.json").read_bytes()
    await day.post("erp", "documents", body, "application/json", "erp-ack-CH-20771")
    answer = (await _until("the 855 for corner-hardware", lambda: corner.taken("855")))[0]
    corner.put("997-855.edi", accept(answer, control_number=1))
    await _until("the TA1 for corner-hardware", partial(corner.taken, "TA1"))
    day.story.say(
        "It asked for a TA1 (the 1 near the end of its ISA) and got one, beside the 997. Its order reached the"
    )
    day.story.say("ERP; the ERP's acknowledgment went back as an X12 855, the other way round:")
    day.story.show("855 for corner-hardware", ["*".join(segment) for segment in segments(answer)])


async def _supplier_makes_mistakes(day: Day) -> None:
    day.story.chapter("5  Acme Fasteners makes mistakes")
    acme = day.partner("acme-fasteners")
    for case in ("invoice-rejected", "three-invoices-one-bad"):
        acme.put(f"{case}.edi", _case(case))
    await day.erp.wait_for(len(ERP_EXPECTS), PATIENCE)
    await _until("five 997s for acme-fasteners", lambda: len(acme.taken("997")) >= 5)
    day.story.say(
        "One invoice has a thirteenth month and no total. Of three others in one file the second has a letter O"
    )
    day.story.say("in a quantity: its two neighbours went through, and only that one has to be sent again.")


async def report(day: Day) -> bool:
    """The four questions a newcomer asks. True when ERP and warehouses got exactly what they should."""
    day.story.chapter("What came of it")
    documents = [d for d in await day.hub.ask("documents") if d["type"] != "functional_acknowledgment"]
    day.story.table(
        "What arrived and left",
        ("partner", "direction", "document", "number", "state"),
        [
            (d["partner"], d["direction"], NAMES[d["type"]], d.get("number") or "?", _state(d))
            for d in reversed(documents)
        ],
    )
    day.story.table("What each partner was answered", ("partner", "by", "about", "number", "answer"), _answers(day))
    day.story.say("Each post to the API was answered at once, too: 202, an id, and where to ask what becomes of it.")
    exports = [json.loads(path.read_bytes()) for path in _exports(day)]
    got = [("ERP", effect.body) for effect in day.erp.effects.values()]
    got += [("warehouse east", effect.body) for effect in day.wms.effects.values()]
    got += [("warehouse west, as a file", body) for body in exports]
    rows = [(name, NAMES[_identity(body)[0]], _identity(body)[1], body["partner"]["key"]) for name, body in got]
    day.story.table("What ERP and warehouses got", ("system", "document", "number", "from"), rows)
    await _explain(day, documents)
    wanted = [("ERP", _identities(day.erp), ERP_EXPECTS), ("warehouse east", _identities(day.wms), WMS_EXPECTS)]
    exported = {_identity(body) for body in exports}
    wanted.append(("warehouse west", exported, {("advance_ship_notice", "BP-60417")}))
    complete = True
    for name, received, expected in wanted:
        if received != expected:
            complete = False
            day.story.say(f"[bold red]{name}: missing {expected - received}, unexpected {received - expected}[/]")
    if complete:
        day.story.say(
            f"[bold green]ERP and warehouses received exactly what they should[/], each once, in "
            f"{day.erp.attempts + day.wms.attempts} signed requests."
        )
    return complete


def _state(document: dict[str, Any]) -> str:
    return STATES.get(document["status"], document["status"])


def _answers(day: Day) -> list[tuple[str, str, str, str, str]]:
    """Read from the files that each partner found in its folder, not asked of the hub."""
    sent: dict[tuple[str, str], str] = {}
    for case in sorted((SAMPLES / "cases").glob("*/input.edi")):
        sent |= business_numbers(case.read_text(encoding="ascii"))
    rows = []
    for partner in PARTNERS:
        folder = day.partner(partner)
        for answer in folder.taken("TA1"):
            rows += [
                (partner, "TA1", "interchange", number, ANSWERS[code]) for number, code in interchange_verdicts(answer)
            ]
        for answer in folder.taken("997"):
            rows += [
                (partner, "997", NAMES[v.set_type], sent[v.group_control_number, v.control_number], ANSWERS[v.code])
                for v in verdicts(answer)
            ]
    return rows


async def _explain(day: Day, documents: list[dict[str, Any]]) -> None:
    """One rejected document, as its supplier and our partner manager see it."""
    rejected = next(d for d in documents if d["status"] == "rejected" and d.get("number") == UNDATED_INVOICE)
    trace = await day.hub.ask("show", rejected["id"])
    document = next(d for d in trace["documents"] if d["id"] == rejected["id"])
    day.story.explain("Why the invoice without a readable date was rejected", document["findings"])
    answer = next(a for a in day.partner("acme-fasteners").taken("997") if "20261340" in a)
    errors = [error for verdict in verdicts(answer) for error in verdict.errors]
    day.story.say(f"The same, as the 997 told the supplier's program: {'   '.join(errors)}")


def _identity(body: dict[str, Any]) -> tuple[str, str]:
    document = body["document"]
    return document["type"], document[NUMBERS[document["type"]]]


def _identities(receiver: Receiver) -> set[tuple[str, str]]:
    return {_identity(effect.body) for effect in receiver.effects.values()}


def _west(day: Day) -> Path:
    """The folder that the west warehouse reads; like every folder it is its owner who makes it."""
    return day.hub.data / "archive"


def _exports(day: Day) -> list[Path]:
    return sorted(_west(day).glob("*.json"))


def _case(name: str) -> bytes:
    return (SAMPLES / "cases" / name / "input.edi").read_bytes()


async def _acknowledged(day: Day, taken: dict[str, Any]) -> None:
    """Waits, as the ERP would, until the partner's 997 has closed the delivery of what was posted."""
    end = time.monotonic() + PATIENCE
    statuses: set[str] = set()
    while statuses != {"acknowledged"}:
        if time.monotonic() > end:
            raise TimeoutError(f"the order is not acknowledged after {PATIENCE:g} seconds, but {statuses}")
        await asyncio.sleep(0.1)
        for document in (await day.get("erp", taken["status_url"]))["documents"]:
            statuses = {delivery["status"] for delivery in (await day.get("erp", document["url"]))["deliveries"]}


async def _until(what: str, look: Callable[[], Found]) -> Found:
    """What ``look`` finds, once it finds something. Raises TimeoutError after PATIENCE."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        await asyncio.sleep(0.1)
    raise TimeoutError(f"{what} did not come within {PATIENCE:g} seconds")
