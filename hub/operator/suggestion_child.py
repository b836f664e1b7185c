"""``python -m hub.operator.suggestion_child MEMORY LEVEL``: a child process that suggests mappings. Files from outside
come to it; only an answer comes out of it, as JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from mmap import mmap

from pydantic import TypeAdapter

from canonical.finding import Finding
from channels.files.records import Unreadable
from channels.files.suggesting import Known, Suggestion
from hub.compute.child import keep
from hub.compute.port import Task
from hub.observe import logs
from partners.suggestions import suggestion_for


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked: a mapping for documents of a type, in the file that is the only body."""

    document: str
    known: Known
    day_first: bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The suggestion, or why there can be none."""

    suggestion: Suggestion | None = None
    refused: Finding | None = None


WANTED = TypeAdapter(Wanted)
ANSWER = TypeAdapter(Answer)


def _suggest(item: bytes, bodies: Sequence[bytes | mmap], facts: Mapping[str, str]) -> bytes:
    wanted = WANTED.validate_json(item)
    try:
        found = suggestion_for(bodies[0], wanted.document, wanted.known, day_first=wanted.day_first)
    except Unreadable as error:
        return ANSWER.dump_json(Answer(refused=error.finding))
    return ANSWER.dump_json(Answer(found))


TASKS: dict[str, Task] = {"suggest": _suggest}

if __name__ == "__main__":
    logs.configure(level=sys.argv[2])
    keep(TASKS, int(sys.argv[1]))
