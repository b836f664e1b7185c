"""Changes of single values in a YAML text that leave every other character of it as it is: comments, order, quotes and
indentation. Of a text that ``yaml_text.read_tree`` has found sound, whose root is a mapping.
"""

from __future__ import annotations

import json
import re
from copy import copy
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from partners.problem import Path

Value = str | int | bool | list[Any] | dict[str, Any]
"""What can be written. Text that could be taken for something else is quoted."""

_PLAIN = re.compile(r"[A-Za-z][\w./@()&'-]*( [\w./@()&'-]+)*", re.ASCII)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def with_value(text: str, path: Path, value: Value, order: tuple[str, ...] = ()) -> str:
    """The text with a value set, or added where there is none: a number behind a list's last adds to the list. A new
    field of the top level stands behind those that ``order`` names before it, any other behind the last."""
    node, depth = _nearest(text, path)
    if depth == len(path):
        return _replaced(text, node, value)
    key, rest = path[depth], path[depth + 1 :]
    for step in reversed(rest):
        value = [value] if isinstance(step, int) else {step: value}
    if isinstance(node, SequenceNode):
        return _appended(text, node, value)
    if isinstance(node, MappingNode):
        return _added(text, node, str(key), value, order if depth == 0 else ())
    return _replaced(text, node, {str(key): value} if isinstance(key, str) else [value])  # a field without a value


def without(text: str, path: Path) -> str:
    """The text without a value, and without what would be left empty around it; where there is none, as it is."""
    node, depth = _nearest(text, path[:-1])
    if depth < len(path) - 1 or not path:
        return text
    entries = _entries(node)
    names = [name for name, _, _ in entries]
    if path[-1] not in names:
        return text
    if len(entries) == 1 and len(path) > 1:
        return without(text, path[:-1])
    at = names.index(path[-1])
    return _cut(text, entries, at) if node.flow_style else _cut_lines(text, entries, at)


# ---- finding


def _compose(text: str) -> Any:
    root = YAML(typ="safe", pure=True).compose(text)
    _settle(text, root)
    return root


def _settle(text: str, node: Any) -> None:
    """Puts values where they stand: YAML has a field's missing value, and a text block's end, behind the comments and
    blank lines that follow."""
    for name, key, value in _entries(node):
        start, end = value.start_mark.index, value.end_mark.index
        if isinstance(name, str) and start == end:
            value.start_mark = value.end_mark = _moved(value.end_mark, text.index(":", key.end_mark.index) + 1)
        elif isinstance(value, ScalarNode) and value.style in ("|", ">"):
            value.end_mark = _moved(value.end_mark, start + len(text[start:end].rstrip()))
        _settle(text, value)


def _moved(mark: Any, index: int) -> Any:
    moved = copy(mark)
    moved.index = index
    return moved


def _nearest(text: str, path: Path) -> tuple[Any, int]:
    """The node at the path, or the nearest around it, and how many steps lead to it."""
    node = _compose(text)
    for depth, step in enumerate(path):
        inner = next((value for name, _, value in _entries(node) if name == step), None)
        if inner is None:
            return node, depth
        node = inner
    return node, len(path)


def _entries(node: Node) -> list[tuple[str | int, Node, Node]]:
    """Name, where it begins, and value of each entry of a collection; a list's are named by their number."""
    if isinstance(node, MappingNode):
        return [(key.value, key, value) for key, value in node.value]
    return [(index, item, item) for index, item in enumerate(node.value)] if isinstance(node, SequenceNode) else []


def _end(node: Any) -> int:
    """Where its last character ends; what YAML counts to it behind that are blank lines and comments."""
    if not isinstance(node, ScalarNode) and not node.flow_style and node.value:
        return _end(_entries(node)[-1][2])
    return int(node.end_mark.index)


def _next_line(text: str, end: int) -> int:
    """Where the line behind a value begins."""
    if end and text[end - 1] == "\n":
        return end
    found = text.find("\n", end)
    return len(text) if found < 0 else found + 1


# ---- writing


def _replaced(text: str, node: Any, value: Value) -> str:
    start, end = int(node.start_mark.index), _end(node)
    if isinstance(node, SequenceNode) and not node.flow_style and isinstance(value, list):
        between = "\n" + " " * int(node.start_mark.column)
        return text[:start] + between.join(f"- {_flow(one)}" for one in value) + text[end:]
    quoted = isinstance(node, ScalarNode) and node.style in ('"', "'") and isinstance(value, str)
    written = json.dumps(value, ensure_ascii=False) if quoted else _flow(value)
    is_block = not isinstance(node, ScalarNode) and not node.flow_style
    inward = "  " if is_block else ""  # a list may begin straight below its field
    return text[:start] + (" " if start == end else inward) + written + text[end:]


def _appended(text: str, node: Any, value: Value) -> str:
    if node.flow_style:
        return _put_last(text, node, _flow(value))
    return _put_line(text, _end(node), " " * node.start_mark.column + f"- {_flow(value)}")


def _added(text: str, node: Any, key: str, value: Value, order: tuple[str, ...]) -> str:
    if node.flow_style:
        return _put_last(text, node, f"{_flow(key)}: {_flow(value)}")
    entries = _entries(node)
    before = order[: order.index(key)] if key in order else ()
    behind = [entry for entry in entries if entry[0] in before] or entries
    indent = " " * entries[0][1].start_mark.column
    return _put_line(text, _end(behind[-1][2]), "\n".join(_block(key, value, indent)))


def _put_last(text: str, node: Any, written: str) -> str:
    at = _end(_entries(node)[-1][2]) if node.value else node.start_mark.index + 1
    return text[:at] + (", " if node.value else "") + written + text[at:]


def _put_line(text: str, end: int, line: str) -> str:
    at = _next_line(text, end)
    return text[:at] + ("" if text[:at].endswith("\n") else "\n") + line + "\n" + text[at:]


def _block(key: str, value: Value, indent: str) -> list[str]:
    """A field in lines of its own; what holds fields itself has a line for each."""
    head = f"{indent}{_flow(key)}:"
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [head, *(f"{indent}  - {_flow(one)}" for one in value)]
    if isinstance(value, dict) and any(isinstance(one, dict) for one in value.values()):
        return [head, *(line for name, one in value.items() for line in _block(name, one, indent + "  "))]
    return [f"{head} {_flow(value)}"]


def _flow(value: Value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(name)}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    if isinstance(value, bool | int):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


# ---- taking away


def _cut(text: str, entries: list[tuple[str | int, Any, Any]], at: int) -> str:
    """Out of braces or brackets, with its comma."""
    if at:
        return text[: _end(entries[at - 1][2])] + text[_end(entries[at][2]) :]
    following = entries[1][1].start_mark.index if len(entries) > 1 else _end(entries[0][2])
    return text[: entries[0][1].start_mark.index] + text[following:]


def _cut_lines(text: str, entries: list[tuple[str | int, Any, Any]], at: int) -> str:
    name, first, value = entries[at]
    start = first.start_mark.index
    if isinstance(name, int):
        start = text.rindex("-", 0, start + 1)
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip() and at + 1 < len(entries):  # a list's entry begins with it: the next one moves up
        return text[:start] + text[entries[at + 1][1].start_mark.index :]
    return text[:line] + text[_next_line(text, _end(value)) :]
