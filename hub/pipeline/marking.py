"""Marking: a table with its problems written into it, made where what strangers sent may be read."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from contextlib import closing
from mmap import mmap

from pydantic import TypeAdapter

from canonical.finding import Finding
from channels.errors import PayloadError
from channels.files.marked import Mark, marked
from hub.compute.port import ChildDied, Computing, InProcess, Item, Task, TaskFailed
from hub.errors import OperationRefused

_MARKS = TypeAdapter(tuple[Mark, ...])
_MARKED: TypeAdapter[tuple[str, str] | None] = TypeAdapter(tuple[str, str] | None)


def marked_now(computing: Computing | None, body: bytes, findings: Sequence[Finding]) -> tuple[bytes, str] | None:
    """As ``channels.files.marked.marked``. Raises OperationRefused for bytes over which a child process fails."""
    marks = tuple(Mark(one.locator, f"{one.message} {one.fix or ''}".strip()) for one in findings if one.locator)
    item = Item(_MARKS.dump_json(marks), len(body))
    asking = (computing or _IN_PROCESS).ask("mark", [item], [body], {}, lambda: None)
    if asking is None:
        raise OperationRefused("The hub is busy. Try again in a moment.")
    try:
        with closing(asking):
            (answer,) = asking
    except (ChildDied, TaskFailed) as fault:
        raise OperationRefused(f"The hub failed at marking this file: {fault}.") from fault
    made = _MARKED.validate_json(answer)
    return (b64decode(made[0]), made[1]) if made is not None else None


def _mark(text: bytes, bodies: Sequence[bytes | mmap], facts: Mapping[str, str]) -> bytes:
    try:
        made = marked(bytes(bodies[0]), _MARKS.validate_json(text))
    except PayloadError:
        made = None
    return _MARKED.dump_json((b64encode(made[0]).decode(), made[1]) if made is not None else None)


TASKS: dict[str, Task] = {"mark": _mark}

_IN_PROCESS = InProcess(TASKS)
