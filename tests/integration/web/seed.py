"""A store after two busy weeks: written through the store's own functions, so that pages have all to show."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.store.schema.records import StoredDocument, StoredGroup, StoredInterchange, Transmission
from hub.store.store import Store, Tx
from hub.store.traffic import acknowledgments, deliveries, documents, interchanges, transmissions
from hub.store.traffic.deliveries import AttemptEnd
from hub.store.trail import events, work_items

HOSTILE = "<script>alert(1)</script>"

HEAD = (
    f"ISA*00*{'':10}*00*{'':10}*ZZ*{'ACME':15}*ZZ*{'BUYER':15}*240105*1200*U*00401*000000001*0*P*>~\n"
    "GS*PO*ACME*BUYER*20240105*1200*1*X*004010~\n"
)
ORDER = (
    "ST*850*0001~\nBEG*00*SA*PO-{number}**20240105~\nREF*DP*038~\nDTM*002*20240120~\nN1*ST*North Dock*92*DC-07~\n"
    "PO1*1*24*EA*12.5**BP*BOLT-M8*VP*88-1~\nPID*F****Bolt M8 x 40, zinc~\nPO1*2*X*CA*4.75**BP*NUT-M8~\n"
    "CTT*2~\nSE*10*0001~\n"
)
CANONICAL = (
    '{{"type":"purchase_order","purpose":"original","order_type":"stand_alone","purchase_order_number":"PO-{number}","order_date":"2024-01-05",'
    '"lines":[{{"line_number":"1","quantity":{{"value":"24","unit_of_measure":"EA"}},"unit_price":"12.50",'
    '"identifiers":[{{"kind":"buyer_item_number","value":"BOLT-M8"}}]}}]}}'
)
BAD_QUANTITY = {
    "code": "X12-ELEMENT-6",
    "severity": "error",
    "locator": "ST*0001/PO1[2]/PO102",
    "message": "Quantity Ordered must be a number.",
    "value": "X",
    "expected": "a decimal number of 1 to 15 digits",
    "fix": "Send the ordered quantity, for example 24.",
}
ODD_NAME = {
    "code": "PROFILE-UNKNOWN-LOCATION",
    "severity": "warning",
    "locator": "ST*0001/N1[1]/N104",
    "message": f"This ship-to is not among our locations {HOSTILE}.",
    "value": "DC-07",
}

DOCUMENT_TYPES = (
    ("purchase_order", "850", "PO-"),
    ("purchase_order_acknowledgment", "855", "PO-"),
    ("advance_ship_notice", "856", "SH-"),
    ("invoice", "810", "INV-"),
)


@dataclass(frozen=True)
class Seeded:
    """Ids that tests ask for."""

    rejected: str
    delivered: str
    dead: str
    dead_delivery: str
    arrival: str
    quarantined: str
    other_partner: str
    other_arrival: str


def seed(store: Store, now: datetime, *, days: int = 14) -> Seeded:
    chance = random.Random(7)
    with store.begin() as tx:
        for day in range(days, 0, -1):
            for hour in range(chance.randint(2, 7)):
                at = now - timedelta(days=day, hours=-hour)
                partner = chance.choice(("acme-fasteners", "acme-fasteners", "nordic-parts", "bolt-and-nut"))
                _document(tx, partner, chance.choice(DOCUMENT_TYPES), 4000 + day * 10 + hour, at)
        other, other_arrival = _document(tx, "nordic-parts", DOCUMENT_TYPES[3], 7001, now - timedelta(hours=5))
        delivered, _ = _document(tx, "acme-fasteners", DOCUMENT_TYPES[0], 7002, now - timedelta(hours=4), answered=True)
        rejected, arrival = _document(tx, "acme-fasteners", DOCUMENT_TYPES[0], 7003, now - timedelta(hours=3), bad=True)
        dead, _ = _document(tx, "acme-fasteners", DOCUMENT_TYPES[2], 7004, now - timedelta(hours=2), dead=True)
        held, _ = _document(tx, "bolt-and-nut", DOCUMENT_TYPES[3], 7005, now - timedelta(hours=1), held=True)
        summary = "Item 88-7 of bolt-and-nut has no entry in the item crosswalk"
        work_items.raise_item(tx, "crosswalk", "item:88-7", "bolt-and-nut", summary, [held.id], now)
        quarantined = _quarantined(tx, now)
        dead_delivery = deliveries.of_document(tx, dead.id)[0]
    return Seeded(
        rejected.id, delivered.id, dead.id, dead_delivery.id, arrival.id, quarantined.id, other.id, other_arrival.id
    )


def _arrival(tx: Tx, partner: str, body: bytes, at: datetime) -> tuple[Transmission, StoredInterchange, StoredGroup]:
    arrival = transmissions.record(
        tx,
        direction="in",
        channel=f"{partner}/folder",
        partner=partner,
        order_scope=partner,
        content_type="application/edi-x12",
        status="processed",
        now=at,
        body=body,
        file_name=f"{partner}-{at:%m%d%H%M}.edi",
    )
    interchange = interchanges.record_interchange(
        tx,
        transmission_id=arrival.id,
        position=0,
        partner=partner,
        sender_qualifier="ZZ",
        sender_id=partner.upper()[:15],
        receiver_qualifier="01",
        receiver_id="004567891",
        control_number=f"{arrival.seq:09}",
        sha256=arrival.sha256,
        date=f"{at:%y%m%d}",
        time=f"{at:%H%M}",
        version="00401",
        usage_indicator="P",
        note_code="000",
        verdict="accepted",
    )
    group = interchanges.record_group(
        tx,
        interchange_id=interchange.id,
        position=0,
        functional_identifier="PO",
        control_number=str(arrival.seq),
        release="004010",
        set_count=1,
    )
    came = {"channel": arrival.channel, "bytes": arrival.size, "sha256": arrival.sha256}
    events.record(
        tx, "transmission.received", arrival.id, now=at, transmission_id=arrival.id, partner=partner, data=came
    )
    return arrival, interchange, group


def _document(
    tx: Tx,
    partner: str,
    kind: tuple[str, str, str],
    number: int,
    at: datetime,
    *,
    bad: bool = False,
    dead: bool = False,
    held: bool = False,
    answered: bool = False,
) -> tuple[StoredDocument, Transmission]:
    document_type, set_type, prefix = kind
    head, text, tail = HEAD, ORDER.format(number=number), "GE*1*1~\nIEA*1*000000001~\n"
    arrival, interchange, group = _arrival(tx, partner, (head + text + tail).encode(), at)
    status = "rejected" if bad else "held" if held else "routed"
    document = documents.record(
        tx,
        keys=[("purchase_order", f"PO-{number}"), ("control_number", interchange.control_number)],
        transmission_id=arrival.id,
        interchange_id=interchange.id,
        group_id=group.id,
        set_ordinal=0,
        partner=partner,
        direction="inbound",
        type=document_type,
        set_type=set_type,
        number=f"{prefix}{number}",
        release="004010",
        set_control_number="0001",
        byte_offset=len(head),
        byte_length=len(text) - 1,
        segment_count=10,
        usage_indicator="P",
        verdict="rejected" if bad else "accepted",
        findings=[BAD_QUANTITY, ODD_NAME] if bad else [],
        changes=[]
        if bad
        else [{"pointer": "/lines/0/identifiers/0/value", "rule": "item crosswalk", "from": "88-1", "to": "BOLT-M8"}],
        status=status,
        reason="The partner was told to send the order again." if bad else "An item is unknown." if held else None,
        canonical=None if bad else CANONICAL.format(number=number),
        envelope={},
        profile_version=3,
        created_at=at + timedelta(seconds=1),
    )
    acknowledgments.record(
        tx,
        f"group:{group.id}",
        document_id=document.id,
        interchange_id=interchange.id,
        group_id=group.id,
        kind="997",
        verdict="rejected" if bad else "accepted",
        now=at + timedelta(seconds=2),
    )
    if status == "routed":
        for target in ("erp", "wms-north") if answered or dead else ("erp",):
            _delivery(tx, document, target, at, dead=dead and target == "erp")
    return document, arrival


def _delivery(tx: Tx, document: StoredDocument, target: str, at: datetime, *, dead: bool) -> None:
    row = deliveries.record(
        tx,
        document_id=document.id,
        partner=document.partner,
        target=target,
        idempotency_key=f"{document.id}:1:{target}",
        order_keys=[document.number],
        now=at + timedelta(seconds=3),
    )
    departure = transmissions.record(
        tx,
        direction="out",
        channel=target,
        partner=document.partner,
        order_scope=target,
        content_type="application/json",
        status="dead" if dead else "sent",
        now=at + timedelta(seconds=4),
        body=(document.canonical or "").encode(),
        target=target,
        idempotency_key=row.idempotency_key,
        file_name=f"{row.id}.json",
    )
    composed = deliveries.set_status(tx, row, "composed", now=at + timedelta(seconds=4), departure_id=departure.id)
    for number in range(3 if dead else 1):
        started = at + timedelta(seconds=5 + 60 * number)
        (departure,) = deliveries.open_attempts(tx, [departure], started)
        outcome, status, detail = ("delivered", "201 Created", '{"ok":true}')
        if dead:
            outcome, status = ("transient", "503 Service Unavailable") if number < 2 else ("permanent", "422")
            detail = f"unknown ship-to {HOSTILE}"
        deliveries.close_attempts(
            tx, [AttemptEnd(departure, departure.attempts, outcome, status, detail, started + timedelta(seconds=1))]
        )
    final = "dead" if dead else "delivered"
    reason = "The ERP refused it: 422 unknown ship-to" if dead else None
    deliveries.set_status(tx, composed, final, now=at + timedelta(minutes=3), reason=reason)


def _quarantined(tx: Tx, now: datetime) -> Transmission:
    unreadable = transmissions.record(
        tx,
        direction="in",
        channel="shared/van",
        partner=None,
        order_scope="van",
        content_type="application/octet-stream",
        status="quarantined",
        now=now - timedelta(minutes=30),
        body=b"PK\x03\x04\x14\x00\x08\x00" + bytes(range(256)),
        file_name=f"orders{HOSTILE}.zip",
    )
    return transmissions.fenced_update(
        tx,
        unreadable,
        reason="No partner owns the sender ZZ STRANGER",
        findings=[{"code": "UNKNOWN-SENDER", "severity": "error", "message": "Nobody here is called ZZ STRANGER."}],
    )
