"""The log: one line an event, JSON for programs and coloured text on a terminal.

Whatever a partner or a target wrote is hostile and private. Control characters are escaped and values cut, so that an
event is a line; fields that may hold payload, people's data or secrets are withheld by their names; of an exception
the kind and the place are told, its own words, which may quote a document, only at level debug.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import IO, Any

import structlog
from structlog.contextvars import get_contextvars
from structlog.typing import EventDict

from hub.store.ids import trace_id

WITHHELD = frozenset(
    {
        # payload, and the words of people and of other systems
        *("answer", "body", "canonical", "content", "detail", "payload", "reason", "response", "summary", "value"),
        *("address", "contact", "email", "name", "phone"),
        # secrets
        *("authorization", "cookie", "csrf", "idempotency_key", "key", "password", "secret", "session", "token"),
    }
)
"""Fields whose value is never logged; the store has it, and ``hub show`` tells it to who may see it."""

TEXT_LIMIT = 500
"""Characters of one value."""
ENTRIES = 20
"""Of a list or an object; the rest is counted."""
FRAMES = 12
"""Places of an exception, the innermost."""

_OF_EVERY_RECORD = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"})

_INTEGER_LIMIT = 1 << 64
"""Python itself refuses to write integers of more than 4,300 digits."""


def configure(
    stream: IO[str] | None = None, *, level: str = "info", text: bool | None = None, traced: bool = False
) -> None:
    """Sets the process's logging up. ``text``: for people; by default when ``stream`` (stderr) is a terminal.
    ``traced``: what is told of a transmission names its trace too."""
    target = stream or sys.stderr
    for_people = target.isatty() if text is None else text
    render: Any = structlog.dev.ConsoleRenderer(colors=target.isatty(), pad_event_to=26) if for_people else _as_json
    handler = logging.StreamHandler(target)
    handler.setFormatter(_Formatter(render, words=level == "debug", traced=traced))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # asked for each record, never shown
    for chatty in ("asyncio", "alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _Formatter(logging.Formatter):
    """A record with what its caller added and what the work at hand is about, as one line."""

    def __init__(self, render: Callable[[object, str, EventDict], str], *, words: bool, traced: bool = False) -> None:
        super().__init__()
        self._render = render
        self._words = words
        self._traced = traced

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
            "event": _message(record),
            "logger": record.name,
        }
        event |= get_contextvars()
        event |= {name: value for name, value in record.__dict__.items() if name not in _OF_EVERY_RECORD}
        if self._traced and str(event.get("transmission", "")).startswith("tr_"):
            event["trace_id"] = f"{trace_id(event['transmission']):032x}"
        if record.exc_info:
            event |= _placed(record.exc_info[1], self._words)
        return self._render(None, "", {name: _value(name, value) for name, value in event.items()})


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a mistake of ours in a line must not cost the line
        return f"{record.msg} [with arguments that do not fit]"


def unhandled(_loop: object, context: dict[str, Any]) -> None:
    """What asyncio hands over when nobody awaits a failure; its own message would print the exception."""
    error = context.get("exception")
    logging.getLogger("hub").error("a task failed unseen: %s", context.get("message", ""), exc_info=error)


def _value(name: str, value: Any, depth: int = 0) -> Any:
    if name.lower().replace("-", "_") in WITHHELD:
        return "[withheld]" if value not in (None, "") else value
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < _INTEGER_LIMIT else f"[an integer of {value.bit_length()} bits]"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if depth < 2 and isinstance(value, Mapping):
        shown = {_text(str(k)): _value(str(k), v, depth + 1) for k, v in list(value.items())[:ENTRIES]}
        return shown | ({"…": len(value) - ENTRIES} if len(value) > ENTRIES else {})
    if depth < 2 and isinstance(value, list | tuple | set | frozenset):
        shown_list = [_value("", entry, depth + 1) for entry in list(value)[:ENTRIES]]
        return shown_list + ([f"… {len(value) - ENTRIES} more"] if len(value) > ENTRIES else [])
    return f"[{type(value).__name__}]" if depth >= 2 else _text(str(value))


def _text(value: str) -> str:
    if len(value) > TEXT_LIMIT:
        value = f"{value[:TEXT_LIMIT]}… ({len(value)} characters)"
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in value)


def _placed(error: BaseException | None, words: bool) -> EventDict:
    """An exception as its kind and the places it came through, innermost last."""
    if error is None:
        return {}
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told: EventDict = {
        "error": type(error).__name__,
        "places": [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno}" for frame in frames],
    }
    if error.__cause__ is not None:
        told["cause"] = type(error.__cause__).__name__
    if words or isinstance(error, OSError):
        told["error_text"] = str(error)
    return told


def _as_json(_logger: object, _method: str, event: EventDict) -> str:
    return json.dumps(event, ensure_ascii=True, separators=(",", ":"), default=str)
