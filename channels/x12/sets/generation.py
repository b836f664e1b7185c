"""One reading function per bound segment, as generated source: a bound element costs a length check, a look and an
assignment, with no interpretation at run time.

Names in the generated code: ``e`` the segment's elements (``e[0]`` its id), ``n`` their count, ``at`` the dict of the
innermost open entry of each loop, ``sep`` the separators, ``d`` the dict being filled; ``ptr`` the JSON pointers of
``at``, ``p`` that of ``d``, ``loc`` the locator's beginning, ``out`` the provenance known so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from channels.x12.sets.binding import Coded, Element, Field, Part, Repeat, Segment, Texts, elements_of
from channels.x12.sets.extras import component, leftover, merge, put
from channels.x12.sets.source import Source

Reader: TypeAlias = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Home:
    """Where a node's values go: the loop entry at ``slot``, its list ``into`` ("" the entry itself), and, for a segment
    that opens a loop with entries, the slot of those. ``name`` is its path from the entry at ``slot``."""

    slot: int
    name: str
    into: str = ""
    opens: int = 0


class _Source(Source):
    """The source of one segment's function."""

    def __init__(self, segment: Segment) -> None:
        super().__init__({"component": component, "leftover": leftover, "merge": merge, "put": put, "hang": hang})
        self.scope |= {"COVER": cover_of(segment), "NOTHING": {}}
        self.segment = segment.id

    def trace(self, indent: int, position: str, element: Element, *pointers: str) -> None:
        tail = f"-{element.component}" if element.component else ""
        targets = "".join(f'out[f"{pointer}"] = ' for pointer in pointers)
        self.add(indent, f'{targets}f"{{loc}}{self.segment}{position}{tail}"')

    def guarded(self, indent: int, element: Element, base: str) -> tuple[int, str]:
        """``v`` is the element's text below the returned indent; also its number as it stands in a designator."""
        place = f"{base} + {element.position}" if base and not element.shared else str(element.position)
        self.add(indent, f"if n > {place}:")
        text = f"e[{place}]"
        self.add(indent + 1, f"v = component({text}, {element.component}, sep)" if element.component else f"v = {text}")
        self.add(indent + 1, "if v:")
        return indent + 2, f"{{{place}:02}}" if base and not element.shared else f"{element.position:02}"

    def value(self, element: Element) -> str:
        return "v" if element.kind.name == "text" else f"{self.name('read_', element.kind.read)}(v)"


def _emit(src: _Source, indent: int, target: str, pointer: str, name: str, item: Field, base: str, flows: bool) -> None:
    """Source that reads one field into ``target[name]``; ``base`` is the shift of a repeated group, "" for none."""
    if isinstance(item, Element):
        inner, position = src.guarded(indent, item, base)
        src.add(inner, f'{target}["{name}"] = {src.value(item)}')
        src.trace(inner, position, item, f"{pointer}/{name}")
    elif isinstance(item, Coded):
        inner, position = src.guarded(indent, item.element, base)
        words, other = src.name("words_", item.by_code()), src.name("other_", item.words("other"))
        src.add(inner, f'{target}["{name}"] = {words}.get(v, {other})')
        src.add(inner, f'{target}["{item.code_field}"] = v')
        src.trace(inner, position, item.element, f"{pointer}/{name}", f"{pointer}/{item.code_field}")
    elif isinstance(item, Part):
        part = src.name("part")
        src.add(indent, f'{part} = {target}.setdefault("{name}", {{}})' if flows else f"{part} = {{}}")
        for inner_name, inner_item in item.fields.items():
            _emit(src, indent, part, f"{pointer}/{name}", inner_name, inner_item, base, flows)
        if not flows:
            src.add(indent, f"if {part}:")
            src.add(indent + 1, f'{target}["{name}"] = {part}')
    else:
        rows = src.name("rows")
        src.add(indent, f'{rows} = {target}.setdefault("{name}", [])' if flows else f"{rows} = []")
        if isinstance(item, Texts):
            _emit_texts(src, indent, rows, f"{pointer}/{name}/{{len({rows})}}", item, base)
        else:
            _emit_repeat(src, indent, rows, f"{pointer}/{name}/{{len({rows})}}", item)
        if not flows:
            src.add(indent, f"if {rows}:")
            src.add(indent + 1, f'{target}["{name}"] = {rows}')


def _emit_texts(src: _Source, indent: int, rows: str, pointer: str, item: Texts, base: str) -> None:
    for element in item.elements:
        inner, position = src.guarded(indent, element, base)
        src.trace(inner, position, element, pointer)
        src.add(inner, f"{rows}.append({src.value(element)})")


def _emit_repeat(src: _Source, indent: int, rows: str, pointer: str, item: Repeat) -> None:
    """A loop over the groups, the shift in a variable; a group is there when one of its own elements is."""
    shift, row = src.name("shift"), src.name("row")
    elements = list(elements_of(item.groups[0]))
    own = [element.position for element in elements if not element.shared]
    if item.step:
        src.add(indent, f"for {shift} in range(0, min(n - {min(own)}, {len(item.groups) * item.step}), {item.step}):")
    else:
        src.add(indent, f"for {shift} in {tuple(_first(group) - _first(item.groups[0]) for group in item.groups)}:")
    if len(own) < len(elements):
        present = " or ".join(f"(n > {shift} + {place} and e[{shift} + {place}])" for place in own)
        src.add(indent + 1, f"if not ({present}):")
        src.add(indent + 2, "continue")
    src.add(indent + 1, f"{row} = {{}}")
    for name, inner in item.groups[0].fields.items():
        _emit(src, indent + 1, row, pointer, name, inner, shift, flows=False)
    src.add(indent + 1, f"if {row}:")
    src.add(indent + 2, f"{rows}.append({row})")


