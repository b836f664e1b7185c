"""What is left to do when a set has ended: lists become tuples and their JSON is joined, defaults are filled in.

Generated building functions and ``construction`` call these. An ending was noted before those of what is inside it,
so all are run last first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from canonical.assembly import UNSET, Assembly, FieldPlan, instance, passes
from canonical.base import Extra
from channels.x12.sets.checked import Unusual, quoted

Entry: TypeAlias = tuple[dict[str, Any], list[Any], set[str], str]
"""An open entry: its values, its JSON a piece a field, the names that were given, its JSON pointer."""

Endings: TypeAlias = list[tuple[Any, ...]]
"""(function, its arguments ...)."""

_EXTRA_GIVEN = {"name", "values"}


def end_list(d: dict[str, Any], name: str, f: list[Any], rank: int, head: str) -> None:
    """Of finished objects: ``f[rank]`` holds their texts."""
    d[name] = tuple(d[name])
    f[rank] = f"{head}{','.join(f[rank])}]"


def end_entries(d: dict[str, Any], name: str, f: list[Any], rank: int, head: str) -> None:
    """Of entries that were open until now: ``f[rank]`` holds the pieces of each."""
    d[name] = tuple(d[name])
    f[rank] = f"{head}{{{'},{'.join([''.join(pieces)[1:] for pieces in f[rank]])}}}]"


def end_part(f: list[Any], rank: int, head: str) -> None:
    """An object that several segments filled."""
    f[rank] = f"{head}{{{''.join(f[rank])[1:]}}}"


def end_defaults(model: Assembly, d: dict[str, Any], f: list[Any]) -> None:
    """Fields without a plain default: Unusual when one is missing; JSON leaves out what equals its default."""
    for plan in model.unset:
        if d[plan.name] is UNSET:
            d[plan.name], json = default_of(plan, d)
            f[plan.rank] = f',"{plan.name}":{json}' if json and plan.depends else ""
        elif plan.fixed is not None and d[plan.name] == plan.fixed:
            f[plan.rank] = ""


def end_checks(model: Assembly, made: Any) -> None:
    for check in model.checks:
        if not passes(check, made):
            raise Unusual


def default_of(plan: FieldPlan, values: dict[str, Any]) -> tuple[Any, str]:
    """The default beside ``values``, and its JSON, "" for None. Raises Unusual when there is none that passes."""
    if not plan.depends:
        return _plain_default(plan)
    return _checked_default(plan, plan.info.get_default(call_default_factory=True, validated_data=values))


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


def keep(
    entry: Entry, name: str, texts: dict[str, str], position: int, ends: Endings, trail: list[tuple[int, str, str]]
) -> None:
    """Put what has no field of its own into the extras of an open entry."""
    d, f, given, pointer = entry
    rows = d.get("extras")
    if rows is None:
        raise Unusual
    made, json = extra(name, texts)
    rank = list(d).index("extras")
    if rows:
        rows.append(made)
        f[rank].append(json)
    else:
        rows = d["extras"] = [made]
        f[rank] = [json]
        given.add("extras")
        ends.append((end_list, d, "extras", f, rank, ',"extras":['))
    trail.append((position, f"{pointer}/extras/{len(rows) - 1}/values", places_of(texts)))


def places_of(texts: dict[str, str]) -> str:
    """Provenance of an extra's values, which are named by their designators."""
    return f"{{{','.join([f'{quoted(designator)}:{quoted(designator)}' for designator in texts])}}}"


ALL: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (end_list, end_entries, end_part, end_defaults, end_checks, extra, keep, places_of, passes)
}
"""By the names under which generated code calls them."""
