"""Every route of the API, of two partners' things, with every kind of credential: nobody reads or changes another's.

The routes come from the router; one that is not declared here, with what it is asked about and who may, fails the test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.channel import Codec
from hub.entry.credentials import Credentials
from hub.node.arrivals import process_pending
from hub.operator import administration
from hub.pipeline.compose import compose_due
from hub.pipeline.rehearse import DRY_RUN
from hub.principal import EVERY_SCOPE, Scope
from hub.store.configuration import configurations
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter
from hub.store.schema.tables import access_keys, deliveries, metadata
from hub.web.api.operation import Operation
from hub.web.api.routes import TABLE
from hub.web.app import make_app
from hub.web.guard import PUBLIC
from tests.integration.web.conftest import SAMPLES, configure
from tests.integration.web.running_hub import Answer, Site, running
from tests.receiving import Arrival, receive

ACME, BIRCH, CORNER = "acme-fasteners", "birch-paper", "corner-hardware"
BOTH = frozenset({ACME, BIRCH})
OWN = {200, 201, 202, 409}
"""What a write to one's own things is answered: done, or refused for how they stand."""

NOTED = frozenset({"access_keys", "access_tokens", "refusals"})
"""Tables that a refused request may write to."""

MORE = """
  - {key: spare, documents: [receiving_advice], partners: [corner-hardware]}

gateways:
  - {key: lone, partners: [corner-hardware]}
"""


@dataclass(frozen=True)
class Caller:
    """Someone with a credential, whose things it may see, and what it may do."""

    name: str
    kind: str = ""
    partners: frozenset[str] = frozenset()
    system: str = ""
    scopes: frozenset[Scope] = EVERY_SCOPE
    key: str = ""


@dataclass(frozen=True)
class Things:
    """Of one partner, by what routes ask about."""

    arrival: str
    acknowledgment: str
    document: str
    order: str
    departure: str
    delivery: str
    replay: str
    told: tuple[str, ...]
    """What stands in these things and nowhere else: ids, numbers, names."""


@dataclass(frozen=True)
class Asked:
    """What one operation is asked in the matrix. ``thing`` fills path and body; ``owners`` may see it, and others are
    told ``missed``. ``notes``: to ask for one's own leaves a trace."""

    thing: str = ""
    owners: str = "everyone"
    body: str = ""
    missed: int = 404
    notes: bool = False


ASKED: dict[str, tuple[Asked, ...]] = {
    "submit_transmission": (),  # below: what is sent in another's name
    "submit_document": (),
    "get_transmission": (Asked("arrival", "partner"),),
    "get_transmission_content": (Asked("departure", "partner", notes=True), Asked("arrival", "partner")),
    "list_documents": (Asked(),),
    "get_document": (Asked("document", "partner"), Asked("order", "partner and erp")),
    "list_acknowledgments": (Asked(),),
    "get_acknowledgment": (Asked("acknowledgment", "partner"), Asked("document", "nobody")),
    "confirm_delivery": (Asked("delivery", "erp", '{"outcome": "accepted"}'),),
    "resend_delivery": (Asked("delivery", "erp", '{"reason": "matrix"}'),),
    "give_up_delivery": (Asked("delivery", "erp", '{"reason": "matrix"}'),),
    "list_outbox": (Asked(),),
    "get_outbox_content": (Asked("departure", "partner", notes=True), Asked("arrival", "nobody")),
    "lease_outbox": (Asked(body="{}"),),
    "release_outbox": (Asked("nothing", body=" "),),
    "confirm_outbox": (Asked("departure", "partner", '{"confirmations": [{"id": "THING"}]}', missed=200),),
    "list_notifications": (Asked(),),
    "redeliver_notification": (Asked("departure", "nobody", '{"reason": "matrix"}'),),
    "preview_replay": (Asked("order", "erp", '{"ids": ["THING"]}', missed=422),),
    "get_replay": (Asked("replay", "erp"),),
    "confirm_replay": (Asked("replay", "erp", '{"reason": "matrix"}'),),
    "list_events": (Asked(),),  # nothing is sealed here: test_events_api.py
    "stream_events": (),  # test_events_api.py: the same, and it has no end
    "get_asyncapi": (Asked(),),
    "draw_token": (),  # test_oauth.py
    "list_schemas": (Asked(),),
    "get_schema": (Asked("type"),),
    "get_openapi": (Asked(),),
}


