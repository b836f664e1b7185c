"""How it stands with each target that the hub sends to: one row, made with the first thing worth noting."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.ids import new_id
from hub.store.schema.records import TargetState
from hub.store.schema.tables import target_states as table
from hub.store.store import Tx

ROWS = Rows(table, TargetState)

_GET = ROWS.select.where(table.c.target == bindparam("target"))


def unknown(target: str, now: datetime) -> TargetState:
    """Of a target that nothing has been noted of: all is well."""
    return TargetState(new_id("tg"), target, now)


def get(tx: Tx, target: str) -> TargetState | None:
    return ROWS.first(tx, _GET, {"target": target})


def hold(tx: Tx, target: str, now: datetime) -> TargetState:
    """The state, which nobody else changes until this transaction ends."""
    dialects.lock(tx, f"target:{target}")
    return get(tx, target) or unknown(target, now)


def all(tx: Tx) -> dict[str, TargetState]:
    """By target; one that nothing has been noted of is left out."""
    return {state.target: state for state in ROWS.all(tx, ROWS.select)}


def save(tx: Tx, state: TargetState) -> None:
    values = ROWS.values(state)
    statement = dialects.upsert(tx, table)
    changed = {name: statement.excluded[name] for name in values if name not in ("id", "target")}
    tx.execute(statement.on_conflict_do_update(index_elements=["target"], set_=changed), values)
