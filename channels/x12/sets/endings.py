"""What is left to do when a set has ended: lists become tuples and their JSON is joined, defaults are filled in.

Generated building functions and ``construction`` note it and call the rest of what is here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, TypeAlias, cast

from pydantic import TypeAdapter, ValidationError

from canonical.assembly import UNSET, Assembly, FieldPlan, instance, passes
from canonical.base import Extra
from channels.x12.sets.checked import Unusual, quoted

Entry: TypeAlias = tuple[dict[str, Any], list[Any], set[str], str]
"""An open entry: its values, its JSON a piece a field, the names that were given, its JSON pointer."""

_EXTRA_GIVEN = {"name", "values"}


class Endings:
    """What was opened while a set was read, to be finished when it has ended."""

    __slots__ = ("checks", "defaults", "entries", "lists", "parts")

    def __init__(self) -> None:
        self.lists: list[tuple[dict[str, Any], str, list[Any], int, str]] = []
        """Of more than one finished object: values and field, and where its JSON belongs: the pieces and the place
        among them, which holds the objects' texts until then, and how it begins."""
        self.entries: list[tuple[dict[str, Any], str, list[Any], int, str]] = []
        """Of entries that stay open until then: as ``lists``, but of each entry the pieces, or of a single one."""
        self.parts: list[tuple[list[Any], int, str]] = []
        """Objects that several segments fill."""
        self.defaults: list[tuple[Assembly, dict[str, Any], list[Any]]] = []
        """Objects some of whose fields may still be unset."""
        self.checks: list[tuple[Assembly, Any]] = []
        """Objects that their model looks at when they are complete."""

    def finish(self) -> None:
        """Inner ones first. Raises Unusual."""
        for d, name, f, rank, head in self.lists:
            d[name] = tuple(d[name])
            f[rank] = f"{head}{','.join(f[rank])}]"
        for f, rank, head in self.parts:
            f[rank] = f"{head}{{{''.join(f[rank])[1:]}}}"
        for model, d, f in self.defaults:
            _fill_in(model, d, f)
        for d, name, f, rank, head in reversed(self.entries):
            rows = d[name]
            if type(rows) is tuple:
                f[rank] = f"{head}{{{''.join(f[rank])[1:]}}}]"
            else:
                d[name] = tuple(rows)
                f[rank] = f"{head}{{{'},{'.join([''.join(pieces)[1:] for pieces in f[rank]])}}}]"
        for model, made in reversed(self.checks):
            for check in model.checks:
                if not passes(check, made):
                    raise Unusual


def add(
    rows: Any, value: Any, json: str, d: dict[str, Any], name: str, f: list[Any], rank: int, head: str, ends: Endings
) -> str:
    """Add to a list that holds finished objects already: the new one's place. One alone stands as a finished tuple."""
    if type(rows) is tuple:
        rows = d[name] = [*rows]
        f[rank] = [f[rank][len(head) : -1]]
        ends.lists.append((d, name, f, rank, head))
    rows.append(value)
    f[rank].append(json)
    return str(len(rows) - 1)


def _fill_in(model: Assembly, d: dict[str, Any], f: list[Any]) -> None:
    """Fields without a plain default: Unusual when one is missing; JSON leaves out what equals its default."""
    for plan in model.unset:
        if d[plan.name] is UNSET:
            d[plan.name], json = default_of(plan, d)
            f[plan.rank] = f',"{plan.name}":{json}' if json and plan.depends else ""
        elif plan.fixed is not None and d[plan.name] == plan.fixed:
            f[plan.rank] = ""


def default_of(plan: FieldPlan, values: dict[str, Any]) -> tuple[Any, str]:
    """The default beside ``values``, and its JSON, "" for None. Raises Unusual when there is none that passes."""
    if not plan.depends:
        return _plain_default(plan)
    value = cast("Any", plan.info.default_factory)(values)
    return _known_default(plan, value) if isinstance(value, str) else _checked_default(plan, value)


@lru_cache(1024)
def _known_default(plan: FieldPlan, value: str) -> tuple[Any, str]:
    """A code made of a word: there are few."""
    return _checked_default(plan, value)


@cache
def _plain_default(plan: FieldPlan) -> tuple[Any, str]:
    """The default of a field that does not depend on others: the same for all."""
    if plan.info.is_required():
        raise Unusual
    return _checked_default(plan, plan.info.get_default(call_default_factory=True))


def _checked_default(plan: FieldPlan, value: Any) -> tuple[Any, str]:
    if value is None:
        return None, ""
    adapter = _adapter(plan.annotation)
    try:
        return adapter.validate_python(value), adapter.dump_json(value).decode()
    except ValidationError:
        raise Unusual from None


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def extra(name: str, texts: dict[str, str]) -> tuple[Extra, str]:
    """What has no field of its own, and its JSON."""
    if not name:
        raise Unusual
    made = instance(Extra, {"name": name, "values": texts}, _EXTRA_GIVEN)
    if not texts:
        return made, f'{{"name":{quoted(name)}}}'
    values = ",".join([f"{quoted(designator)}:{quoted(text)}" for designator, text in texts.items()])
    return made, f'{{"name":{quoted(name)},"values":{{{values}}}}}'


def keep(entry: Entry, name: str, texts: dict[str, str], position: str, ends: Endings, trail: list[str]) -> None:
    """Put what has no field of its own into the extras of an open entry."""
    d, f, given, pointer = entry
    rows = d.get("extras")
    if rows is None:
        raise Unusual
    made, json = extra(name, texts)
    rank, head, place = list(d).index("extras"), ',"extras":[', "0"
    if rows:
        place = add(rows, made, json, d, "extras", f, rank, head, ends)
    else:
        d["extras"], f[rank] = (made,), f"{head}{json}]"
        given.add("extras")
    trail.append(f'{position},"{pointer}/extras/{place}/values",{places_of(texts)}')


def places_of(texts: dict[str, str]) -> str:
    """Provenance of an extra's values, which are named by their designators."""
    return f"{{{','.join([f'{quoted(designator)}:{quoted(designator)}' for designator in texts])}}}"


ALL: dict[str, Callable[..., Any]] = {function.__name__: function for function in (add, extra, keep, places_of, passes)}
"""By the names under which generated code calls them."""
