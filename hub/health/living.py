"""The nodes as people see them: which of them live, what each takes part in, and what nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.health.faults import Fault, Gravity, Where
from hub.roles import Role
from hub.store.coordination import nodes
from hub.store.store import Tx


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """One that gave signs of life within the last day. ``living``: the last of them is no older than a lease."""

    name: str
    roles: tuple[str, ...]
    version: str
    url: str
    started_at: datetime
    seen_at: datetime
    living: bool


def seen(tx: Tx, lease: timedelta, now: datetime) -> list[NodeSeen]:
    return [
        NodeSeen(
            row.name,
            tuple(row.roles.split(",")),
            row.version,
            row.url,
            row.started_at,
            row.seen_at,
            now - row.seen_at <= lease,
        )
        for row in nodes.all(tx)
    ]


def of_nodes(seen: Sequence[NodeSeen]) -> list[Fault]:
    """Nodes that ended without a word, and roles that no living node has."""
    silent = [node for node in seen if not node.living]
    living = [node for node in seen if node.living]
    faults = [_silent(node, alone=not living) for node in silent]
    if living:
        held = {role for node in living for role in node.roles}
        faults += [_nobody(role) for role in Role if role not in held]
    return faults


def _silent(node: NodeSeen, *, alone: bool) -> Fault:
    says = f"Node {node.name} gives no sign of life"
    if alone:
        return Fault(Where.HUB, "", Gravity.STOPPED, f"{says}, and there is no other.", node.seen_at, "Start it again.")
    says += ": others do its work."
    return Fault(Where.HUB, "", Gravity.LOOK, says, node.seen_at, "Start it again; in a day it is forgotten.")


def _nobody(role: Role) -> Fault:
    says = f"No node that runs has the role {role}: {_UNDONE[role]}"
    return Fault(Where.HUB, "", Gravity.STOPPED, says, None, f"Start one with --roles {role}.")


_UNDONE = {
    Role.INTAKE: "API, portal and mailboxes are closed.",
    Role.PIPELINE: "what arrives is not worked.",
    Role.DELIVER: "nothing leaves.",
    Role.TIMERS: "nothing is polled, and nothing that is due by the clock happens.",
}
