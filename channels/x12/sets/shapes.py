"""One building function per bound segment and shape, as generated source.

A segment's shape is which of its elements are there. Partners send the same few shapes over and over, so the function
made for one has nothing left to decide: it takes the elements apart, looks each text up in a table of checked values,
and puts together the objects of ``canonical.assembly`` and their JSON. For ``PID*F****Hex bolt`` in an 850's line::

    def build(e, at, sep, position, ends, trail):
        if len(e) != 6: return True
        _, v1, v2, v3, v4, v5 = e
        if v2 or v3 or v4 or not (v1 and v5): return True
        d, f, s, p = at[3]
        x1, t1 = checked1[v1]
        m2 = new(model1)
        set_values(m2, {"extras": (), "type_code": x1, "characteristic": None, ..., "text": v5})
        set_given(m2, given1); set_extra(m2, None); set_private(m2, None)
        j3 = f'{{"type_code":{t1},"text":{quoted(v5)}}}'
        n4 = "0"
        rows5 = d["descriptions"]
        if not rows5:
            d["descriptions"] = (m2,)
            f[19] = f',"descriptions":[{j3}]'
            s.add("descriptions")
        else:
            n4 = add(rows5, m2, j3, d, "descriptions", f, 19, ',"descriptions":[', ends)
        trail.append(f'{position},"{p}/descriptions/{n4}","type_code PID01 text PID05"')

It returns True for a segment of another shape. ``at`` holds of each open loop's innermost entry its values ``d``, its
JSON ``f`` (one piece a field, each with its comma before it), the names that were given ``s`` and its JSON pointer
``p``; ``ends`` what is to be done when the set has ended; ``trail`` is the provenance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from canonical.assembly import UNSET, Assembly, FieldPlan, assembly
from channels.x12.sets.binding import Field, Part, Repeat, Segment, Texts, elements_of
from channels.x12.sets.checked import Unusual
from channels.x12.sets.generation import Home, cover_of
from channels.x12.sets.object_source import (
    KNOWN,
    Made,
    Shape,
    collect,
    instance_source,
    present_groups,
    scalar,
    small_object,
)
from channels.x12.sets.source import Source

Build: TypeAlias = Callable[..., bool | None]

LONGEST = 64
"""Elements of a segment for which a function is made."""


@dataclass(frozen=True, slots=True)
class Level:
    """What is around a segment: the model of the entry it belongs to, the names of that entry's parts which several
    segments fill, and of its lists which segments add to."""

    model: Assembly
    open_parts: frozenset[str]
    lists: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a bound segment's values go: ``home`` with the level there, and ``inside``, the level of the entries it
    opens. ``tree`` is the slot of a nested list's index."""

    segment: Segment
    home: Home
    tree: int
    level: Level
    inside: Level | None


def compile_shape(spot: Spot, present: tuple[bool, ...]) -> Build:
    """The function for segments of which just these elements are there. Raises Unusual where none can be made."""
    if len(present) > LONGEST:
        raise Unusual
    src = Source(KNOWN)
    src.add(0, "def build(e, at, sep, position, ends, trail):")
    shape = _take_apart(src, spot.segment, present)
    segment = spot.segment
    if segment.flows:
        _flowing(src, spot, shape)
    elif not segment.into:
        _level(src, spot, shape)
    elif spot.inside:
        _opening(src, spot, spot.inside, shape)
    else:
        _entry(src, spot, shape)
    build: Build = src.compiled("build")
    return build


def _take_apart(src: Source, segment: Segment, present: tuple[bool, ...]) -> Shape:
    places = range(1, len(present) + 1)
    src.add(1, f"if len(e) != {len(present) + 1}: return True")
    if present:
        src.add(1, f"{', '.join(['_', *(f'v{place}' for place in places)])} = e")
    there = [f"v{place}" for place in places if present[place - 1]]
    absent = [f"v{place}" for place in places if not present[place - 1]]
    wrong = absent + ([f"not ({' and '.join(there)})"] if there else [])
    if wrong:
        src.add(1, f"if {' or '.join(wrong)}: return True")
    bound = [element for item in segment.fields.values() for element in elements_of(item)]
    for place in sorted({e.position for e in bound if e.component} & {p for p in places if present[p - 1]}):
        src.add(1, f"if sep.component in v{place} or (sep.repetition and sep.repetition in v{place}): raise Unusual")
    return Shape(segment.id, {place: f"v{place}" for place in places if present[place - 1]})


