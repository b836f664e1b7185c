"""Canonical documents that come as a file, one or many: worked as those of any other form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from canonical.document import parse_document, to_json
from hub.operator.operations import replay
from hub.pipeline.batch import compose_batch
from hub.pipeline.chunks import CHUNK_SETS
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.questions import ledger
from hub.store.store import Store
from tests.builders import make_invoice, make_purchase_order
from tests.integration.stepping import SteppedHub, stepped_hub

PROFILE = """
partner: acme
name: Acme
role: supplier
usage_indicator: production
channels: [{name: files, kind: folder, codec: json, inbound: acme/in, outbound: acme/out}]
documents:
  - {type: invoice, direction: inbound, channel: files}
  - {type: purchase_order, direction: outbound, channel: files}
"""
GATHERING = PROFILE.replace(
    "outbound, channel: files", "outbound, channel: files, batch: {wait_seconds: 60, max_documents: 2}"
)


@contextmanager
def json_hub(store: Store, folder: Path, more: str = "") -> Iterator[SteppedHub]:
    with stepped_hub(store, folder, PROFILE + more) as hub:
        yield hub


def invoice(number: int, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(
        to_json(make_invoice(invoice_number=f"INV-{number:03}", purchase_order_number=f"PO-{number}"))
    )
    return made | changes


def listed(documents: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps(documents).encode()


def test_of_a_list_a_bad_document_is_told_and_holds_none_of_its_neighbours(store: Store, tmp_path: Path) -> None:
    with json_hub(store, tmp_path) as hub:
        body = listed([invoice(1), invoice(2, invoice_date="soon"), invoice(3)])
        taken = hub.take(body)
        assert (taken.status, taken.sets, taken.findings) == (ArrivalStatus.PROCESSED, 3, [])
        good, bad, also_good = hub.documents_of(taken)
        assert hub.got_by_erp() == ["INV-001", "INV-003"]
        assert (bad.status, bad.type, bad.set_ordinal) == (DocumentStatus.REJECTED, "unknown", 1)
        assert [f["locator"] for f in bad.findings] == ["/invoice_date"]
        assert bad.byte_offset is not None
        assert bad.byte_length is not None
        own = body[bad.byte_offset : bad.byte_offset + bad.byte_length]
        assert json.loads(own) == invoice(2, invoice_date="soon")
        again = hub.take(body)
        assert (again.status, again.duplicate_of) == (ArrivalStatus.DUPLICATE, taken.id)
        (once_more, _) = hub.documents_of(hub.take(listed([invoice(3), invoice(4)])))
        assert once_more.status == DocumentStatus.DUPLICATE
        assert hub.got_by_erp() == ["INV-001", "INV-003", "INV-004"]
        assert {good.status, also_good.status} == {DocumentStatus.ROUTED}
        with store.read() as tx:
            line = ledger.line_of(tx, taken.id)
        assert line is not None
        assert line.documents.in_words() == "3 = 2 accepted + 1 rejected"


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"[]", "It holds no document."), (b"", "It holds no document."), (listed([invoice(1)])[:-9], "no whole JSON")],
)
def test_a_file_without_a_document_that_could_be_told_is_refused_whole(
    store: Store, tmp_path: Path, body: bytes, why: str
) -> None:
    with json_hub(store, tmp_path) as hub:
        taken = hub.take(body)
        assert taken.status == ArrivalStatus.REJECTED
        assert why in (taken.reason or "")
        assert hub.documents_of(taken) == []
        assert [item.kind for item in hub.work_items()] == ["unreadable"]


def test_a_restart_goes_on_with_the_next_chunk_under_the_profile_of_then(store: Store, tmp_path: Path) -> None:
    count = CHUNK_SETS + 7
    with json_hub(store, tmp_path) as hub:
        arrived = hub.receive(listed([invoice(n) for n in range(count)]))
        taken = hub.killed_after_a_chunk(arrived, lambda: hub.apply(PROFILE.replace("name: Acme", "name: Acme of now")))
        assert (taken.status, taken.sets, taken.profile_version) == (ArrivalStatus.PROCESSED, count, 1)
        found = hub.documents_of(taken)
        assert [document.set_ordinal for document in found] == list(range(count))
        assert {document.profile_version for document in found} == {1}
        assert hub.got_by_erp() == [f"INV-{n:03}" for n in range(count)]


def test_one_document_of_a_list_is_replayed_by_itself(store: Store, tmp_path: Path) -> None:
    with json_hub(store, tmp_path, "checks: {invoice-total: hold}\n") as hub:
        taken = hub.take(listed([invoice(1), invoice(2, total_amount="1")]))
        _, held = hub.documents_of(taken)
        assert held.status == DocumentStatus.HELD
        replay(hub.services, [held.id], reason="agreed by telephone", actor="test")
        assert hub.got_by_erp() == ["INV-001", "INV-002"]
        assert [d.set_ordinal for d in hub.documents_of(taken)] == [0, 1, 1]


def test_documents_that_gather_leave_as_one_list_and_each_other_as_it_is(store: Store, tmp_path: Path) -> None:
    orders = [make_purchase_order(purchase_order_number=f"PO-{n}") for n in range(3)]
    with json_hub(store, tmp_path) as hub:
        hub.post(orders[0])
        (text,) = hub.leave()
        assert parse_document(text) == orders[0]
        hub.apply(GATHERING)
        for order in orders[1:]:
            hub.post(order)
        assert hub.compose() == []
        (batch,) = hub.batches()
        compose_batch(hub.services, batch)
        (text,) = hub.compose()
        assert [parse_document(one) for one in json.loads(text)] == orders[1:]
