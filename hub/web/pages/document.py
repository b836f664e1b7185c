"""One document: its way as a picture, then raw, canonical, findings, answers, deliveries and attempts side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from canonical.finding import Finding
from channels.x12.explain import SetTree
from hub.document_kinds import judged_only
from hub.inspection.stored import SHOWN_BYTES, stored_tree
from hub.services import HubServices
from hub.states import DeliveryStatus, DepartureStatus
from hub.store.errors import NoBytes
from hub.store.questions import search
from hub.store.questions.search import Trace
from hub.store.schema.records import StoredAttempt, StoredDelivery, StoredDocument, StoredOffer
from hub.store.traffic import documents, transmissions
from hub.targets.standing import Standing, standing_of
from hub.web.context import in_store, services_of
from hub.web.headers import attachment
from hub.web.pages.frame import console_page
from hub.web.preview import preview
from hub.web.way import is_our_acknowledgment, way_of

SEGMENTS_SHOWN = 400
"""Segments shown on a page; beyond these only segments with findings are, the rest is a download away."""

ORDERS_SHOWN = 10
"""Purchase orders of a document that are linked; a consolidated invoice may name hundreds."""


@dataclass(frozen=True, slots=True)
class DeliveryView:
    row: StoredDelivery
    attempts: list[StoredAttempt]
    offers: list[StoredOffer]
    next_attempt: datetime | None
    held: Standing | None = None
    """What holds its target back."""


@dataclass(frozen=True, slots=True)
class DocumentView:
    """All that the page shows, read in one go."""

    trace: Trace
    document: StoredDocument
    findings: list[Finding]
    raw: bytes
    no_raw: str = ""
    tree: SetTree | None = None
    deliveries: list[DeliveryView] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/documents/{id}", show, name="document")
    app.router.add_get("/documents/{id}/raw", download_raw, name="document-raw")
    app.router.add_get("/documents/{id}/canonical", download_canonical, name="document-canonical")
    app.router.add_get("/find/{id}", find, name="find")


async def show(request: web.Request) -> web.Response:
    services, wanted = services_of(request), request.match_info["id"]
    view = await in_store(services, lambda: _view(services, wanted))
    if view is None:
        raise web.HTTPNotFound
    document, trace = view.document, view.trace
    acknowledgments = [a for a in trace.acknowledgments if a.concerns(document)]
    deliveries = [delivery.row for delivery in view.deliveries]
    return await console_page(
        request,
        "document.html",
        here="documents",
        document=document,
        transmission=trace.transmission,
        way=way_of(trace.transmission, document, acknowledgments, deliveries),
        findings=view.findings,
        acknowledgments=acknowledgments,
        sent_answers={d.document_id: d.departure_id for d in trace.acknowledgment_deliveries if d.departure_id},
        no_answer=_no_answer(document),
        deliveries=view.deliveries,
        orders=view.orders[:ORDERS_SHOWN],
        ours=is_our_acknowledgment(document),
        no_delivery=_no_delivery(document),
        envelope_facts=_envelope_facts(trace, document),
        tree=view.tree,
        preview=preview(view.raw) if view.raw and view.tree is None else "",
        no_raw=view.no_raw,
        canonical=_pretty(document.canonical),
        only_kept=document.type in judged_only(),
        duplicates=trace.duplicates,
        replays=trace.replays,
        events=trace.events,
    )


async def download_raw(request: web.Request) -> web.Response:
    services, wanted = services_of(request), request.match_info["id"]
    view = await in_store(services, lambda: _view(services, wanted))
    if view is None or not view.raw:
        raise web.HTTPNotFound
    extension = "edi" if view.document.set_type else "json"
    return attachment(view.raw, "application/octet-stream", f"{wanted}.{extension}")


async def download_canonical(request: web.Request) -> web.Response:
    services, wanted = services_of(request), request.match_info["id"]
    trace = await in_store(services, lambda: _trace(services, wanted))
    document = _document_of(trace, wanted)
    if document is None or document.canonical is None:
        raise web.HTTPNotFound
    return attachment(document.canonical.encode(), "application/json", f"{wanted}.json")


async def find(request: web.Request) -> web.Response:
    """From any id to the page that shows it: a delivery is shown with its document, a departure as a transmission."""
    services, wanted = services_of(request), request.match_info["id"]
    trace = await in_store(services, lambda: _trace(services, wanted))
    if trace is None:
        raise web.HTTPNotFound
    if _document_of(trace, wanted):
        raise web.HTTPSeeOther(f"/documents/{wanted}")
    delivery = next((d for d in trace.deliveries if d.id == wanted), None)
    if delivery is not None:
        raise web.HTTPSeeOther(f"/documents/{delivery.document_id}")
    raise web.HTTPSeeOther(f"/transmissions/{wanted}")


def _trace(services: HubServices, wanted: str) -> Trace | None:
    with services.store.read() as tx:
        return search.trace(tx, wanted)


def _document_of(trace: Trace | None, wanted: str) -> StoredDocument | None:
    return next((d for d in trace.documents if d.id == wanted), None) if trace else None


def _view(services: HubServices, wanted: str) -> DocumentView | None:
    trace = _trace(services, wanted)
    document = _document_of(trace, wanted)
    if trace is None or document is None:
        return None
    raw, no_raw = _raw(services, trace, document)
    findings = [Finding.model_validate(row) for row in document.findings]
    tree = stored_tree(services.store, trace.transmission, document) if raw else None
    due = {departure.id: departure.due_at for departure in trace.departures if departure.status == DepartureStatus.DUE}
    deliveries = [
        DeliveryView(
            delivery,
            [a for a in trace.attempts if a.departure_id == delivery.departure_id],
            [o for o in trace.offers if o.departure_id == delivery.departure_id],
            due.get(delivery.departure_id or ""),
            _held(services, delivery),
        )
        for delivery in trace.deliveries
        if delivery.document_id == wanted
    ]
    orders = _orders(services, document)
    return DocumentView(
        trace, document, findings, raw, no_raw, tree.cut(SEGMENTS_SHOWN) if tree else None, deliveries, orders
    )


def _held(services: HubServices, delivery: StoredDelivery) -> Standing | None:
    if delivery.status not in (DeliveryStatus.PENDING, DeliveryStatus.COMPOSED):
        return None
    with services.store.read() as tx:
        found = standing_of(tx, services.catalog(), delivery.target, services.clock())
    return None if found.leaves else found


def _orders(services: HubServices, document: StoredDocument) -> list[str]:
    """The purchase orders by which the document is found, its own number when it is one."""
    with services.store.read() as tx:
        keys = documents.keys_of(tx, document.seq)
    return sorted({value for kind, value in keys if kind == "purchase_order"})


def _raw(services: HubServices, trace: Trace, document: StoredDocument) -> tuple[bytes, str]:
    """The document's own bytes within its transmission, or why they are not shown."""
    if is_our_acknowledgment(document):
        return b"", "The hub made this document; what was sent is below Deliveries."
    if (document.byte_length or trace.transmission.size) > SHOWN_BYTES:
        return b"", "Too large to show here; the transmission's download has it."
    try:
        body = transmissions.body(services.store, trace.transmission)
    except NoBytes as error:
        return b"", f"There is nothing to show: {error}."
    if document.byte_offset is None or document.byte_length is None:
        if b"\0" in body:
            return b"", "It stands in a file that is no text; the transmission's download has it."
        return body, ""
    return body[document.byte_offset : document.byte_offset + document.byte_length], ""


