"""Documents and the keys that people search them by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, bindparam, func, or_, select, update

from hub.states import DocumentStatus
from hub.store.engine import dialects
from hub.store.engine.rows import Many, Rows
from hub.store.errors import StaleStatus
from hub.store.ids import new_id
from hub.store.schema.records import SetOutcomeRow, StoredDocument
from hub.store.schema.tables import document_findings, document_keys
from hub.store.schema.tables import documents as table
from hub.store.store import Tx

ROWS = Rows(table, StoredDocument)
BRIEF = Rows(table, StoredDocument, derived=frozenset({"canonical", "provenance", "faults", "changes"}))
"""For lists: without the parts that may be large, which are then empty."""

Keys = Iterable[tuple[str, str]]
"""(kind, value): a canonical NumberKind, or control_number."""

_KEYS_MANY = Many.inserts(document_keys, ("document_seq", "kind", "value"))
_FINDINGS_MANY = Many.inserts(document_findings, ("code", "document_seq"))
_OF_IDS = ROWS.select.where(dialects.among(table.c.id, "ids"))
_GET = ROWS.select.where(table.c.id == bindparam("id"))
_OF_TRANSMISSION = ROWS.select.where(table.c.transmission_id == bindparam("id")).order_by(
    table.c.set_ordinal, table.c.seq
)
_BRIEF_OF_TRANSMISSION = BRIEF.select.where(table.c.transmission_id == bindparam("id")).order_by(
    table.c.set_ordinal, table.c.seq
)
_OF_GROUP = (
    select(*(table.c[name] for name in SetOutcomeRow._fields))
    .where(table.c.group_id == bindparam("id"), table.c.status != DocumentStatus.REPLACED.value)
    .order_by(table.c.set_ordinal, table.c.seq)
)
_HISTORY_OF_GROUP = (
    select(table.c.created_at, *(table.c[name] for name in SetOutcomeRow._fields))
    .where(table.c.group_id == bindparam("id"))
    .order_by(table.c.set_ordinal, table.c.seq)
)
NOT_ROUTED = table.c.status != dialects.inline(DocumentStatus.ROUTED.value)
"""Written as ix_documents_status has it."""


def of_origin(origin: ColumnElement[Any]) -> ColumnElement[bool]:
    """A document and what replays made of it. The line's first is its own origin, and in no index for that."""
    return or_(table.c.id == origin, and_(table.c.origin_id == origin, table.c.origin_id != table.c.id))


TAKEN = (DocumentStatus.ROUTED, DocumentStatus.HELD, DocumentStatus.UNROUTED)
_IDENTITY = (
    ROWS.select.where(table.c.identity_key == bindparam("identity_key"), table.c.status.in_([s.value for s in TAKEN]))
    .order_by(table.c.seq)
    .limit(1)
)
_COUNT_REPLACED = select(func.count()).where(
    dialects.among(table.c.id, "ids"), table.c.status == DocumentStatus.REPLACED.value
)
_PAGE = ROWS.select.where(table.c.seq > bindparam("after")).order_by(table.c.seq).limit(bindparam("count"))
_IDENTITIES = select(table.c.identity_key).where(dialects.among(table.c.identity_key, "identity_keys"))
_KEYS = select(document_keys.c.kind, document_keys.c.value).where(document_keys.c.document_seq == bindparam("seq"))


def new(**columns: Any) -> StoredDocument:
    """A document not yet written, for ``record_many``. Columns as in StoredDocument without ``id`` and ``seq``;
    ``origin_id`` is its own id unless given. Raises TypeError for an unknown or missing column."""
    columns.setdefault("id", new_id("doc"))
    columns.setdefault("origin_id", columns["id"])
    if columns.get("findings"):
        columns["findings_listed"] = True
    return StoredDocument(**columns)


def record(tx: Tx, *, keys: Keys = (), **columns: Any) -> StoredDocument:
    """Writes one document (columns as in ``new``) with its search keys."""
    document = ROWS.add(tx, new(**columns))
    add_keys(tx, [(document.seq, keys)])
    _list_findings(tx, [document], [document.seq])
    return document


def record_many(tx: Tx, documents: Sequence[tuple[StoredDocument, Keys]]) -> Sequence[int]:
    """Writes many documents made by ``new`` with their search keys, in few statements; returns their ``seq``."""
    numbers = ROWS.number_many(tx, [document for document, _ in documents])
    numbered = zip(documents, numbers, strict=True)
    _KEYS_MANY.write(tx, ((number, *key) for (_, keys), number in numbered for key in sorted(set(keys))))
    _list_findings(tx, (document for document, _ in documents), numbers)
    return numbers


