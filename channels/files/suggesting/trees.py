"""XML and JSON as columns: each place that holds values, below the records that documents or lines may be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from channels.expression import is_plain
from channels.files.form import SAMPLE, Body, FileForm
from channels.files.model.formats import XmlFormat
from channels.files.model.styles import NumberText
from channels.files.records import Unreadable
from channels.files.suggesting.arrangement import Arrangement, looks_like_line, said_of
from channels.files.suggesting.observed import LOOKED_AT, Column
from channels.files.trees.json_tree import parsed as parsed_json
from channels.files.trees.xml_tree import parsed, text_of

MOST_LINES = 5
"""Places that are tried for lines."""

_DOCTYPE = re.compile(r"<!DOCTYPE\s+([\w:.-]+)")


@dataclass
class Knot:
    """One object or element of a tree, whatever it was written in. ``values`` are its texts by their step."""

    step: str
    values: dict[str, str] = field(default_factory=dict)
    below: list[Knot] = field(default_factory=list)

    @cached_property
    def size(self) -> int:
        """How many texts it holds, at any depth."""
        return len(self.values) + sum(child.size for child in self.below)


def tree_arrangements(body: Body, form: FileForm) -> list[Arrangement]:
    """Every sensible pair of records for documents and, in them, for lines. Raises Unreadable."""
    if form.kind == "json":
        return list(_ways(_of_json("", parsed_json(body)), form, {"kind": "json"}, _json_path))
    format: dict[str, object] = {"kind": "xml"}
    root = _xml_root(body, format)
    spaces: dict[str, str] = {}
    knot = _of_xml(root, spaces)
    if spaces:
        format["namespaces"] = {prefix: uri for uri, prefix in spaces.items()}
    return list(_ways(knot, form, format, _xpath))


def _xml_root(body: Body, format: dict[str, object]) -> etree._Element:
    try:
        return parsed(body, XmlFormat(kind="xml"))
    except Unreadable:
        found = _DOCTYPE.search(bytes(body[:SAMPLE]).decode("utf-8", "replace"))
        if found is None:
            raise
        root = parsed(body, XmlFormat(kind="xml", doctype=found[1]))
        format["doctype"] = found[1]
        return root


def _of_xml(element: Any, spaces: dict[str, str]) -> Knot:
    knot = Knot(_named(element.tag, spaces))
    for name, text in element.attrib.items():
        if re.fullmatch(r"[A-Za-z_][\w.-]*", name, re.ASCII):
            knot.values[f"@{name}"] = str(text).strip()
    if own := text_of(element):
        knot.values["."] = own
    knot.below = [_of_xml(child, spaces) for child in element if isinstance(child.tag, str)]
    return knot


def _named(tag: str, spaces: dict[str, str]) -> str:
    space, found, local = tag.removeprefix("{").rpartition("}")
    if not found:
        return local
    prefix = spaces.setdefault(space, f"n{len(spaces) + 1}")
    return f"{prefix}:{local}"


def _of_json(step: str, value: Any) -> Knot:
    knot = Knot(step)
    for name, inner in value.items() if isinstance(value, dict) else ():
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, dict):
                knot.below.append(_of_json(name, one))
            elif isinstance(one, str | bool):
                knot.below.append(Knot(name, {"": one if type(one) is NumberText else str(one).strip()}))
    if isinstance(value, list):
        knot.below = [_of_json("[]", one) for one in value if isinstance(one, dict)]
    return knot


Way = tuple[str, ...]
PathOf = Callable[[Way, bool], str]
"""A way as a mapping writes it, from the outermost or from a record."""


def _ways(
    root: Knot, form: FileForm, format: dict[str, object], path: Callable[[Way, bool], str]
) -> Iterator[Arrangement]:
    counts: Counter[Way] = Counter()
    repeated: set[Way] = set()
    leaves: Counter[Way] = Counter()
    for way, knot in _walk((root.step,), root):
        counts[way] += 1
        leaves[way] += knot.size
        alike = Counter(child.step for child in knot.below)
        repeated |= {(*way, step) for step, count in alike.items() if count > 1}
    lines = _line_ways(counts, repeated, leaves)
    for line in lines:
        for length in range(1, len(line) + 1):
            document = line[:length]
            if document[-1] == "" and len(document) < len(line) and counts[line] and root.step == "" and _is_list(root):
                continue  # a list of objects is no document
            yield _arranged(root, document, line, form, format, path)
    if not lines:
        yield _arranged(root, (root.step,), None, form, format, path)


def _is_list(root: Knot) -> bool:
    return bool(root.below) and all(child.step == "[]" for child in root.below)


def _line_ways(counts: Counter[Way], repeated: set[Way], leaves: Counter[Way]) -> list[Way]:
    """Where lines may be, the likeliest first: what is repeated and has several values, or is called so."""
    found = []
    for way in counts:
        called = looks_like_line(way[-1].rpartition(":")[2]) if way[-1] not in ("", "[]") else 0.0
        many = leaves[way] / counts[way]
        if (way in repeated or called >= 0.6) and many >= 2:
            found.append((-(2.0 * (called >= 0.6) + (way in repeated) + min(many, 12) / 12), way))
    return [way for _, way in sorted(found)][:MOST_LINES]


def _walk(way: Way, knot: Knot) -> Iterator[tuple[Way, Knot]]:
    yield way, knot
    for child in knot.below:
        yield from _walk((*way, child.step), child)


def _arranged(
    root: Knot,
    document: Way,
    line: Way | None,
    form: FileForm,
    format: dict[str, object],
    path: Callable[[Way, bool], str],
) -> Arrangement:
    documents = [knot for way, knot in _walk((root.step,), root) if way == document]
    is_rows = line == document
    columns = [] if is_rows else list(_columns(documents, document, line, path))
    if line is not None:
        own: list[Knot] = []
        around: list[int] = []
        for index, knot in enumerate(documents):
            inner = [one for way, one in _walk(document, knot) if way == line]
            own += inner
            around += [index] * len(inner)
        found = list(_columns(own, line, None, path))
        for column in found:
            column.inner = True
            column.documents = [] if is_rows else around[: len(column.texts)]
        columns += found
    below = None if line is None else "" if is_rows else path(line[len(document) :], False)
    return Arrangement(
        form, dict(format), columns, is_rows, path(document, True), below, depth=len(document) + len(line or ())
    )


def _columns(knots: list[Knot], at: Way, without: Way | None, path: Callable[[Way, bool], str]) -> Iterator[Column]:
    """A column for each place below these knots that has values, but for those in the records ``without``."""
    seen: dict[Way, dict[int, list[str]]] = {}
    for index, knot in enumerate(knots[:LOOKED_AT]):
        for way, inner in _walk((), knot):
            if without is not None and (*at, *way)[: len(without)] == without:
                continue
            for step, text in inner.values.items():
                own = way if step in ("", ".") else (*way, step)
                if own and text:
                    seen.setdefault(own, {}).setdefault(index, []).append(text)
    count = min(len(knots), LOOKED_AT)
    for way, found in seen.items():
        texts = [found.get(index, [""])[0] for index in range(count)]
        names = tuple(step.rpartition(":")[2].lstrip("@") for step in way)
        again = any(len(own) > 1 for own in found.values())
        yield Column(path(way, False), "/".join(names), said_of(names), texts, range(count), repeats=again)


def _xpath(way: Way, is_absolute: bool) -> str:
    return ("/" if is_absolute else "") + "/".join(way)


def _json_path(way: Way, is_absolute: bool) -> str:
    steps = [step if is_plain(step) else '"' + step.replace('"', '\\"') + '"' for step in way if step not in ("", "[]")]
    return ".".join(steps) or "@"