def _left_over(segment: Segment, shape: Shape) -> bool:
    """Whether there may be something that the binding does not name."""
    cover = cover_of(segment)
    return any(not cover.get(place, frozenset()) & {0, 1} for place in shape.variables)


def _around(src: Source, spot: Spot) -> None:
    src.add(1, f"d, f, s, p = at[{spot.home.slot}]")


def _append(
    src: Source,
    indent: int,
    plan: FieldPlan,
    value: str,
    json: str,
    d: str = "d",
    f: str = "f",
    s: str = "s",
) -> str:
    """Add a finished object to a list of an entry: the variable that holds its place there. Most lists get one object,
    so the first is written as if it were the last."""
    place, rows, text, head = src.name("n"), src.name("rows"), src.name("j"), f',"{plan.name}":['
    src.add(
        indent,
        f"{text} = {json}",
        f'{place} = "0"',
        f'{rows} = {d}["{plan.name}"]',
        f"if not {rows}:",
        f'    {d}["{plan.name}"] = ({value},)',
        f"    {f}[{plan.rank}] = f'{head}{{{text}}}]'",
        f'    {s}.add("{plan.name}")',
        "else:",
        f'    {place} = add({rows}, {value}, {text}, {d}, "{plan.name}", {f}, {plan.rank}, {head!r}, ends)',
    )
    return place


def _append_open(src: Source, indent: int, plan: FieldPlan) -> None:
    """Add the entry ``m`` with its JSON ``h`` to a list of the entry around it, and complete its pointer ``p``."""
    rows = src.name("rows")
    src.add(
        indent,
        f'{rows} = d["{plan.name}"]',
        f"if not {rows}:",
        f'    d["{plan.name}"] = (m,)',
        f"    f[{plan.rank}] = h",
        f'    s.add("{plan.name}")',
        f'    ends.entries.append((d, "{plan.name}", f, {plan.rank}, \',"{plan.name}":[\'))',
        f'    p = f"{{p}}/{plan.name}/0"',
        f"elif type({rows}) is tuple:",
        f'    d["{plan.name}"] = [*{rows}, m]; f[{plan.rank}] = [f[{plan.rank}], h]',
        f'    p = f"{{p}}/{plan.name}/1"',
        "else:",
        f'    p = f"{{p}}/{plan.name}/{{len({rows})}}"',
        f"    {rows}.append(m); f[{plan.rank}].append(h)",
    )


def _trail(pointer: str, places: Iterable[tuple[str, str]]) -> str:
    """Source that notes where an object's values came from. ``pointer`` and names are parts of an f-string."""
    words = " ".join(f"{name} {designator}" for name, designator in places)
    return f'trail.append(f\'{{position}},"{pointer}","{words}"\')'


def _list_of(spot: Spot, name: str) -> FieldPlan:
    plan = spot.level.model.fields[name]
    if not plan.many or plan.at_most is not None:
        raise Unusual
    return plan


def _keep(src: Source, spot: Spot, cover: str) -> None:
    """What the binding does not name goes to the extras of the surrounding entry."""
    src.add(
        1,
        f"left = leftover(e, sep, {cover})",
        f'if left: keep(at[{spot.home.slot}], "{spot.home.name}", left, position, ends, trail)',
    )


def _entry(src: Source, spot: Spot, shape: Shape) -> None:
    """A segment that is an entry of its own, and complete."""
    plan = _list_of(spot, spot.segment.into)
    model = assembly(plan.inner) if plan.inner else None
    if model is None:
        raise Unusual
    _around(src, spot)
    made = collect(src, 1, model, spot.segment.fields, shape)
    if not made.values:
        raise Unusual
    extras = _left_over(spot.segment, shape)
    if extras:
        _own_extras(src, spot.segment, model, made)
    value, json = instance_source(src, 1, model, made)
    place = _append(src, 1, plan, value, json)
    pointer = f"{{p}}/{plan.name}/{{{place}}}"
    src.add(1, _trail(pointer, made.places))
    if extras:
        src.add(1, f"trail.append(f'{{position}},\"{pointer}/extras/0/values\",{{places_of(left)}}')")


