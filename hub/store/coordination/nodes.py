"""The nodes that work on this store, each with its last sign of life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, text

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.schema.tables import nodes as table
from hub.store.store import Tx


@dataclass(frozen=True, slots=True)
class NodeRow:
    """``roles`` is a list with commas, ``schema`` the newest revision that the node's code knows, ``url`` where its
    pages are."""

    name: str
    roles: str
    version: str
    schema: str
    url: str
    started_at: datetime
    seen_at: datetime


ROWS = Rows(table, NodeRow)

_ALL = ROWS.select.order_by(table.c.name)


def sign(tx: Tx, node: NodeRow) -> None:
    """Writes a node's sign of life."""
    values = ROWS.values(node)
    statement = dialects.upsert(tx, table)
    changed = {name: statement.excluded[name] for name in values if name != "name"}
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed), values)


def all(tx: Tx) -> list[NodeRow]:
    """Also those that have been silent, until somebody forgets them."""
    return ROWS.all(tx, _ALL)


def leave(tx: Tx, name: str) -> None:
    """A node has stopped as it should."""
    tx.execute(delete(table).where(table.c.name == bindparam("held")), {"held": name})


_FREE = text(
    "SELECT pg_terminate_backend(pid) "
    "FROM pg_stat_activity, current_setting('idle_in_transaction_session_timeout') AS longest "
    "WHERE datname = current_database() AND usename = current_user AND application_name ~ '^supplier-hub(:|$)' "
    "AND (state = 'idle in transaction' OR state = 'active' AND wait_event = 'ClientRead') AND backend_xid IS NOT NULL "
    "AND longest <> '0' AND state_change < clock_timestamp() - longest::interval"
)


def free_locks(tx: Tx) -> None:
    """Frees what nodes have locked that stand still in the middle of a transaction, where the server overlooks it: its
    ``idle_in_transaction_session_timeout`` does not run between the messages of a statement of many rows, nor after the
    Flush with which psycopg may end it. SQLite has one node."""
    if tx.dialect.name == "postgresql":
        tx.execute(_FREE)


def forget(tx: Tx, before: datetime) -> None:
    """Removes the rows of nodes that have been silent since an instant."""
    tx.execute(delete(table).where(table.c.seen_at < bindparam("before")), {"before": before})
