"""What senders did and were told, as it happened: JSON lines, in the manner of Jepsen."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from tests.faults.harness.messages import Message


class Kind(StrEnum):
    INVOKE = "invoke"
    OK = "ok"  # the door has taken responsibility
    FAIL = "fail"  # the door has refused it plainly: nothing was taken
    UNKNOWN = "unknown"  # the connection broke: only the hub knows


@dataclass(frozen=True, slots=True)
class Op:
    kind: Kind
    door: str
    keys: tuple[str, ...]
    group: int
    sha256: str
    size: int
    at: float
    id: str = ""  # the transmission that the door named
    told: str = ""  # what it said


class History:
    """Kept in memory and in a file, so that a failed run can be read."""

    def __init__(self, path: Path) -> None:
        self.ops: list[Op] = []
        self._file = path.open("a", buffering=1)

    def note(self, kind: Kind, door: str, message: Message, id: str = "", told: str = "") -> None:
        op = Op(kind, door, message.keys, message.group, message.sha256, len(message.body), time.time(), id, told)
        self.ops.append(op)
        self._file.write(json.dumps(asdict(op)) + "\n")

    def close(self) -> None:
        self._file.close()
