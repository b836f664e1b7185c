"""JSON: bytes → values, and where a mapping's places are in them. Numbers keep their digits, names stand once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from canonical.finding import Finding, Severity
from channels.expression import find, is_plain
from channels.files.building.sources import Fetch, Record, first_filled
from channels.files.form import Body, FileForm, byte_order_mark, detect_encoding
from channels.files.model.formats import JsonFormat, Styles
from channels.files.model.rules import Selection
from channels.files.model.styles import NumberText
from channels.files.records import UNKNOWN, Arrival, unreadable
from channels.files.trees.tree import Tree

SIZE_LIMIT = 40_000_000
"""Bytes of one file: its values take several times as much memory."""


MARKS_LIMIT = 1_500_000
"""Of commas in one file: the smallest values take the most memory for their bytes."""


@dataclass(frozen=True, slots=True)
class Located:
    """A value and its JSON pointer; where an expression made the value, that of what it was asked of."""

    value: Any
    pointer: str


def parsed(body: Body) -> Any:
    """The value. Raises Unreadable for what is no JSON, has a name twice in one object, or no finite number."""
    if len(body) > SIZE_LIMIT:
        raise unreadable(
            "FILE-TOO-LARGE", f"The file is larger than {SIZE_LIMIT // 1_000_000} MB", fix="Send it in parts."
        )
    content = bytes(body)
    if content.count(b",") > MARKS_LIMIT:
        raise unreadable("FILE-TOO-LARGE", f"The file has more than {MARKS_LIMIT} values", fix="Send it in parts.")
    mark, _ = byte_order_mark(body)
    encoding = detect_encoding(body)
    try:
        text = content[mark:].decode("utf-8" if encoding == "cp1252" else encoding)
        return json.loads(
            text,
            parse_float=NumberText,
            parse_int=NumberText,
            parse_constant=_no_number,
            object_pairs_hook=_each_name_once,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise unreadable("FILE-UNREADABLE", f"This is no JSON: {error.msg}", place) from error
    except UnicodeDecodeError as error:
        raise unreadable("FILE-ENCODING", "The file is no UTF-8 text", fix="Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise unreadable("FILE-UNREADABLE", f"This JSON is not taken: {reason}") from error


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        again = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'"{again[:80]}" stands twice in one object')
    return made


def open_tree(body: Body) -> Tree:
    """A JSON file, parsed. Raises Unreadable."""
    value = parsed(body)
    what = "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a single value"

    def instead(records: str) -> Finding:
        message = f"There is nothing at {records}: the file holds {what}"
        return Finding(code="FILE-EMPTY", severity=Severity.ERROR, message=message)

    return Tree(FileForm("json", "JSON", encoding="utf-8", root=what), Located(value, ""), instead)


class JsonSource:
    """JSON values as ``objects`` reads them."""

    records_are_things = True
    marks_texts = True

    def __init__(self, format: JsonFormat, arrival: Arrival = UNKNOWN) -> None:
        self.arrival = arrival
        self.styles: Styles = format
        self.style: str | None = "point" if format.decimals is None else None

    def fetch(self, selection: Selection) -> Fetch | None:
        return first_filled([_fetch(expression) for expression in selection.expressions])

    def place(self, record: Record, selection: Selection) -> str:
        expression = next(iter(selection.expressions), "")
        if is_plain(expression):
            return f"{record.pointer}/{expression.replace('.', '/')}"
        return f"{record.pointer or '/'} {expression}".strip()

    def below(self, expression: str) -> Callable[[Record], Sequence[Record]]:
        return lambda record: records_in(record, expression)

    def walking(self) -> AbstractContextManager[None]:
        return nullcontext()

    def lead(self, records: Sequence[Record]) -> Record:
        return records[0]


def records_in(around: Record, expression: str) -> list[Record]:
    """What the expression finds, each of a list by itself; ``[]`` at the end may be left out, ``@`` is the value."""
    value = _found(expression, around.value)
    plain = expression.removesuffix("[]")
    pointer = around.pointer
    if is_plain(plain):
        pointer = f"{around.pointer}/{plain.replace('.', '/')}"
    if isinstance(value, list):
        return [Located(entry, f"{pointer}/{index}") for index, entry in enumerate(value)]
    return [] if value is None else [Located(value, pointer)]


def _fetch(expression: str) -> Fetch:
    if not is_plain(expression):
        return lambda record: _text(_found(expression, record.value))
    names = expression.split(".")

    def fetch(record: Record) -> str:
        value = record.value
        for name in names:
            if not isinstance(value, dict):
                return ""
            value = value.get(name)
        return _text(value)

    return fetch


def _found(expression: str, value: Any) -> Any:
    try:
        return find(expression, value)
    except ValueError:
        return None


def _text(value: Any) -> str:
    if type(value) is NumberText:
        return value
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return ""
