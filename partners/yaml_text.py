"""YAML as configuration needs it: every scalar is text until a model gives it a type, every value knows its line.

Text, because YAML's own guesses lose data: ``id: 0012345`` would become a number without its zeros. Anchors, aliases,
tags and directives are refused, so what a file says is what stands in it and reading takes time in proportion to its
size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from partners.problem import Path, Problem

SIZE_LIMIT = 1_000_000
"""Bytes of one file; profiles are a few thousand."""

DEPTH_LIMIT = 20
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass
class Tree:
    """What a file holds: ``value`` of dicts, lists, str and None; ``lines`` maps each value's path to its line.
    ``complete`` is False when reading had to stop."""

    source: str
    value: Any = None
    complete: bool = False
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of the value at the path, or of the nearest one around it that the file holds."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1)

    def report(self, path: Path, message: str, *, fix: str | None = None, line: int | None = None) -> None:
        self.problems.append(Problem(self.source, line or self.line_of(path), path, message, fix))


def read_tree(content: bytes | str, source: str) -> Tree:
    """The tree of one file. Never raises: whatever is wrong stands in ``problems``."""
    tree = Tree(source)
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if len(raw) > SIZE_LIMIT:
        tree.report((), f"larger than {SIZE_LIMIT} bytes", line=1)
        return tree
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        tree.report((), "not UTF-8 text", fix="save the file as UTF-8", line=line)
        return tree
    _Builder(tree).build(text)
    return tree


class _Refused(Exception):
    """The rest of the file is not worth reading; the problem is noted."""


@dataclass
class _Frame:
    """A mapping or sequence that is being read. ``key`` is the mapping's key that waits for its value."""

    container: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None
    discard: bool = False


class _Builder:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.stack: list[_Frame] = []
        self.documents = 0

    def build(self, text: str) -> None:
        try:
            for event in _events(text):
                self._take(event)
            self.tree.complete = True
        except _Refused:
            pass
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = " ".join(str(error.problem or error.context or "cannot be read").split())
            self.tree.report((), f"not valid YAML: {problem}", line=mark.line + 1 if mark else 1)
        except YAMLError as error:
            self.tree.report((), f"not valid YAML: {' '.join(str(error).split())[:200]}", line=1)
        except (ValueError, LookupError, ArithmeticError, AssertionError, AttributeError, TypeError):
            # The parser's own slips on odd directives and escapes; for the reader of the message it is bad YAML.
            self.tree.report((), "not valid YAML", line=1)

    def _take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if event.version or event.tags:
                self._refuse("YAML directives (%) are not used here", line)
            if self.documents > 1:
                self._refuse("a file holds one document: no second --- here", line)
        if isinstance(event, NodeEvent) and (isinstance(event, AliasEvent) or event.anchor):
            self._refuse("anchors and aliases (& and *) are not used here: quote the value, or write it out", line)
        if getattr(event, "tag", None) is not None:
            self._refuse("tags (!) are not used here: quote the value", line)
        if isinstance(event, ScalarEvent):
            plain = event.style in (None, "")
            self._add(None if plain and event.value in _NULLS else event.value, line)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._open({} if isinstance(event, MappingStartEvent) else [], line)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.stack.pop()

    def _open(self, container: dict[str, Any] | list[Any], line: int) -> None:
        if len(self.stack) >= DEPTH_LIMIT:
            self._refuse(f"nested more than {DEPTH_LIMIT} deep", line)
        path = self._add(container, line)
        self.stack.append(_Frame(container, path))

    def _add(self, value: Any, line: int) -> Path:
        """Puts a value where it belongs and returns its path; in a mapping, keys and values take turns."""
        if not self.stack:
            self.tree.value = value
            self.tree.lines[()] = line
            return ()
        frame = self.stack[-1]
        if isinstance(frame.container, list):
            path: Path = (*frame.path, len(frame.container))
            frame.container.append(value)
        elif frame.key is None:
            return self._key(frame, frame.container, value, line)
        else:
            path = (*frame.path, frame.key)
            if not frame.discard:
                frame.container[frame.key] = value
            frame.key, frame.discard = None, False
        self.tree.lines.setdefault(path, line)
        return path

    def _key(self, frame: _Frame, container: dict[str, Any], value: Any, line: int) -> Path:
        if not isinstance(value, str):
            self._refuse("a field's name is plain text", line)
        path = (*frame.path, value)
        frame.key, frame.discard = value, value in container
        if frame.discard:
            first = self.tree.line_of(path)
            self.tree.report(path, f"{value} is set twice, first in line {first}", fix="keep one of them", line=line)
        self.tree.lines.setdefault(path, line)
        return path

    def _refuse(self, message: str, line: int) -> None:
        self.tree.report((), message, line=line)
        raise _Refused


def _events(text: str) -> Iterator[Any]:
    yield from YAML(typ="safe", pure=True).parse(text)
