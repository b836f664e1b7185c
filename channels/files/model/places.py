"""Whether the places that a mapping names can be in a file of its format, for reading and for writing."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from channels.channel import Located
from channels.expression import Expression, is_plain
from channels.files.model.formats import CsvFormat, FixedFormat, FlatFormat, Format, SheetFormat, XmlFormat
from channels.files.model.rules import Entries, FieldRule, Selection
from channels.files.model.xpath import NoPath, parse

Path = tuple[str | int, ...]

_WAYS = {
    "csv": ("column", "position"),
    "sheet": ("column", "position"),
    "fixed": ("column",),
    "xml": ("xpath",),
    "json": ("jmespath",),
}
"""How places are named in files of each format."""


def place_problems(mapping: Entries, format: Format) -> list[Located]:
    """What cannot be found in a file of the format, each at its place in the mapping."""
    return list(_of_entries(mapping, format, ()))


def _of_entries(entries: Entries, format: Format, place: Path) -> Iterator[Located]:
    if not entries.fields:
        yield (*place, "fields"), "needs at least one field"
    flat = isinstance(format, FlatFormat)
    if flat and entries.records is not None:
        yield (*place, "records"), f"a {format.kind} file has rows: leave records out"
    if flat and entries.written:
        yield (*place, "written"), "constants of rows are fields: give the field a constant"
    if flat and len(entries.lists) > 1 and not all(inner.when for inner in entries.lists.values()):
        yield (*place, "lists"), "several lists of the same rows: say with when which rows each has"
    if not flat and entries.records is not None:
        yield from _of_expression(entries.records, format, (*place, "records"))
    if not flat and not place and entries.records is None:
        yield ("records",), f"a {format.kind} file needs it: where in the file the documents are"
    for expression in entries.written if not flat else ():
        yield from _of_expression(expression, format, (*place, "written", expression))
    for name in ("when", "starts"):
        condition = getattr(entries, name)
        if condition is not None:
            yield from _of_selection(condition, format, (*place, name))
    for path, rule in entries.fields.items():
        yield from _of_rule(rule, format, (*place, "fields", path))
    for path, inner in entries.lists.items():
        yield from _of_entries(inner, format, (*place, "lists", path))


def _of_rule(rule: FieldRule, format: Format, place: Path) -> Iterator[Located]:
    yield from _of_selection(rule, format, place)
    if rule.when is not None:
        yield from _of_selection(rule.when, format, (*place, "when"))
    for index, part in enumerate(rule.concat or ()):
        yield from _of_selection(part, format, (*place, "concat", index))
    for index, case in enumerate(rule.cases or ()):
        yield from _of_selection(case, format, (*place, "cases", index))
        if case.when is not None:
            yield from _of_selection(case.when, format, (*place, "cases", index, "when"))
    if rule.otherwise is not None and rule.lookup is None:
        yield (*place, "otherwise"), "it is for words that a lookup does not have: there is no lookup"
    if rule.constant is not None and rule.default is not None:
        yield (*place, "default"), "a constant is never blank"


def _of_selection(selection: Selection, format: Format, place: Path) -> Iterator[Located]:
    ways = selection.ways()
    known = _WAYS[format.kind]
    if len(ways) != 1:
        choices = [way for way in selection.CHOICES if way not in ("column", "position", "xpath", "jmespath")]
        yield place, f"say exactly one of {', '.join([*known, *choices])}"
        return
    way = ways[0]
    if way in ("column", "position", "xpath", "jmespath") and way not in known:
        yield (*place, way), f"a {format.kind} file has none: say {' or '.join(known)}"
        return
    if way in ("xpath", "jmespath"):
        for expression in selection.expressions:
            yield from _of_expression(expression, format, (*place, way))
    if isinstance(format, FixedFormat) and way == "column":
        names = {column.name for column in format.columns}
        for name in selection.columns:
            if name not in names:
                yield (*place, way), f'the format has no column "{name}"'
    if isinstance(format, CsvFormat | SheetFormat) and format.header_row == 0 and way == "column":
        yield (*place, way), "there is no row with names (header_row: 0): say position"


def _of_expression(text: str, format: Format, place: Path) -> Iterator[Located]:
    try:
        if isinstance(format, XmlFormat):
            for prefix in sorted(parse(text).prefixes - format.namespaces.keys() - {"xml"}):
                yield place, f"the format's namespaces have no {prefix}"
        else:
            TypeAdapter(Expression).validate_python(text)
    except NoPath as error:
        yield place, str(error)
    except ValidationError as error:
        yield place, error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")


def writing_problems(mapping: Entries, format: Format) -> list[Located]:
    """What can be read and not written, each at its place."""
    return list(_unwritable(mapping, format, ()))


def _unwritable(entries: Entries, format: Format, place: Path) -> Iterator[Located]:
    for path, rule in entries.fields.items():
        at = (*place, "fields", path)
        if rule.read_only:
            continue
        if rule.concat is not None:
            yield (*at, "concat"), "joined texts cannot be taken apart again: say read_only for it"
        if rule.cases is not None:
            yield (*at, "cases"), "which case a value came from cannot be told: say read_only for it"
        for expression in rule.expressions[:1]:
            if why := _why_not_written(expression, format.kind):
                yield (*at, "xpath" if rule.xpath else "jmespath"), why
    if entries.records is not None and (why := _why_not_written(rooted(entries.records, format), format.kind)):
        yield (*place, "records"), why
    for name in ("when", "starts") if isinstance(format, FlatFormat) else ("starts",):
        if getattr(entries, name) is not None:
            yield (*place, name), "rows under a condition are read only"
    for path, inner in entries.lists.items():
        yield from _unwritable(inner, format, (*place, "lists", path))
    if isinstance(format, FlatFormat) and len(entries.lists) > 1:
        yield (*place, "lists"), "rows carry one list inside another, not several side by side"


def _why_not_written(text: str, kind: str) -> str | None:
    if kind == "xml":
        return parse(text).why_not_written
    plain = is_plain(text.removesuffix("[]"))
    return None if plain else "only names with points between them can be written to: this one is read only"


def rooted(records: str, format: Format) -> str:
    """The records as we write them: below the format's own root where any is read."""
    root = format.root if isinstance(format, XmlFormat) else None
    return f"/{root}{records[2:]}" if root and (records == "/*" or records.startswith("/*/")) else records