def _first(group: Part) -> int:
    return min(element.position for element in elements_of(group) if not element.shared)


def compile_segment(segment: Segment, home: Home, tree: int) -> Reader:
    """The function that reads this segment: ``(e, at, sep, ptr, loc, out)``. ``tree`` is the slot of a nested list's
    index."""
    src = _Source(segment)
    src.add(0, "def read(e, at, sep, ptr, loc, out):")
    src.add(1, "n = len(e)")
    if segment.flows:
        _emit_flowing(src, segment, home)
    elif segment.into:
        _emit_entry(src, segment, home, tree)
    else:
        _emit_level(src, segment, home)
    reader: Reader = src.compiled("read")
    return reader


def _emit_flowing(src: _Source, segment: Segment, home: Home) -> None:
    src.add(1, "if not any(e[1:]):")
    _emit_keep(src, 2, home, "NOTHING")
    src.add(2, "return")
    src.add(1, f"d = at[{home.slot}]")
    src.add(1, f"p = ptr[{home.slot}]")
    _emit_fields(src, segment, flows=True)
    _emit_leftover(src, segment, home)


def _emit_level(src: _Source, segment: Segment, home: Home) -> None:
    """A second segment of its kind, which finds its fields taken, is kept whole."""
    src.add(1, "d = {}")
    src.add(1, f"p, outer, out = ptr[{home.slot}], out, {{}}")
    _emit_fields(src, segment, flows=False)
    src.add(1, "own, out = out, outer")
    src.add(1, f"if not d or not merge(at[{home.slot}], d):")
    _emit_keep(src, 2, home, "NOTHING")
    src.add(2, "return")
    src.add(1, "out.update(own)")
    _emit_leftover(src, segment, home)


def _emit_entry(src: _Source, segment: Segment, home: Home, tree: int) -> None:
    src.add(1, "d = {}")
    if segment.tree:
        number, parent = segment.tree.number.position, segment.tree.parent.position
        own = f"e[{number}] if n > {number} else ''"
        above = f"e[{parent}] if n > {parent} else ''"
        where = f"{home.slot}, '{segment.into}', {tree}, '{segment.tree.children}'"
        src.add(1, f"p = hang(d, {own}, {above}, at, ptr, {where})")
    else:
        src.add(1, f"p = f\"{{ptr[{home.slot}]}}/{segment.into}/{{len(at[{home.slot}].get('{segment.into}', ()))}}\"")
    _emit_fields(src, segment, flows=False)
    if not home.opens:
        src.add(1, "if not d:")
        _emit_keep(src, 2, home, "NOTHING")
        src.add(2, "return")
    src.add(1, f"if n > {_first_unread(segment)}:")
    src.add(2, "left = leftover(e, sep, COVER)")
    src.add(2, "if left:")
    src.add(3, f'put(d, "{segment.id}", left, p, loc, out)')
    if not segment.tree:
        src.add(1, f'at[{home.slot}].setdefault("{segment.into}", []).append(d)')
    if home.opens:
        src.add(1, f"at[{home.opens}] = at[-1] = d")
        src.add(1, f"ptr[{home.opens}] = ptr[-1] = p")


def _emit_fields(src: _Source, segment: Segment, flows: bool) -> None:
    for name, item in segment.fields.items():
        _emit(src, 1, "d", "{p}", name, item, "", flows)


def _emit_leftover(src: _Source, segment: Segment, home: Home) -> None:
    src.add(1, f"if n > {_first_unread(segment)}:")
    src.add(2, "if leftover(e, sep, COVER):")
    _emit_keep(src, 3, home, "COVER")


def _emit_keep(src: _Source, indent: int, home: Home, cover: str) -> None:
    """What ``cover`` leaves of the segment goes to the extras of the surrounding entry."""
    left = f"leftover(e, sep, {cover})"
    src.add(indent, f'put(at[{home.slot}], "{home.name}", {left}, ptr[{home.slot}], loc, out)')


def hang(
    entry: dict[str, Any],
    number: str,
    parent: str,
    at: list[Any],
    ptr: list[str],
    slot: int,
    into: str,
    tree: int,
    children: str,
) -> str:
    """Put an entry under the one its parent number names, else at the top; its JSON pointer."""
    above, pointer = at[tree].get(parent) or (at[slot], ptr[slot])
    name = into if above is at[slot] else children
    siblings = above.setdefault(name, [])
    pointer = f"{pointer}/{name}/{len(siblings)}"
    siblings.append(entry)
    at[tree][number] = (entry, pointer)
    return pointer


def _first_unread(segment: Segment) -> int:
    """The first element that is not read whole: a shorter segment has nothing left over."""
    cover, position = cover_of(segment), 1
    while 0 in cover.get(position, ()):
        position += 1
    return position


def cover_of(segment: Segment) -> dict[int, frozenset[int]]:
    """Which elements the binding reads: position → components, ``{0}`` for the whole element."""
    bound = [element for item in segment.fields.values() for element in elements_of(item)]
    if segment.tree:
        bound += [segment.tree.number, segment.tree.parent]
    cover: dict[int, frozenset[int]] = {}
    for element in bound:
        cover[element.position] = cover.get(element.position, frozenset()) | {element.component}
    return cover