def _envelope_facts(trace: Trace, document: StoredDocument) -> list[tuple[str, str]]:
    interchange = next((i for i in trace.interchanges if i.id == document.interchange_id), None)
    group = next((g for g in trace.groups if g.id == document.group_id), None)
    facts: list[tuple[str, str]] = []
    if interchange is not None:
        facts.append(("Sender", f"{interchange.sender_qualifier} {interchange.sender_id}"))
        facts.append(("Receiver", f"{interchange.receiver_qualifier} {interchange.receiver_id}"))
        facts.append(("Interchange control number", interchange.control_number))
    if group is not None:
        facts.append(("Group control number", f"{group.functional_identifier} {group.control_number}"))
    if document.set_type:
        facts.append(("X12 set", document.set_type))
    if document.set_control_number:
        facts.append(("Set control number", document.set_control_number))
    return facts


def _no_answer(document: StoredDocument) -> str:
    if document.type == "functional_acknowledgment":
        return "An acknowledgment is never acknowledged."
    if document.status == "quarantined":
        return "Nothing yet: the hub failed on it, so its group is not answered."
    return "No acknowledgment was made for it."


def _no_delivery(document: StoredDocument) -> str:
    if document.status == "reconciled":
        return "None: it closed the deliveries it names."
    return "None."


def _pretty(canonical: str | None) -> str:
    if canonical is None:
        return ""
    value: Any = json.loads(canonical)
    return json.dumps(value, indent=2, ensure_ascii=False)
