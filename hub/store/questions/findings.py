"""Which documents have a finding of a code. The codes of a document stand beside it, but of one that an older version
of the hub wrote: those few are in an index of their own and are looked through."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, Text, and_, or_, select

from hub.store.engine import dialects
from hub.store.questions import spans
from hub.store.schema.tables import document_findings as table
from hub.store.schema.tables import documents
from hub.store.store import Tx

UNLISTED = and_(documents.c.findings.cast(Text) != dialects.inline("[]"), documents.c.findings_listed.is_(None))
"""Written as ix_documents_unlisted has it."""


def few(tx: Tx, code: str) -> list[int] | None:
    """The numbers of all documents that have it, unless those are more than are worth a sort."""
    listed = select(table.c.document_seq).where(table.c.code == code).order_by(table.c.document_seq.desc())
    unlisted = select(documents.c.seq).where(UNLISTED, _says(code)).order_by(documents.c.seq.desc())
    if not spans.is_few(tx, listed):  # counted first: to fetch as many takes longer than the page
        return None
    found = [*tx.execute(listed).scalars(), *tx.execute(unlisted.limit(spans.FEW + 1)).scalars()]
    return found if len(found) <= spans.FEW else None


def has(code: str) -> ColumnElement[bool]:
    """Whether a document has it."""
    listed = select(table.c.code).where(table.c.code == code, table.c.document_seq == documents.c.seq)
    return or_(listed.exists(), and_(UNLISTED, _says(code)))


def newest(code: str, conditions: list[ColumnElement[bool]], before_seq: int | None, limit: int) -> list[Select[int]]:
    """The newest documents that have it and fit, each part read from an index in its order."""
    listed = select(table.c.document_seq).join(documents, documents.c.seq == table.c.document_seq)
    parts = (
        (listed.where(table.c.code == code), table.c.document_seq),
        (select(documents.c.seq).where(UNLISTED, _says(code)), documents.c.seq),
    )
    return [
        part.where(*conditions, *([] if before_seq is None else [seq < before_seq])).order_by(seq.desc()).limit(limit)
        for part, seq in parts
    ]


def _says(code: str) -> ColumnElement[bool]:
    told = dialects.to_json({"code": code})[1:-1]
    return documents.c.findings.cast(Text).contains(told, autoescape=True)
