"""Two files compared by what they mean: sets matched by business identity, their content field by field. Numbers are
equal by value, however they are written; envelopes are compared apart."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from channels.x12.envelope import Group, Interchange, Scan
from channels.x12.explain import Element, Loop, Node, SetTree
from channels.x12.sets.values import read_decimal
from channels.x12.standards.identity import set_name
from hub.inspection.file import Inspected, InspectedSet, InterchangeOpened, readable

_KEYS = ("line_number", "buyer_item_number", "supplier_item_number", "role_code", "qualifier", "name")
"""Fields by which entries of two lists are matched, the first that tells the entries of both lists apart."""

_LOOP_KEYS = {
    "PO1": (1, 7),
    "IT1": (1, 7),
    "LIN": (1, 3),
    "LX": (1,),
    "N1": (1,),
    "FST": (4,),
    "PRF": (1,),
    "MAN": (2,),
}
"""Elements of the segment naming a loop by which loops of a kind are matched, the first that is there: the number of a
line or its item, a party's role, a forecast's date. Any other loop is matched by order."""

_ENVELOPE = ("ST", "SE")
"""Segments of a set that are no business of the document."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field. ``path`` is a JSON pointer into the canonical document, or the place in the tree of the set; ``where``
    says it in words. None: the field is not there."""

    path: str
    where: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class SetComparison:
    """Two sets that are the same business document, or one that the other file does not have (``only_in`` a or b)."""

    type: str
    name: str
    number: str
    differences: tuple[Difference, ...] = ()
    only_in: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``envelope`` holds what differs around the documents and is no difference of meaning. ``unreadable`` names the
    files (a, b) that are no X12."""

    envelope: tuple[Difference, ...]
    sets: tuple[SetComparison, ...]
    unreadable: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        return not self.unreadable and all(not one.only_in and not one.differences for one in self.sets)


@dataclass(slots=True)
class _Content:
    """One set, its content packed: files of many sets are compared in little memory."""

    type: str
    number: str
    release: str
    document: bytes | None
    tree: bytes


@dataclass(slots=True)
class _File:
    readable: bool = False
    interchanges: list[Interchange] = field(default_factory=list)
    sets: list[_Content] = field(default_factory=list)


def compare(a: Iterable[Inspected], b: Iterable[Inspected]) -> Comparison:
    """Compares two inspected files."""
    first, second = _taken(a), _taken(b)
    unreadable = tuple(name for name, file in (("a", first), ("b", second)) if not file.readable)
    pairs = _matched(first.sets, second.sets)
    return Comparison(
        tuple(_envelope_differences(first.interchanges, second.interchanges)),
        tuple(_compared(old, new) for old, new in pairs),
        unreadable,
    )


def document_differences(old: str | None, new: str | None) -> list[Difference]:
    """Two canonical documents, as their JSON texts; None is one that could not be made."""
    return list(_differences(json.loads(old or "{}"), json.loads(new or "{}"), "", ()))


def _taken(values: Iterable[Inspected]) -> _File:
    taken = _File()
    for value in values:
        match value:
            case Scan():
                taken.readable = readable(value)
            case InterchangeOpened():
                taken.interchanges.append(value.source)
            case InspectedSet():
                tree = value.tree()
                document = value.document.model_dump(mode="python", exclude_none=True) if value.document else None
                number = value.document.document_number() if value.document else tree.number
                packed = _packed(_plain(document)) if document is not None else None
                content = _Content(tree.type, number, value.group.release, packed, _packed(dict(_fields(tree))))
                taken.sets.append(content)
    return taken


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def _unpacked(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))


def _plain(value: Any) -> Any:
    """Values of a model as JSON has them, numbers in one notation."""
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items() if one not in (None, (), [], {})}
        case list() | tuple():
            return [_plain(one) for one in value]
        case Decimal():
            return _number(value)
        case date() | time():
            return value.isoformat()
        case bool() | int() | None:
            return value
    return str(value)


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"


def _matched(first: list[_Content], second: list[_Content]) -> Iterator[tuple[_Content | None, _Content | None]]:
    """Pairs in the order of the first file: by type and number; what is left of a type, when both files have as many of
    it, by order."""
    waiting: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, content in enumerate(second):
        waiting[content.type, content.number].append(index)
    partner: dict[int, int] = {}
    for index, content in enumerate(first):
        if waiting[content.type, content.number]:
            partner[index] = waiting[content.type, content.number].pop(0)
    taken = set(partner.values())
    for kind in {content.type for content in first}:
        left = [i for i, content in enumerate(first) if i not in partner and content.type == kind]
        right = [i for i, content in enumerate(second) if i not in taken and content.type == kind]
        if len(left) == len(right):
            partner.update(zip(left, right, strict=True))
            taken.update(right)
    for index, content in enumerate(first):
        yield content, second[partner[index]] if index in partner else None
    for index, content in enumerate(second):
        if index not in taken:
            yield None, content


def _compared(old: _Content | None, new: _Content | None) -> SetComparison:
    known = old or new
    assert known is not None
    about = (known.type, set_name(known.release, known.type), known.number)
    if old is None or new is None:
        return SetComparison(*about, only_in="a" if old else "b")
    if old.document is not None and new.document is not None:
        if old.document == new.document:
            return SetComparison(*about)
        return SetComparison(*about, tuple(_differences(_unpacked(old.document), _unpacked(new.document), "", ())))
    return SetComparison(*about, tuple(_tree_differences(_unpacked(old.tree), _unpacked(new.tree))))


def _differences(old: Any, new: Any, path: str, where: tuple[str, ...]) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            yield from _differences(old.get(name), new.get(name), f"{path}/{name}", (*where, name.replace("_", " ")))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_differences(old, new, path, where)
    else:
        yield Difference(path, ", ".join(where), _said(old), _said(new))