@pytest.fixture
def site(migrated_url: str, tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, store_url=migrated_url) as started:
        configure(started)
        text = (SAMPLES / "hub.yaml").read_text().replace("\ngateways:\n", MORE)
        text = text.replace("    secret: env:ERP_SECRET\n", "    confirmation: {system: erp}\n")
        with started.store.begin() as tx:
            configurations.apply(tx, "hub", "hub", text, "test", started.clock())
        started.services.configuration_changed()
        yield started


def make_callers(site: Site) -> list[Caller]:
    read = frozenset({Scope.DOCUMENTS_READ})
    wanted = [
        Caller("a partner", "partner", frozenset({ACME})),
        Caller("the other partner", "partner", frozenset({BIRCH})),
        Caller("a third partner", "partner", frozenset({CORNER})),
        Caller("a partner who may read", "partner", frozenset({ACME}), scopes=read),
        Caller("a partner who may send", "partner", frozenset({ACME}), scopes=frozenset({Scope.DOCUMENTS_WRITE})),
        Caller("the gateway of both", "gateway", BOTH),
        Caller("a gateway of a third", "gateway", frozenset({CORNER})),
        Caller("a gateway that may read", "gateway", BOTH, scopes=read),
        Caller("the ERP", "system", system="erp"),
        Caller("an ERP that may read", "system", system="erp", scopes=read),
        Caller("another system", "system", system="spare"),
    ]
    made = [Caller("nobody"), Caller("a guess", key="hubk_guess")]
    for one in wanted:
        subject = one.system or (("van" if one.partners == BOTH else "lone") if one.kind == "gateway" else "")
        subject = subject or next(iter(one.partners))
        id, plain = administration.create_key(
            site.services, one.kind, subject, one.name, actor="test", scopes=sorted(one.scopes)
        )
        made.append(Caller(one.name, one.kind, one.partners, one.system, one.scopes, plain))
        token = site.services.credentials.draw(id, plain, None)
        assert token is not None
        made.append(Caller(f"{one.name}, by token", one.kind, one.partners, one.system, one.scopes, token.plain))
    for name in ("an ended key", "an expired key"):
        id, plain = administration.create_key(site.services, "partner", ACME, name, actor="test")
        made.append(Caller(name, key=plain))
        ended = {"revoked_at": site.clock()} if name == "an ended key" else {"expires_at": site.clock()}
        with site.store.begin() as tx:
            tx.execute(access_keys.update().where(access_keys.c.id == id), ended)
    return made


def make_things(site: Site) -> dict[str, Things]:
    """What two partners sent, and what the ERP sent to them, worked and composed."""
    sent = {ACME: ("files", "invoice-with-freight"), BIRCH: ("api-x12", "shipment-pallets")}
    erp = Caller("setup", key=site.key("system", "erp"))
    order = json.loads((SAMPLES / "documents/erp-purchase-order-10045.json").read_bytes())
    for partner, (channel, case) in sent.items():
        body = (SAMPLES / "cases" / case / "input.edi").read_bytes()
        arrival = Arrival(f"{partner}/{channel}", body, Codec.X12.content_type, case)
        receive(site.store, arrival, partner=partner, actor="test", now=site.clock())
        number = f"PO-OF-{partner[:5].upper()}"
        own = {"partner": partner, "document": order["document"] | {"purchase_order_number": number}}
        assert ask(site, erp, "POST", "/v1/documents", json.dumps(own).encode()).status == 202
    process_pending(site.services, "test")
    compose_due(site.services)
    return {partner: _things(site, erp, partner) for partner in sent}


