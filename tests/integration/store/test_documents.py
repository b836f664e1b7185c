"""Documents: written one by one or in bulk, found by identity, origin, group and transmission."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from hub.store.engine.rows import ROWS_AT_ONCE
from hub.store.errors import StaleStatus
from hub.store.store import Store
from hub.store.traffic import documents
from tests.integration.store.rows_for_tests import NOW, document

WHOLE: dict[str, Any] = {
    "transmission_id": "tr_1", "interchange_id": "ic_1", "group_id": "gr_1", "set_ordinal": 3, "partner": "acme",
    "direction": "inbound", "type": "purchase_order", "set_type": "850", "number": "PO1", "release": "004010",
    "set_control_number": "0001", "byte_offset": 5_000_000_000, "byte_length": 900, "segment_count": 40,
    "usage_indicator": "P", "verdict": "accepted_with_errors", "faults": [[3, "PO1", "", None]],
    "findings": [{"code": "x", "value": "é\u2028\x00"}], "changes": [{"pointer": "/a", "from": "1", "to": "2"}],
    "status": "routed", "reason": "because", "canonical": '{"é":1}', "canonical_hash": "0" * 64,
    "provenance": '{"/a": "7:PO1[1]/PO102"}', "envelope": {"sender": "A"}, "identity_key": "acme|PO1",
    "profile_version": 4, "revision": 2, "created_at": NOW,
}  # fmt: skip


def test_every_column_comes_back(store: Store) -> None:
    with store.begin() as tx:
        one = documents.record(tx, keys=[("purchase_order", "PO1"), ("purchase_order", "PO1")], **WHOLE)
        made = [(documents.new(**WHOLE | {"number": f"PO{n}"}), [("invoice", f"I{n}")]) for n in range(300)]
        numbers = documents.record_many(tx, made)
        many = [document._replace(seq=seq) for (document, _), seq in zip(made, numbers, strict=True)]
    with store.read() as tx:
        assert documents.get(tx, one.id) == one
        assert documents.of_transmission(tx, "tr_1") == [one, *many]
        assert documents.keys_of(tx, one.seq) == [("purchase_order", "PO1")]
        assert documents.keys_of(tx, many[-1].seq) == [("invoice", "I299")]
    assert [d.seq for d in many] == list(range(many[0].seq, many[0].seq + 300))
    assert one.origin_id == one.id


@pytest.mark.parametrize("count", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 3 * ROWS_AT_ONCE])
def test_each_of_many_is_written_once_and_in_its_order_by_few_statements(store: Store, count: int) -> None:
    runs: list[str] = []

    def note(_c: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        runs.append(statement)

    made = [(documents.new(**WHOLE | {"number": f"PO{n}"}), ()) for n in range(count)]
    with store.begin() as tx:
        event.listen(tx, "before_cursor_execute", note)
        documents.record_many(tx, made)
        event.remove(tx, "before_cursor_execute", note)
        found = documents.of_transmission(tx, "tr_1")
    written = [statement for statement in runs if statement.startswith("INSERT INTO documents ")]
    assert [one.number for one in found] == [f"PO{n}" for n in range(count)]
    whole, rest = divmod(count, ROWS_AT_ONCE) if store.dialect == "sqlite" else (0, count)
    assert len(written) == whole + bool(rest)


def test_identities_are_looked_up_together_by_one_statement_however_many_there_are(store: Store) -> None:
    statements: set[str] = set()

    def note(_c: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        statements.add(statement)

    with store.begin() as tx:
        for number in range(0, 3_000, 3):
            document(tx, identity_key=f"acme|'{number}\"é", status="rejected" if number % 2 else "routed")
        event.listen(tx, "before_cursor_execute", note)
        for count in (0, 1, 7, 3_000):
            asked = [f"acme|'{number}\"é" for number in range(count)]
            assert documents.taken_identities(tx, asked) == set(asked[::3])
        event.remove(tx, "before_cursor_execute", note)
    assert len(statements) == 1


def test_a_misspelt_column_is_an_error(store: Store) -> None:
    with pytest.raises(TypeError, match="colour"), store.begin() as tx:
        document(tx, colour="red")


def test_a_replay_takes_the_place_of_the_one_it_replaces(store: Store) -> None:
    with store.begin() as tx:
        first = document(tx, group_id="gr_1", set_ordinal=0, set_type="850", set_control_number="1", identity_key="k")
        other = document(tx, group_id="gr_1", set_ordinal=1, set_type="850", set_control_number="2", verdict="rejected")
        documents.set_status(tx, first.id, "replaced")
        second = document(
            tx, origin_id=first.origin_id, replay_of=first.id, revision=2, group_id="gr_1", set_ordinal=0,
            set_type="850", set_control_number="1", identity_key="k",
        )  # fmt: skip
        found = documents.find_identity(tx, "k")
        assert found is not None
        assert found.id == second.id
        assert documents.find_identity(tx, "none") is None
        outcomes = [(o.set_control_number, o.status, o.verdict) for o in documents.of_group(tx, "gr_1")]
        assert outcomes == [("1", "routed", "accepted"), ("2", "routed", "rejected")]
        assert other.reason is None
        with pytest.raises(StaleStatus):
            documents.set_status(tx, "doc_none", "held")