def _list_differences(old: list[Any], new: list[Any], path: str, where: tuple[str, ...]) -> Iterator[Difference]:
    key = next((key for key in _KEYS if _tells_apart(key, old) and _tells_apart(key, new)), None)
    if key is None:
        named_old, named_new = dict(enumerate(old)), dict(enumerate(new))
    else:
        named_old, named_new = ({entry[key]: entry for entry in entries} for entries in (old, new))
    singular = where[-1].removesuffix("s") if where else ""
    for name in dict.fromkeys([*named_old, *named_new]):
        before, after = named_old.get(name), named_new.get(name)
        at = old.index(before) if before is not None else new.index(after)
        label = f"{singular} {name if key else at + 1}"
        yield from _differences(before, after, f"{path}/{at}", (*where[:-1], label))


def _tells_apart(key: str, entries: list[Any]) -> bool:
    values = [entry.get(key) for entry in entries if isinstance(entry, dict)]
    return len(values) == len(entries) == len({str(value) for value in values}) and None not in values


def _said(value: Any) -> str | None:
    """A value in one line: an object by its plain values."""
    match value:
        case None:
            return None
        case dict():
            return ", ".join(f"{name.replace('_', ' ')} {_said(one)}" for name, one in value.items())
        case list():
            return "; ".join(str(_said(one)) for one in value)
    return str(value)


def _tree_differences(old: dict[str, list[str]], new: dict[str, list[str]]) -> Iterator[Difference]:
    for path in dict.fromkeys([*old, *new]):
        before, after = old.get(path), new.get(path)
        if before is None or after is None or before[1] != after[1]:
            where = (before or after or ["", "", ""])[0]
            yield Difference(path, where, before[2] if before else None, after[2] if after else None)


def _fields(tree: SetTree) -> Iterator[tuple[str, list[str]]]:
    """(place in the tree, [the place in words, what it is compared by, what is shown]) of every value."""
    yield from _fields_below(tree.children, "", "")


def _fields_below(nodes: Iterable[Node], path: str, where: str) -> Iterator[tuple[str, list[str]]]:
    seen: dict[str, int] = defaultdict(int)
    for node in nodes:
        if isinstance(node, Loop):
            label = _loop_key(node)
            name = f"{node.id}({label})" if label else node.id
        else:
            label, name = "", node.id
        if name in _ENVELOPE:
            continue
        seen[name] += 1
        here = f"{path}/{name}" + (f"[{seen[name]}]" if seen[name] > 1 else "")
        if isinstance(node, Loop):
            called = label or (str(seen[name]) if seen[name] > 1 else "")
            yield from _fields_below(node.children, here, f"{where}{f'{node.name} {called}'.rstrip()}, ")
        else:
            nth = f" {seen[name]}" if seen[name] > 1 else ""
            for element in node.elements():
                yield from _element_fields(element, here, f"{where}{node.name or node.id}{nth}, ")


def _loop_key(loop: Loop) -> str:
    named_by = loop.label_from
    if named_by is None:
        return ""
    texts = (named_by.texts[at].strip() for at in _LOOP_KEYS.get(named_by.id, ()) if at < len(named_by.texts))
    return next(filter(None, texts), "")


def _element_fields(element: Element, path: str, where: str) -> Iterator[tuple[str, list[str]]]:
    if element.parts:
        for part in element.parts:
            yield from _element_fields(part, path, where)
    elif element.text.strip():
        words = f"{where}{element.name or element.designator}"
        yield f"{path}/{element.designator}", [words, _compared_by(element), element.shown]


def _compared_by(element: Element) -> str:
    text = element.text.strip()
    if element.type == "R" or element.type[:1] == "N":
        number = read_decimal(text)
        return _number(number) if isinstance(number, Decimal) else text
    return text


def _envelope_differences(first: list[Interchange], second: list[Interchange]) -> Iterator[Difference]:
    if len(first) != len(second):
        yield Difference("interchanges", "number of interchanges", str(len(first)), str(len(second)))
    for index, (a, b) in enumerate(zip(first, second, strict=False)):
        yield from _facts_differ(f"interchanges/{index}", _interchange_facts(a), _interchange_facts(b))
        if len(a.groups) != len(b.groups):
            yield Difference(f"interchanges/{index}/groups", "groups", str(len(a.groups)), str(len(b.groups)))
        for at, (x, y) in enumerate(zip(a.groups, b.groups, strict=False)):
            yield from _facts_differ(f"interchanges/{index}/groups/{at}", _group_facts(x), _group_facts(y))


def _facts_differ(path: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Difference]:
    for name, value in old.items():
        if value != new[name]:
            yield Difference(f"{path}/{name.replace(' ', '_')}", name, value, new[name])


def _interchange_facts(source: Interchange) -> dict[str, str]:
    marks = source.separators
    return {
        "sender": f"{source.sender.qualifier} {source.sender.id}",
        "receiver": f"{source.receiver.qualifier} {source.receiver.id}",
        "interchange date": f"{source.date} {source.time}",
        "interchange version": source.version,
        "interchange control number": source.control_number,
        "acknowledgment requested": str(source.acknowledgment_requested),
        "usage indicator": source.usage_indicator,
        "separators": " ".join(filter(None, (marks.element, marks.component, marks.segment, marks.repetition))),
    }


def _group_facts(group: Group) -> dict[str, str]:
    return {
        "group sender": group.sender,
        "group receiver": group.receiver,
        "group date": f"{group.date} {group.time}",
        "group control number": group.control_number,
        "release": group.release,
        "set control numbers": ", ".join(span.control_number for span in group.sets[:10]),
    }