def _things(site: Site, erp: Caller, partner: str) -> Things:
    with site.store.read() as tx:
        found = {d.direction + d.type: d for d in search.documents(tx, DocumentFilter(partner=partner))}
        document = found["inboundinvoice" if partner == ACME else "inboundadvance_ship_notice"]
        order = found["outboundpurchase_order"]
        ways = ("erp", f"channel:{partner}/")
        rows = {row.document_id: row for row in tx.execute(select(deliveries)) if row.target.startswith(ways)}
    preview = ask(site, erp, "POST", "/v1/replays", json.dumps({"ids": [order.id]}).encode())
    assert preview.status == 201, preview.text
    departure = rows[order.id].departure_id
    acknowledgment = found["outboundfunctional_acknowledgment"]
    told = (
        document.id,
        order.id,
        acknowledgment.id,
        document.number,
        order.number,
        document.transmission_id,
        departure,
    )
    return Things(
        arrival=document.transmission_id,
        acknowledgment=acknowledgment.id,
        document=document.id,
        order=order.id,
        departure=departure,
        delivery=rows[document.id].idempotency_key,
        replay=preview.json["id"],
        told=tuple(filter(None, told)),
    )


def ask(
    site: Site, caller: Caller, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
) -> Answer:
    headers = {"Authorization": f"Bearer {caller.key}"} if caller.key else {}
    return site.client().ask(method, path, body, **headers, **({"Content_Type": kind} if body is not None else {}))


def owns(caller: Caller, asked: Asked, partner: str) -> bool:
    of_partner, is_erp = partner in caller.partners, caller.system == "erp"
    return {
        "everyone": True,
        "nobody": False,
        "partner": of_partner,
        "partner and erp": of_partner or is_erp,
        "erp": is_erp,
    }[asked.owners]


def expected(operation: Operation, caller: Caller, asked: Asked, partner: str) -> set[int]:
    if operation.public:
        return {200}
    if not caller.kind:
        return {401, 429}
    if caller.kind not in operation.callers or operation.scope not in (None, *caller.scopes):
        return {403}
    if not owns(caller, asked, partner):
        return {asked.missed}
    return {200} if operation.method == "GET" and not asked.notes else OWN


def asking(operation: Operation, asked: Asked, things: Things) -> tuple[str, bytes | None]:
    filled = "invoice" if asked.thing == "type" else getattr(things, asked.thing, asked.thing)
    path = re.sub(r"\{\w+\}", filled, operation.full_path)
    return path, asked.body.replace("THING", filled).encode() if asked.body else None


def ways(operation: Operation) -> list[str]:
    """In earnest and, for a write that can be tried, as a dry run."""
    tried = operation.query is not None and "dry_run" in operation.query.model_fields
    return ["", "?dry_run=true"] if tried else [""]


def everything(site: Site) -> dict[str, list[tuple[object, ...]]]:
    """All that is stored but for the trail of dry runs, which also has those that found nothing."""
    with site.store.read() as tx:
        return {
            name: sorted((tuple(row) for row in tx.execute(select(table)) if DRY_RUN not in row), key=repr)
            for name, table in metadata.tables.items()
            if name not in NOTED
        }


def test_every_route_is_declared(site: Site) -> None:
    routed = {
        (route.method, route.resource.canonical)
        for route in make_app(site.services).router.routes()
        if route.resource and route.resource.canonical.startswith("/v1")
    }
    assert {(method, path) for method, path in routed if method != "HEAD"} == {(o.method, o.full_path) for o in TABLE}
    assert {operation.name for operation in TABLE} <= set(ASKED), "say above what it is asked, and who may"


@pytest.mark.both_stores
def test_nobody_reads_or_changes_what_is_anothers(site: Site) -> None:
    callers, things = make_callers(site), make_things(site)
    questions = [
        (expected(operation, caller, asked, partner), operation, caller, asked, partner, way)
        for operation in TABLE
        for asked in ASKED[operation.name]
        for caller in callers
        for partner in sorted(BOTH)
        for way in ways(operation)
    ]
    assert len(questions) > 900
    before = everything(site)
    for question in questions:
        if question[0] != OWN:
            _ask_and_look(site, things, *question)
    after = everything(site)
    changed = {name: [row for row in after[name] if row not in before[name]] for name in before}
    assert {name: rows for name, rows in changed.items() if rows or before[name] != after[name]} == {}
    for question in questions:  # and these were refused to others only
        if question[0] == OWN:
            _ask_and_look(site, things, *question)


