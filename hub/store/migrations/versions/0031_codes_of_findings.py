"""Documents are searched by the codes of their findings, which stand in a table of their own."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
expands = True

STEP = 500

_documents = sa.table("documents", sa.column("seq"), sa.column("findings"), sa.column("findings_listed", sa.Boolean()))
_codes = sa.table("document_findings", sa.column("code"), sa.column("document_seq"))
_UNLISTED = "CAST(findings AS TEXT) <> '[]' AND findings_listed IS NULL"
_FOUND = (
    sa.select(_documents.c.seq, sa.cast(_documents.c.findings, sa.Text()))
    .where(sa.text(_UNLISTED), _documents.c.seq > sa.bindparam("after"))
    .order_by(_documents.c.seq)
    .limit(STEP)
)
_LISTED = (
    sa.update(_documents)
    .where(sa.text(_UNLISTED), _documents.c.seq > sa.bindparam("after"), _documents.c.seq <= sa.bindparam("last"))
    .values(findings_listed=True)
)


def upgrade() -> None:
    op.create_table(
        "document_findings",
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("document_seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.add_column("documents", sa.Column("findings_listed", sa.Boolean()))
    where = sa.text(_UNLISTED)
    op.create_index("ix_documents_unlisted", "documents", ["seq"], postgresql_where=where, sqlite_where=where)
    tx, after = op.get_bind(), 0
    while found := tx.execute(_FOUND, {"after": after}).all():
        codes = [(seq, code) for seq, told in found for code in {one["code"] for one in json.loads(told)}]
        tx.execute(sa.insert(_codes), [{"code": code, "document_seq": seq} for seq, code in codes])
        tx.execute(_LISTED, {"after": after, "last": found[-1][0]})
        after = found[-1][0]
