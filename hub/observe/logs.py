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
from collections.abc import Mapping
from typing import IO, Any

import structlog
from structlog.typing import EventDict

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

_INTEGER_LIMIT = 1 << 64
"""Python itself refuses to write integers of more than 4,300 digits."""


def configure(stream: IO[str] | None = None, *, level: str = "info", text: bool | None = None) -> None:
    """Sets the process's logging up. ``text``: for people; by default when ``stream`` (stderr) is a terminal."""
    target = stream or sys.stderr
    for_people = target.isatty() if text is None else text
    render: Any = structlog.dev.ConsoleRenderer(colors=target.isatty(), pad_event_to=26) if for_people else _as_json
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.contextvars.merge_contextvars],
            processors=[_frame, _told if level == "debug" else _placed, clean, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for chatty in ("asyncio", "alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def unhandled(_loop: object, context: dict[str, Any]) -> None:
    """What asyncio hands over when nobody awaits a failure; its own message would print the exception."""
    error = context.get("exception")
    logging.getLogger("hub").error("a task failed unseen: %s", context.get("message", ""), exc_info=error)


def clean(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Every value safe to write: withheld, escaped, cut, and never more than one line."""
    return {name: _value(name, value) for name, value in event.items()}


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


def _frame(_logger: object, _method: str, event: EventDict) -> EventDict:
    """When, how grave and what first; the record's own attributes are not for readers."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog", None)
    at = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")(None, "", {})["at"]
    text = event.pop("event")
    return {"at": at, "level": record.levelname.lower(), "event": text, "logger": record.name, **event} | (
        {"exc_info": record.exc_info} if record.exc_info else {}
    )


def _placed(logger: object, method: str, event: EventDict, *, words: bool = False) -> EventDict:
    """An exception as its kind and the places it came through, innermost last."""
    raised = event.pop("exc_info", None)
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        event["error"] = type(error).__name__
        event["places"] = [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno}" for frame in frames]
        if isinstance(error.__cause__, BaseException):
            event["cause"] = type(error.__cause__).__name__
        if words or isinstance(error, OSError):
            event["error_text"] = str(error)
    return event


def _told(logger: object, method: str, event: EventDict) -> EventDict:
    return _placed(logger, method, event, words=True)


def _as_json(_logger: object, _method: str, event: EventDict) -> str:
    return json.dumps(event, ensure_ascii=True, separators=(",", ":"), default=str)