def _own_extras(src: Source, segment: Segment, model: Assembly, made: Made) -> None:
    if "extras" not in model.fields:
        raise Unusual
    src.scope["COVER"] = cover_of(segment)
    src.add(
        1,
        "left = leftover(e, sep, COVER)",
        "if not left: raise Unusual",
        f'own, own_json = extra("{segment.id}", left)',
    )
    made.set(model.fields["extras"], "(own,)", "[{own_json}]")


def _opening(src: Source, spot: Spot, inside: Level, shape: Shape) -> None:
    """A segment that starts a loop with entries: the segments that follow fill the new entry."""
    segment, plan, model = spot.segment, _list_of(spot, spot.segment.into), inside.model
    made = collect(src, 1, model, segment.fields, shape)
    if made.values.keys() & (inside.open_parts | inside.lists):
        raise Unusual
    src.add(1, f"g = {src.name('template', model.template)}.copy()")
    src.add(1, *(f'g["{name}"] = {value}' for name, value in made.values.items()))
    src.add(1, f"h = {src.name('blank', [''] * len(model.fields))}.copy()")
    src.add(1, *(f"h[{rank}] = f{json!r}" for rank, json in made.pieces().items()))
    given = ", ".join(f'"{name}"' for name in made.values)
    src.add(1, f"t = {{{given}}}" if given else "t = set()", f"m = new({src.name('model', model.model)})")
    src.add(1, "set_values(m, g)", "set_given(m, t); set_extra(m, None); set_private(m, None)")
    if segment.tree:
        _hang(src, spot, plan, shape)
    else:
        _around(src, spot)
        _append_open(src, 1, plan)
    src.add(1, f"at[{spot.home.opens}] = at[-1] = entry = (g, h, t, p)")
    if segment.tree:
        src.add(1, f"at[{spot.tree}][{shape.text(segment.tree.number) or repr('')}] = entry")
    named = src.name("model", model)
    if model.checks:
        src.add(1, f"ends.checks.append(({named}, m))")
    if any(field.fixed is not None or field.name not in made.values for field in model.unset):
        src.add(1, f"ends.defaults.append(({named}, g, h))")
    if made.places:
        src.add(1, _trail("{p}", made.places))
    if _left_over(segment, shape):
        src.scope["COVER"] = cover_of(segment)
        src.add(
            1, "left = leftover(e, sep, COVER)", f'if left: keep(at[-1], "{segment.id}", left, position, ends, trail)'
        )


def _hang(src: Source, spot: Spot, plan: FieldPlan, shape: Shape) -> None:
    """Put the entry under the one its parent number names, else at the top."""
    tree = spot.segment.tree
    if tree is None or spot.inside is None:
        raise Unusual
    children = spot.inside.model.fields[tree.children]
    parent = shape.text(tree.parent) or "''"
    src.add(1, f"up = at[{spot.tree}].get({parent})", "if up is None:", f"    d, f, s, p = at[{spot.home.slot}]")
    _append_open(src, 2, plan)
    src.add(1, "else:", "    d, f, s, p = up")
    _append_open(src, 2, children)


def _level(src: Source, spot: Spot, shape: Shape) -> None:
    """A segment that says something of the entry around it. What is said twice only the thorough way can tell."""
    _around(src, spot)
    parts = {name: item for name, item in spot.segment.fields.items() if name in spot.level.open_parts}
    rest = {name: item for name, item in spot.segment.fields.items() if name not in parts}
    made = collect(src, 1, spot.level.model, rest, shape)
    if made.values.keys() & spot.level.lists:
        raise Unusual
    taken = [_taken("d", spot.level.model.fields[name]) for name in made.values]
    if taken:
        src.add(1, f"if {' or '.join(taken)}: raise Unusual")
    _fill(src, 1, made, "d", "f", "s")
    for name, item in parts.items():
        if isinstance(item, Part) and shape.places(elements_of(item)):
            _open_part_fields(src, spot.level.model, name, item, shape, made)
    if not made.places:
        raise Unusual
    src.add(1, _trail("{p}", made.places))
    if _left_over(spot.segment, shape):
        src.scope["COVER"] = cover_of(spot.segment)
        _keep(src, spot, "COVER")