def _list_findings(tx: Tx, documents: Iterable[StoredDocument], numbers: Sequence[int]) -> None:
    """Their codes, by which they are searched."""
    found = ((document.findings, number) for document, number in zip(documents, numbers, strict=True))
    _FINDINGS_MANY.write(
        tx,
        (
            (code, number)
            for findings, number in found
            if findings
            for code in sorted({one["code"] for one in findings})
        ),
    )


def add_keys(tx: Tx, documents: Iterable[tuple[int, Keys]]) -> None:
    """Adds search keys to written documents, named by their ``seq``; those they have stay."""
    if values := [value for seq, keys in documents for value in _key_values(seq, keys)]:
        tx.execute(_add_keys(tx.dialect.name), values)


@cache
def _add_keys(dialect: str) -> Executable:
    return dialects.upsert_of(dialect, document_keys).on_conflict_do_nothing()


def _key_values(document_seq: int, keys: Keys) -> list[dict[str, Any]]:
    return [{"document_seq": document_seq, "kind": kind, "value": value} for kind, value in sorted(set(keys))]


def get(tx: Tx, document_id: str) -> StoredDocument | None:
    return ROWS.first(tx, _GET, {"id": document_id})


def of_ids(tx: Tx, ids: Iterable[str]) -> dict[str, StoredDocument]:
    """Those that exist, by their ids."""
    return {document.id: document for document in ROWS.all(tx, _OF_IDS, {"ids": sorted(ids)})}


def keys_of(tx: Tx, document_seq: int) -> list[tuple[str, str]]:
    return [(kind, value) for kind, value in tx.execute(_KEYS, {"seq": document_seq})]


def of_transmission(tx: Tx, transmission_id: str) -> list[StoredDocument]:
    """In the order of the sets."""
    return ROWS.all(tx, _OF_TRANSMISSION, {"id": transmission_id})


def brief_of_transmission(tx: Tx, transmission_id: str) -> list[StoredDocument]:
    """The same without the parts that may be large: a file may hold very many documents."""
    return BRIEF.all(tx, _BRIEF_OF_TRANSMISSION, {"id": transmission_id})


def of_group(tx: Tx, group_id: str) -> list[SetOutcomeRow]:
    """What the group's acknowledgment needs, in the order of the sets; what a replay replaced is left out."""
    return [SetOutcomeRow(*row) for row in tx.execute(_OF_GROUP, {"id": group_id})]


def history_of_group(tx: Tx, group_id: str) -> list[tuple[datetime, SetOutcomeRow]]:
    """The same of every row that there ever was, with its instant; of one set the oldest first."""
    return [(instant, SetOutcomeRow(*row)) for instant, *row in tx.execute(_HISTORY_OF_GROUP, {"id": group_id})]


def set_outcome(document: StoredDocument) -> SetOutcomeRow:
    """Of a document what ``of_group`` tells."""
    return SetOutcomeRow._make(_SET_OUTCOME(document))


_SET_OUTCOME = attrgetter(*SetOutcomeRow._fields)


def taken_identities(tx: Tx, identity_keys: Sequence[str]) -> frozenset[str]:
    """Those that ``find_identity`` may find a document of: there is one, taken or not. Its status is not asked for:
    SQLite would rather read all that were taken than look for each of these."""
    return frozenset(tx.execute(_IDENTITIES, {"identity_keys": list(identity_keys)}).scalars())


def find_identity(tx: Tx, identity_key: str) -> StoredDocument | None:
    """The first document with this identity that was taken: what was refused may be sent again under its number."""
    return ROWS.first(tx, _IDENTITY, {"identity_key": identity_key})


def all_replaced(tx: Tx, ids: Sequence[str]) -> bool:
    """Whether each of these is a document that a replay has replaced."""
    return int(tx.execute(_COUNT_REPLACED, {"ids": list(ids)}).scalar_one()) == len(set(ids))


def page(tx: Tx, after_seq: int, limit: int = 100) -> list[StoredDocument]:
    """All there are, oldest first, from behind ``after_seq`` on."""
    return ROWS.all(tx, _PAGE, {"after": after_seq, "count": limit})


def set_status(tx: Tx, document_id: str, status: str, reason: str | None = None) -> None:
    """Raises StaleStatus when there is no such document."""
    statement = update(table).where(table.c.id == bindparam("held_id"))
    values = {"held_id": document_id, "status": status, "reason": reason}
    if tx.execute(statement, values).rowcount == 0:
        raise StaleStatus(f"there is no document {document_id}")
