"""What a hub held before findings and numbers had indexes of their own is found by them after the upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import create_engine, insert, text

from canonical.document import to_json
from hub.store import migration
from hub.store.engine import dialects
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter
from hub.store.schema.tables import metadata
from hub.store.store import Store
from hub.store.traffic import interchanges
from tests.builders import make_purchase_order
from tests.integration.store.test_upgrade import outbound

BEFORE = "0028"
HELD = 1100
"""More than the upgrade takes at once."""

HOSTILE = {"code": "ODD", "value": "\x00\ud800"}


def held() -> list[tuple[str, list[dict[str, Any]]]]:
    plain = outbound("", "tr_1", make_purchase_order()) | {"canonical": to_json(make_purchase_order())}
    late = [{"code": "LATE"}, {"code": "LATE"}]
    documents = [
        plain | {"id": f"doc_{n}", "origin_id": f"doc_{n}", "number": str(n), "findings": late if n % 2 else []}
        for n in range(HELD)
    ]
    documents[4]["findings"] = [HOSTILE]
    around = {"transmission_id": "tr_1", "sender_qualifier": "ZZ", "receiver_qualifier": "ZZ", "receiver_id": "US"}
    around |= {"control_number": "1", "sha256": "", "date": "", "time": "", "version": "", "usage_indicator": "P"}
    around |= {"note_code": "000", "verdict": "accepted", "findings": []}
    known = around | {"id": "ic_1", "position": 0, "partner": "acme", "sender_id": "ACME"}
    unknown = around | {"id": "ic_2", "position": 1, "partner": None, "sender_id": "ELSE"}
    group = {"functional_identifier": "PO", "control_number": "7", "release": "", "set_count": 1, "errors": []}
    groups = [group | {"id": f"gr_{n}", "interchange_id": f"ic_{n}", "position": 0} for n in (1, 2)]
    return [("documents", documents), ("interchanges", [known, unknown]), ("groups", groups)]


def test_what_was_held_is_found_by_its_findings_and_numbers(store_url: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    engine = create_engine(dialects.database_url(store_url, data), json_serializer=dialects.to_json)
    with engine.begin() as tx:
        command.upgrade(migration._config(tx), BEFORE)
        for table, rows in held():
            tx.execute(insert(metadata.tables[table]), rows)
    engine.dispose()
    store = Store(store_url, data)
    try:
        store.migrate()
        with store.read() as tx:
            late = search.documents(tx, DocumentFilter(finding="LATE", limit=HELD))
            assert [int(one.number) for one in late] == [n for n in reversed(range(HELD)) if n % 2]
            assert [one.number for one in search.documents(tx, DocumentFilter(finding="ODD"))] == ["4"]
            assert tx.execute(text("SELECT count(*) FROM document_findings")).scalar() == HELD // 2 + 1
            listed = tx.execute(text("SELECT count(*) FROM documents WHERE findings_listed")).scalar()
            assert listed == HELD // 2 + 1
            assert interchanges.find_group(tx, "acme", "ACME", "PO", "7") == "tr_1"
            assert [one.partner for one in interchanges.groups_of(tx, "tr_1")] == ["acme", ""]
    finally:
        store.close()