def _taken(d: str, plan: FieldPlan) -> str:
    """A condition: whether the field has a value already."""
    if plan.blank is UNSET:
        return f'{d}["{plan.name}"] is not UNSET'
    return f'{d}["{plan.name}"]' if plan.many else f'{d}["{plan.name}"] is not None'


def _fill(src: Source, indent: int, made: Made, d: str, f: str, s: str) -> None:
    src.add(indent, *(f'{d}["{name}"] = {value}' for name, value in made.values.items()))
    src.add(indent, *(f"{f}[{rank}] = f{json!r}" for rank, json in made.pieces().items()))
    if made.values:
        src.add(indent, f"{s}.update({tuple(made.values)!r})")


def _open_part(src: Source, model: Assembly, name: str) -> Assembly:
    """Source that has the values, JSON and given names of a part that several segments fill in ``g``, ``h``, ``t``."""
    plan = model.fields[name]
    inner = assembly(plan.inner) if plan.inner and not plan.many else None
    if inner is None or inner.checks or inner.unset:
        raise Unusual
    src.add(
        1,
        f'm = d["{name}"]',
        "if m is None:",
        f"    g = {src.name('template', inner.template)}.copy()",
        f"    h = f[{plan.rank}] = {src.name('blank', [''] * len(inner.fields))}.copy()",
        "    t = set()",
        f'    m = d["{name}"] = new({src.name("model", inner.model)})',
        "    set_values(m, g)",
        "    set_given(m, t); set_extra(m, None); set_private(m, None)",
        f'    s.add("{name}")',
        f"    ends.parts.append((f, {plan.rank}, ',\"{name}\":'))",
        "else:",
        f"    g = m.__dict__; h = f[{plan.rank}]; t = m.__pydantic_fields_set__",
    )
    return inner


def _open_part_fields(src: Source, model: Assembly, name: str, part: Part, shape: Shape, told: Made) -> None:
    inner = _open_part(src, model, name)
    made = collect(src, 1, inner, part.fields, shape, f"{name}/")
    src.add(1, f"if {' or '.join(_taken('g', inner.fields[field]) for field in made.values)}: raise Unusual")
    _fill(src, 1, made, "g", "h", "t")
    told.places += made.places


def _flowing(src: Source, spot: Spot, shape: Shape) -> None:
    """A segment that adds to a list of the entry around it, which may be a list of one of its parts."""
    _around(src, spot)
    ((name, item),) = spot.segment.fields.items()
    model, under, d, f, s = spot.level.model, "", "d", "f", "s"
    if isinstance(item, Part):
        model, under, d, f, s = _open_part(src, model, name), f"{name}/", "g", "h", "t"
        ((name, item),) = item.fields.items()
    plan = model.fields[name]
    if not plan.many or plan.at_most is not None:
        raise Unusual
    src.add(1, f'start = len({d}["{name}"])')
    told = []
    for count, (value, json, places) in enumerate(_flow(src, plan, item, shape)):
        _append(src, 1, plan, value, json, d, f, s)
        told += [(f"{under}{name}/{{start + {count}}}{below}", designator) for below, designator in places]
    if not told:
        raise Unusual
    src.add(1, _trail("{p}", told))
    if _left_over(spot.segment, shape):
        src.scope["COVER"] = cover_of(spot.segment)
        _keep(src, spot, "COVER")


def _flow(src: Source, plan: FieldPlan, item: Field, shape: Shape) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Value, JSON and provenance of each entry that the segment adds."""
    if isinstance(item, Texts):
        found = []
        for element in item.elements:
            if shape.text(element):
                value, json = scalar(src, 1, element, plan.annotation, shape.text(element))
                found.append((value, f"f'{json}'", [("", shape.designator(element))]))
        return found
    if not isinstance(item, Repeat):
        raise Unusual
    rows = [small_object(src, 1, plan, group, shape, "/") for group in present_groups(item, shape)]
    return [(value, f"f'{json}'", places) for value, json, places in filter(None, rows)]
