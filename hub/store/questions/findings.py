"""Which documents have a finding of a code. The codes of a document stand beside it, but of one that an older version
of the hub wrote: those few are in an index of their own and are looked through."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, Text, and_, or_, select, union_all

from hub.store.engine import dialects
from hub.store.questions.spans import Way
from hub.store.schema.tables import document_findings as table
from hub.store.schema.tables import documents

UNLISTED = and_(documents.c.findings.cast(Text) != dialects.inline("[]"), documents.c.findings_listed.is_(None))
"""Written as ix_documents_unlisted has it."""


def way(code: str) -> Way:
    """A document has the finding."""
    listed = select(table.c.document_seq).where(table.c.code == code)
    either = union_all(listed, select(documents.c.seq).where(UNLISTED, _says(code)))
    stands = listed.where(table.c.document_seq == documents.c.seq).exists()
    return Way(
        documents.c.seq.in_(either),
        or_(stands, and_(UNLISTED, _says(code))),
        listed.order_by(table.c.document_seq.desc()),
    )


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
