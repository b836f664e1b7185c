"""What a profile says of the files that we write: seen in what leaves, what is remembered, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hub.desk.desk import Desk
from hub.node.arrivals import process_pending
from hub.pipeline.compose import compose_due
from hub.principal import Principal
from hub.services import HubServices
from hub.store.schema.records import StoredDelivery
from hub.store.store import Store
from hub.store.traffic import deliveries, transmissions
from hub.store.trail import work_items
from tests.builders import make_invoice, make_party
from tests.scenarios.running import SAMPLES, configure, sample_profiles

CORNER = "corner-hardware"

Send = Callable[..., tuple[StoredDelivery, bytes]]


@pytest.fixture
def send(store: Store, tmp_path: Path) -> Iterator[Send]:
    """Posts an invoice under a profile whose ``x12`` has this text besides; its delivery and the bytes that left."""
    with ThreadPoolExecutor(1) as executor:
        services = HubServices(store=store, data_dir=tmp_path / "data", executor=executor)
        posts: list[str] = []

        def post(x12: str, changes: dict[str, Any], acknowledged: str = "on_request}") -> tuple[StoredDelivery, bytes]:
            texts = sample_profiles()
            assert "x12:\n" in texts[CORNER]
            texts[CORNER] = texts[CORNER].replace("x12:\n", f"x12:\n{x12}", 1).replace("on_request}", acknowledged, 1)
            configure(store, services, (SAMPLES / "hub.yaml").read_text(), texts)
            number = f"I-{len(posts)}"
            posts.append(number)
            order = f"PO-{number}"  # one of its own: a dead letter holds back what names the same order
            body = make_invoice(1, invoice_number=number, purchase_order_number=order, **changes).model_dump(
                mode="json"
            )
            submission = json.dumps({"partner": CORNER, "document": body}).encode()
            Desk(services, Principal("system", "erp")).accept_document(submission, number)
            process_pending(services, "test")
            while compose_due(services):
                pass
            with store.read() as tx:
                found = deliveries.ROWS.all(tx, deliveries.ROWS.select.order_by(deliveries.table.c.seq.desc()))
                delivery = next(d for d in found if d.target.startswith("channel:corner-hardware"))
                departure = transmissions.get(tx, delivery.departure_id) if delivery.departure_id else None
                return delivery, transmissions.body(store, departure) if departure else b""

        yield post


def test_the_profile_says_how_the_file_looks(send: Send) -> None:
    x12 = (
        '  separators: {element: "|", segment: "!"}\n  lines: {wrap: 80, end: crlf, final: false}\n'
        '  interchange_version: "00400"\n'
    )
    _, data = send(x12, {})
    lines = data.decode("ascii").split("\r\n")
    assert {len(line) for line in lines[:-1]} == {80}
    text = "".join(lines)
    assert text[3] == "|"
    assert text[105] == "!"
    assert text.endswith("!")
    assert "|U|00400|000000001|0|P|>!GS|IN|" in text


def test_what_a_rule_changed_is_remembered_of_the_delivery(send: Send) -> None:
    remit_to = [make_party(role="remit_to", name="Café *Nord*").model_dump(mode="json")]
    delivery, data = send("  transliterate: true\n  unwritable: replace\n  replacement: '-'\n", {"parties": remit_to})
    assert b"Cafe -Nord-" in data
    assert delivery.changes == [
        {"pointer": "N1[1]/N102", "rule": "X12-TRANSLITERATED", "from": "Café *Nord*", "to": "Cafe *Nord*"},
        {"pointer": "N1[1]/N102", "rule": "X12-CHARACTER-REPLACED", "from": "Cafe *Nord*", "to": "Cafe -Nord-"},
    ]


def test_what_is_refused_names_all_and_uses_no_number(send: Send, store: Store) -> None:
    odd = [make_party(role="remit_to", name="Café").model_dump(mode="json")]
    odd.append(make_party(role="ship_to", name="N" * 61).model_dump(mode="json"))
    refused, _ = send("", {"parties": odd})
    assert refused.status == "dead"
    assert "N1[1]/N102: 'Café' holds 'é', outside the agreed characters" in (refused.reason or "")
    assert "N1[2]/N102" in (refused.reason or "")
    with store.read() as tx:
        (item,) = [item for item in work_items.open_items(tx) if item.kind == "unfit"]
    assert "N1[1]/N102" in item.summary
    assert "N1[2]/N102" in item.summary
    _, data = send("", {})
    assert b"*000000001*" in data, "the number was not used up"


def test_a_ta1_is_asked_for_where_the_profile_says_so(send: Send) -> None:
    _, data = send("", {})
    assert data[:105].endswith(b"*0*P*>")
    _, data = send("", {}, "on_request, request: true}")
    assert data[:105].endswith(b"*1*P*>")
