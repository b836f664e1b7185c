"""An upgrade with documents in flight: whatever an older version left under way goes on where it stood (R22)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert

from canonical.document import canonical_hash, to_json
from hub.node.arrivals import process_pending
from hub.services import utc_now
from hub.store import migration
from hub.store.engine import dialects
from hub.store.ids import new_id
from hub.store.schema.tables import metadata
from hub.store.store import Store
from hub.verify.checks import verify
from hub.verify.defect import Subject
from tests.builders import make_purchase_order
from tests.integration.stepping import stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OLDER = sorted(one.revision for one in ScriptDirectory.from_config(migration._config()).walk_revisions())[:-1]
ARRIVED = 5
LEAVING = new_id("tr")


def left_behind() -> list[tuple[str, dict[str, Any]]]:
    """Rows as the first version wrote them: arrivals not yet worked, one delivery composed, one still to be."""
    rows: list[tuple[str, dict[str, Any]]] = []
    for number in range(1, ARRIVED + 1):
        orders = group("PO", purchase_order(order=f"PO-{number}"), number=str(number))
        rows.append(("transmissions", arrival(new_id("tr"), Isa(f"{number:09}").around(orders))))
    leaving = arrival(LEAVING, b'{"document": "as composed"}', status="due", content_type="application/json")
    leaving |= {"direction": "out", "channel": "erp", "target": "erp", "due_at": NOW, "since": NOW}
    rows.append(("transmissions", leaving | {"file_name": "composed.json", "idempotency_key": "doc_1.1.erp"}))
    for number, status in (("1", "composed"), ("2", "pending")):
        posted = arrival(new_id("tr"), number.encode(), status="processed", content_type="application/json")
        document = make_purchase_order(purchase_order_number=f"OLD-{number}")
        rows += [("transmissions", posted), ("documents", outbound(f"doc_{number}", posted["id"], document))]
        delivery = {"id": f"dl_{number}", "document_id": f"doc_{number}", "partner": "acme", "target": "erp"}
        delivery |= {"idempotency_key": f"doc_{number}.1.erp", "status": status, "created_at": NOW}
        rows.append(("deliveries", delivery | {"departure_id": LEAVING if status == "composed" else None}))
    return rows


def arrival(id: str, body: bytes, **columns: Any) -> dict[str, Any]:
    plain = {"direction": "in", "channel": "acme/files", "partner": "acme", "order_scope": "acme", "transport_id": ""}
    plain |= {"file_name": "", "content_type": "application/edi-x12", "status": "received", "received_at": NOW}
    known = {"id": id, "sha256": sha256(body).hexdigest(), "size": len(body), "body": body, "next_chunk": 0}
    return {**plain, **known, "attempts": 0, "fence": 0, **columns}


def outbound(id: str, transmission_id: str, document: Any) -> dict[str, Any]:
    plain = {"id": id, "origin_id": id, "revision": 1, "transmission_id": transmission_id, "partner": "acme"}
    plain |= {"direction": "outbound", "type": "purchase_order", "usage_indicator": "P", "verdict": "accepted"}
    lists = {"faults": [], "findings": [], "changes": [], "envelope": {}}
    content = {"canonical": to_json(document), "canonical_hash": canonical_hash(document)}
    return {**plain, **lists, **content, "number": "", "status": "routed", "created_at": NOW}


@pytest.mark.parametrize("version", OLDER)
def test_what_an_older_version_left_in_flight_goes_on_after_the_upgrade(
    store_url: str, tmp_path: Path, version: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    engine = create_engine(dialects.database_url(store_url, data))
    with engine.begin() as tx:
        command.upgrade(migration._config(tx), version)
        for table, row in left_behind():
            tx.execute(insert(metadata.tables[table]), row)
    engine.dispose()
    store = Store(store_url, data)
    try:
        store.migrate()
        with stepped_hub(store, tmp_path) as hub:
            assert process_pending(hub.services, "test") == ARRIVED
            hub.compose()
            asyncio.run(hub.deliver_all())
            at_erp = sorted(path.name for path in hub.erp.iterdir())
            assert len(at_erp) == ARRIVED + 2
            assert "composed.json" in at_erp, "what was composed leaves as it was"
            assert len(list((hub.services.folder_root / "acme/out").iterdir())) == ARRIVED, "each order has its 997"
            assert hub.departures("due") == []
            subject = Subject(store.read, store.blobs, data, utc_now())
            assert [defect for _, defect in verify(subject)] == []
    finally:
        store.close()
