"""Source that puts one object together of the elements that are there, for ``shapes``.

Whatever a field or model asks for that is not foreseen here raises Unusual: then the thorough way reads such segments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from canonical import assembly as objects
from canonical.assembly import UNSET, Assembly, FieldPlan, assembly
from canonical.base import CodedEnum
from channels.x12.sets import endings
from channels.x12.sets.binding import Coded, Element, Field, Part, Repeat, Texts, elements_of
from channels.x12.sets.checked import Checked, Unusual, Words, checked, is_plain_text, quoted, words
from channels.x12.sets.extras import leftover
from channels.x12.sets.source import Source
from channels.x12.sets.values import CACHED_VALUES

SMALL = 8
"""Fields of a model up to which writing out its dict is faster than copying one."""

LONGEST_KEPT = 120
"""Characters of all texts together of a small object that is kept for the next time."""


KNOWN: dict[str, Any] = {
    "new": objects.new,
    "set_values": objects.set_values,
    "set_given": objects.set_given,
    "set_extra": objects.set_extra,
    "set_private": objects.set_private,
    "quoted": quoted,
    "leftover": leftover,
    "Unusual": Unusual,
    "UNSET": UNSET,
    **endings.ALL,
}
"""What every source may refer to."""


@dataclass(slots=True)
class Made:
    """Fields of one object: field → expression of its value, rank → its JSON as part of an f-string, and where each
    came from (JSON pointer within the object, reference designator)."""

    values: dict[str, str] = field(default_factory=dict)
    json: dict[int, str] = field(default_factory=dict)
    places: list[tuple[str, str]] = field(default_factory=list)

    alone: set[int] = field(default_factory=set)
    """Ranks of fields that JSON leaves out when they equal their defaults."""

    def set(self, plan: FieldPlan, value: str, json: str) -> None:
        self.values[plan.name] = value
        self.json[plan.rank] = f',"{plan.name}":{json}'
        if plan.fixed is not None:
            self.alone.add(plan.rank)

    def pieces(self) -> dict[int, str]:
        """Rank → JSON. Fields that follow one another are written as one piece, in the place of the first."""
        pieces: dict[int, str] = {}
        first = last = -2
        for rank in sorted(self.json):
            if rank != last + 1 or self.alone & {first, rank}:
                first = rank
            pieces[first] = pieces.get(first, "") + self.json[rank]
            last = rank
        return pieces


class Interned(dict[tuple[str, ...], tuple[Any, str]]):
    """Texts → (object, its JSON) of small objects, which repeat: a quantity, a buyer's item number."""

    def __init__(self, make: Callable[..., tuple[Any, str]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, texts: tuple[str, ...]) -> tuple[Any, str]:
        made = self._make(*texts)
        if len(self) >= CACHED_VALUES:
            self.clear()
        if sum(map(len, texts)) <= LONGEST_KEPT:
            self[texts] = made
        return made


_INTERNED: dict[tuple[Any, ...], Interned] = {}
"""By what they are made of, so that all bindings share them. As many as bindings and shapes have different parts."""


class Shape:
    """Which elements of a segment are there: position → the local variable that holds its text."""

    def __init__(self, segment: str, variables: Mapping[int, str]) -> None:
        self.segment = segment
        self.variables = variables

    def text(self, element: Element) -> str:
        """The variable of the element's text, "" when it is not there. A composite is read when it holds a single
        component, its first (``shapes`` sees to that)."""
        return self.variables.get(element.position, "") if element.component <= 1 else ""

    def designator(self, element: Element) -> str:
        return f"{self.segment}{element.designator}"

    def places(self, elements: Iterable[Element]) -> list[int]:
        """The positions of those elements that are there."""
        return list(dict.fromkeys(element.position for element in elements if self.text(element)))


def collect(
    src: Source, indent: int, model: Assembly, fields: Mapping[str, Field], shape: Shape, under: str = ""
) -> Made:
    """Source that reads the fields which are there."""
    made = Made()
    for name, item in fields.items():
        plan = model.fields[name]
        if plan.many is not isinstance(item, (Texts, Repeat)):
            raise Unusual
        if isinstance(item, Element):
            if text := shape.text(item):
                made.set(plan, *scalar(src, indent, item, plan.annotation, text))
                made.places.append((f"{under}{name}", shape.designator(item)))
        elif isinstance(item, Coded):
            _coded(src, indent, made, model, plan, item, shape, under)
        elif isinstance(item, Part):
            if inner := small_object(src, indent, plan, item, shape, f"{under}{name}/"):
                made.set(plan, *inner[:2])
                made.places += inner[2]
        elif isinstance(item, Texts):
            _texts(src, indent, made, plan, item, shape, under)
        elif found := _small_objects(src, indent, plan, item, shape, f"{under}{name}/"):
            made.set(plan, *found[:2])
            made.places += found[2]
    return made


def present_groups(item: Repeat, shape: Shape) -> list[Part]:
    """The groups of which at least one element of their own is there."""
    return [g for g in item.groups if any(shape.text(e) for e in elements_of(g) if not e.shared)]


def _limited(plan: FieldPlan, count: int) -> None:
    if plan.at_most is not None and count > plan.at_most:
        raise Unusual


def scalar(src: Source, indent: int, element: Element, annotation: Any, text: str) -> tuple[str, str]:
    """The value's expression and its JSON as part of an f-string."""
    if isinstance(annotation, type) and issubclass(annotation, CodedEnum):  # its code's default would depend on it
        raise Unusual
    if is_plain_text(element.kind, annotation):
        return text, f"{{quoted({text})}}"
    value, json = src.name("x"), src.name("t")
    src.add(indent, f"{value}, {json} = {src.name('checked', checked(element.kind, annotation))}[{text}]")
    return value, f"{{{json}}}"


def _coded(
    src: Source, indent: int, made: Made, model: Assembly, plan: FieldPlan, item: Coded, shape: Shape, under: str
) -> None:
    code = model.fields[item.code_field]
    text = shape.text(item.element)
    if not text:
        return
    if plan.annotation is not item.words:
        raise Unusual
    word, word_json, both = src.name("x"), src.name("t"), src.name("t")
    table = src.name("words", words(item.words, code.annotation, item.meanings, (plan.name, code.name)))
    src.add(indent, f"{word}, {word_json}, {both} = {table}[{text}]")
    made.set(plan, word, f"{{{word_json}}}")
    made.set(code, text, f"{{quoted({text})}}")
    if plan.fixed is None and code.rank == plan.rank + 1:  # the two stand together
        made.json |= {plan.rank: f",{{{both}}}", code.rank: ""}
    designator = shape.designator(item.element)
    made.places += [(f"{under}{plan.name}", designator), (f"{under}{code.name}", designator)]


def _texts(src: Source, indent: int, made: Made, plan: FieldPlan, item: Texts, shape: Shape, under: str) -> None:
    there = [element for element in item.elements if shape.text(element)]
    if there:
        _limited(plan, len(there))
        read = [scalar(src, indent, element, plan.annotation, shape.text(element)) for element in there]
        made.set(plan, f"({', '.join(value for value, _ in read)},)", f"[{','.join(json for _, json in read)}]")
        made.places += [(f"{under}{plan.name}/{n}", shape.designator(element)) for n, element in enumerate(there)]


Found: TypeAlias = tuple[str, str, list[tuple[str, str]]]
"""The value's expression, its JSON as part of an f-string, and where each of its values came from."""


def small_object(src: Source, indent: int, plan: FieldPlan, part: Part, shape: Shape, under: str) -> Found | None:
    """Source that looks a small object up by its texts, or makes it; None when none of them is there."""
    places = shape.places(elements_of(part))
    return _looked_up(src, indent, shape, places, partial(_made, plan, part, under)) if places else None


def _small_objects(src: Source, indent: int, plan: FieldPlan, item: Repeat, shape: Shape, under: str) -> Found | None:
    """The same for a tuple of small objects, such as all the numbers that an item is known by."""
    groups = present_groups(item, shape)
    if not groups:
        return None
    _limited(plan, len(groups))

    def make(inner: Source, shape: Shape) -> Found:
        made = [_made(plan, group, f"{under}{n}/", inner, shape) for n, group in enumerate(groups)]
        pieces = [inner.name("j") for _ in made]
        inner.add(1, *(f"{piece} = {json}" for piece, (_, json, _) in zip(pieces, made, strict=True)))
        json = f"f'[{','.join(f'{{{piece}}}' for piece in pieces)}]'"
        return f"({', '.join(value for value, _, _ in made)},)", json, [p for _, _, places in made for p in places]

    places = shape.places(element for group in groups for element in elements_of(group))
    return _looked_up(src, indent, shape, places, make)


def _made(plan: FieldPlan, part: Part, under: str, src: Source, shape: Shape) -> Found:
    """Source that makes a small object; its JSON is an expression."""
    model = assembly(plan.inner) if plan.inner else None
    if model is None:
        raise Unusual
    made = collect(src, 1, model, part.fields, shape, under)
    return (*instance_source(src, 1, model, made), made.places)


def _looked_up(
    src: Source, indent: int, shape: Shape, places: list[int], make: Callable[[Source, Shape], Found]
) -> Found:
    """Source that keeps what ``make`` makes of the elements at ``places`` for the next time they say the same."""
    inner = Source(KNOWN)
    value, json, told = make(inner, Shape(shape.segment, {p: f"a{n}" for n, p in enumerate(places)}))
    arguments = ", ".join(f"a{n}" for n in range(len(places)))
    inner.lines = [f"def make({arguments}):", *inner.lines, f"    return {value}, {json}"]
    tables = [id(used) for used in inner.scope.values() if isinstance(used, (Checked, Words, Interned))]
    models = [used for name, used in inner.scope.items() if name.startswith("model")]
    key = (*models, tuple(inner.lines), tuple(tables))
    if key not in _INTERNED:
        _INTERNED[key] = Interned(inner.compiled("make"))
    found, text = src.name("m"), src.name("j")
    table = src.name("interned", _INTERNED[key])
    src.add(indent, f"{found}, {text} = {table}[{', '.join(shape.variables[p] for p in places)},]")
    return found, f"{{{text}}}", told


def settled(src: Source, indent: int, model: Assembly, made: Made) -> None:
    """Give the fields that are not there their defaults. Raises Unusual when one is needed."""
    known: dict[str, Any] = {}
    for plan in model.fields.values():
        if plan.name in made.values:
            if plan.fixed is not None:
                default = src.name("default", plan.fixed)
                piece = src.name("t")
                src.add(indent, f'{piece} = "" if {made.values[plan.name]} == {default} else f{made.json[plan.rank]!r}')
                made.json[plan.rank] = f"{{{piece}}}"
        elif plan.blank is UNSET:
            value, json = endings.default_of(plan, known)
            if isinstance(value, (dict, list, set)):  # must not be shared by all
                raise Unusual
            known[plan.name] = value
            made.values[plan.name] = "None" if value is None else src.name("default", value)
            if json and plan.depends:
                made.json[plan.rank] = f',"{plan.name}":{_literal(json)}'


def _literal(text: str) -> str:
    """Text as it stands in an f-string."""
    return text.replace("{", "{{").replace("}", "}}").replace("\\", "\\\\").replace("'", "\\'")


def instance_source(src: Source, indent: int, model: Assembly, made: Made) -> tuple[str, str]:
    """Source that makes the complete object: the variable that holds it, and its JSON as an f-string."""
    given = src.name("given", set(made.values))
    settled(src, indent, model, made)
    values = _dict(src, indent, model, made)
    name = src.name("m")
    src.add(
        indent,
        f"{name} = new({src.name('model', model.model)})",
        f"set_values({name}, {values})",
        f"set_given({name}, {given}); set_extra({name}, None); set_private({name}, None)",
    )
    for check in model.checks:
        src.add(indent, f"if not passes({src.name('check', check)}, {name}): raise Unusual")
    return name, object_json(made)


def object_json(made: Made) -> str:
    """An f-string of the whole object."""
    pieces = "".join(made.json[rank] for rank in sorted(made.json))
    if pieces.startswith("{"):  # a first piece that may be left out
        return f"'{{' + f'{pieces}'[1:] + '}}'"
    return f"f'{{{{{pieces[1:]}}}}}'"


def _dict(src: Source, indent: int, model: Assembly, made: Made) -> str:
    if len(model.fields) <= SMALL:
        items = (f'"{name}": {made.values.get(name, repr(plan.blank))}' for name, plan in model.fields.items())
        return f"{{{', '.join(items)}}}"
    values = src.name("g")
    src.add(indent, f"{values} = {src.name('template', model.template)}.copy()")
    src.add(indent, *(f'{values}["{name}"] = {value}' for name, value in made.values.items()))
    return values