def _ask_and_look(
    site: Site,
    things: dict[str, Things],
    wanted: set[int],
    operation: Operation,
    caller: Caller,
    asked: Asked,
    partner: str,
    way: str,
) -> None:
    path, body = asking(operation, asked, things[partner])
    answer = ask(site, caller, operation.method, path + way, body)
    about = (operation.name, caller.name, asked, partner, answer.text[:300])
    assert answer.status in wanted, about
    if wanted != OWN:
        repeated = body or b"" if wanted == {200} and operation.method == "POST" else b""  # told unknown by its id
        _tells_no_other(answer, caller, things, repeated, about)


def _tells_no_other(answer: Answer, caller: Caller, things: dict[str, Things], repeated: bytes, about: object) -> None:
    for partner, theirs in things.items():
        if partner in caller.partners:
            continue
        if caller.system == "erp":
            theirs_alone = [one for one in (theirs.document, theirs.arrival) if one]
        else:
            theirs_alone = list(theirs.told)
        shown = [one for one in map(str.encode, theirs_alone) if one in answer.body and one not in repeated]
        assert not shown, about


@pytest.mark.both_stores
def test_nothing_is_taken_in_anothers_name(site: Site) -> None:
    """Raw X12 that says it is another's is put aside and answered to nobody; JSON that names another is refused."""
    callers, things = make_callers(site), make_things(site)
    with site.store.read() as tx:
        known = {d.id for d in search.documents(tx, DocumentFilter(limit=500))}
    acknowledgment = json.loads((SAMPLES / "documents/birch-acknowledgment-10046.json").read_bytes())
    raw = (SAMPLES / "cases/shipment-pallets/input.edi").read_bytes().replace(b"000000301", b"000000399")
    for caller in callers:
        if BIRCH in caller.partners:
            continue
        taken = ask(site, caller, "POST", "/v1/transmissions", raw, "application/edi-x12")
        assert taken.status in (202, 401, 403), caller.name
        for body in (acknowledgment, {"partner": BIRCH, "document": acknowledgment}):
            answer = ask(site, caller, "POST", "/v1/documents", json.dumps(body).encode())
            may = caller.system == "erp" and "partner" in body and Scope.DOCUMENTS_WRITE in caller.scopes
            assert answer.status in ((202,) if may else (401, 403, 422)), (caller.name, answer.text)
    process_pending(site.services, "test")
    with site.store.read() as tx:
        more = [d for d in search.documents(tx, DocumentFilter(limit=500)) if d.id not in known]
    assert {(d.direction, d.type, d.partner) for d in more} <= {("outbound", "purchase_order_acknowledgment", BIRCH)}
    assert things


@pytest.mark.both_stores
def test_a_session_opens_no_api_and_no_credential_a_page(site: Site) -> None:
    callers = make_callers(site)
    operator = site.signed_in()
    for operation in TABLE:
        path = operation.full_path.replace("{id}", "x").replace("{key}", "x").replace("{type}", "invoice")
        answer = operator.ask(operation.method, path, b"{}" if operation.method == "POST" else None)
        assert answer.status in ((200, 400) if operation.public else (401,)), operation.name
    elsewhere = ("/v1", "/portal")  # which has its own matrix: test_portal_isolation.py
    pages = {
        (route.method, route.resource.canonical)
        for route in make_app(site.services).router.routes()
        if route.resource and not route.resource.canonical.startswith(elsewhere) and route.resource.name not in PUBLIC
    }
    assert len(pages) > 15
    for caller in callers:
        for method, path in sorted(pages):
            answer = ask(site, caller, method, path.replace("{id}", "x"))
            assert (answer.status, answer.location) == (303, "/sign-in"), (caller.name, method, path)


@pytest.mark.both_stores
def test_credentials_are_asked_of_the_store_again(site: Site) -> None:
    """What is remembered belongs to the process: another starts with nothing."""
    plain = site.key("partner", ACME)
    other = Credentials(site.store, site.services.catalog, site.clock)
    assert other.remembered(plain) is None
    assert other.find(plain) is not None
    assert other.remembered(plain) is not None
