"""From what was found to a mapping: its tree as a profile's YAML has it, and what a person should know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canonical.purchase_order_acknowledgment import LineStatus
from channels.files.form import Body, FileForm
from channels.files.suggesting.checking import checked
from channels.files.suggesting.meanings import currency_in
from channels.files.suggesting.observed import DOUBTFUL
from channels.files.suggesting.outline import Outline, Outlined, Target, outline_of
from channels.files.suggesting.scoring import Known, lookup_of, unit_of
from channels.files.suggesting.solving import Bound, Solved, solve
from channels.files.suggesting.ways import arrangements

SURE, LIKELY = 0.8, 0.6
"""Confidences from which a field is called sure, or likely; below it is doubtful."""

BESIDE = {
    "qualifier": ("value",),
    "unit_of_measure": ("value", "price"),
}
"""Fields that say nothing alone → those of which one must be read with them."""

BEHIND = 500
"""Letters that lines of fixed width are taken not to have."""

_OURS = frozenset(map(str, LineStatus)) | frozenset(LineStatus.by_code())

SHOWN = 3
"""Values that are shown of each column."""


@dataclass(frozen=True)
class Reading:
    """One field of the proposal. ``path`` is the canonical path with the lists around it; ``values`` what it would read
    first."""

    path: str
    source: str
    confidence: float
    reasons: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def in_words(self) -> str:
        return "sure" if self.confidence >= SURE else "likely" if self.confidence >= LIKELY else "doubtful"


@dataclass(frozen=True)
class Missing:
    """A field that documents should have and that was not found, and what to do about it."""

    path: str
    fix: str


@dataclass(frozen=True)
class Suggestion:
    """A mapping for a supplier's own sample. ``mapping`` is what a profile says under its name; nothing is applied.
    ``ready`` is the mapping that comes with the hub, where the sample follows a standard that it is for."""

    document: str
    form: FileForm
    mapping: Mapping[str, Any]
    readings: tuple[Reading, ...] = ()
    missing: tuple[Missing, ...] = ()
    not_read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    ready: str | None = None
    worth: float = field(default=0.0, compare=False)

    @property
    def is_complete(self) -> bool:
        """Whether every field that documents must have was found."""
        return not self.missing


def suggest(
    body: Body, plain: Mapping[str, Any], known: Known | None = None, *, day_first: bool | None = None
) -> Suggestion:
    """A mapping for documents of the type of ``plain``, the mapping for plain tables of that type as its YAML has it.
    ``day_first`` says how the partner writes dates that could be two days. The same bytes give the same suggestion.
    Raises Unreadable for bytes that no mapping can read."""
    outline = outline_of(plain)
    ways = [solve(way, outline, known or Known(), day_first=day_first) for way in arrangements(body)]
    best = max(ways, key=lambda way: (round(way.worth, 6), way.arrangement.depth))
    return _proposed(checked(best, known or Known()), outline)


def _proposed(solved: Solved, outline: Outline) -> Suggestion:
    arrangement = solved.arrangement
    format = {key: list(said) if isinstance(said, list) else said for key, said in arrangement.format.items()}
    if solved.decimals == "comma" or (solved.decimals and arrangement.format["kind"] == "csv"):
        format["decimals"] = solved.decimals
    dates = [style for style in solved.dates if style in DOUBTFUL]
    if dates:
        format["dates"] = dates
    builder = _Builder(solved, outline, format)
    mapping: dict[str, Any] = {"document": str(outline.document), "format": format, "unwritable": "omit"}
    mapping |= builder.entries()
    notes = [*arrangement.notes, *builder.notes]
    if solved.doubtful_dates:
        notes.append(f"Dates could be read with day or month first: {', '.join(dates)} is taken. Ask the supplier.")
    return Suggestion(
        str(outline.document),
        arrangement.form,
        mapping,
        tuple(builder.readings),
        tuple(builder.missing),
        tuple(column.label for column in solved.not_read if column.filled),
        tuple(notes),
        worth=solved.worth,
    )


class _Builder:
    """Makes the mapping's tree, level by level."""

    def __init__(self, solved: Solved, outline: Outline, format: dict[str, Any]) -> None:
        self._solved, self._outline, self._format = solved, outline, format
        self._kind = str(solved.arrangement.format["kind"])
        self._way = {"xml": "xpath", "json": "jmespath"}.get(self._kind, "column")
        self.readings: list[Reading] = []
        self.missing: list[Missing] = []
        self.notes: list[str] = []

    def entries(self) -> dict[str, Any]:
        levels = [(i, level) for i, level in enumerate(self._outline.levels) if self._is_kept(i, level)]
        said: dict[str, Any] = {}
        at, prefix = said, ""
        entered = self._way == "column"
        for i, level in levels:
            if i:
                prefix += f"{level.name}[]."
                at = at.setdefault("lists", {}).setdefault(level.name, {})
            if not entered:
                entered = self._records(at, i, level, is_last=i == levels[-1][0])
            elif self._way != "column":
                at["records"] = self._here
            self._told_apart(at, i, level)
            at["fields"] = self._fields(i, level, prefix)
        return said

    @property
    def _here(self) -> str:
        return "." if self._kind == "xml" else "@"

    def _is_kept(self, index: int, level: Outlined) -> bool:
        """Packages that the file does not have are left out: what would lie in them lies in what is around."""
        if level.when_blank == "contents":
            return any(self._solved.of(index, path) for path in level.group or ())
        return True

    def _records(self, at: dict[str, Any], index: int, level: Outlined, *, is_last: bool) -> bool:
        """Where this level's records are, in a tree; whether the records of lines have been entered with it."""
        arrangement = self._solved.arrangement
        if index == 0:
            at["records"] = arrangement.records
            return False
        own = any(one.column.inner for one in self._solved.bound if one.target.level == index)
        if (is_last or own) and arrangement.lines:
            at["records"] = arrangement.lines
            return True
        at["records"] = arrangement.lines if is_last and arrangement.lines else self._here
        return is_last or arrangement.is_rows

    def _told_apart(self, at: dict[str, Any], index: int, level: Outlined) -> None:
        """The group, of those of its fields that were found; for a number that stands on the first row only, where
        each document starts."""
        found = [path for path in level.group or () if self._solved.of(index, path)]
        number = self._solved.number
        if index == 0 and not self._solved.arrangement.is_rows:
            return
        if index == 0 and number is not None and self._way == "column":
            texts = number.column.texts
            if number.column.fill < 0.8 and texts[0] and number.column.distinct == len(number.column.filled):
                at["starts"] = {self._place_word(number): number.column.place}
                return
        if index == 0 and level.group and self._way == "column":
            found = found or [path for path in level.group if path in level.fixed]
        if found:
            at["group"] = found
            if level.when_blank:
                at["when_blank"] = level.when_blank
        elif level.group == ():
            if self._way == "column" or self._solved.arrangement.is_rows:
                at["group"] = []
        elif level.group and index and self._way == "column" and any(target.is_required for target in level.targets):
            at["group"] = []

    def _fields(self, index: int, level: Outlined, prefix: str) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        paths = dict.fromkeys([*level.fixed, *(target.path for target in level.targets if target.path)])
        order = {path: i for i, path in enumerate([*(t.path for t in level.targets), *level.fixed])}
        for path in sorted(paths, key=lambda path: order[path]):
            bound = self._solved.of(index, path)
            target = next((t for t in level.targets if t.path == path), None)
            if bound is not None:
                fields[path] = self._rule(bound, level.fixed.get(path, {}), prefix)
            elif path in level.fixed and self._is_needed(index, path, level.fixed[path]):
                fields[path] = dict(level.fixed[path])
                if "default" in fields[path]:
                    fields[path] = {"constant": fields[path]["default"]}
                elif target is not None and "default_from" in fields[path]:
                    fields[path] = {self._way: self._to_come(target), **fields[path]}
            elif target is not None and path == "status" and target.is_required:
                fields[path] = self._status(index)
            elif target is not None and target.is_required and prefix + path == "date":
                fields[path] = {self._way: self._to_come(target), "default_from": "arrival_date"}
                self.notes.append("No place has the date of the document: the day on which it arrives is taken.")
            elif target is not None and target.is_required:
                self._lacks(prefix + path)
        self._complete(index, level, fields)
        return {path: rule for path, rule in fields.items() if self._says_something(path, fields)}

    def _to_come(self, target: Target) -> str:
        """A place that the sample does not have, for what may stand there one day."""
        if self._way != "column":
            return target.path
        name: str = target.rule["column"][0]
        columns = self._format.get("columns")
        if isinstance(columns, list):  # of fixed width: behind whatever lines may hold
            columns.append({"name": name, "start": BEHIND + BEHIND * len(columns), "length": BEHIND})
        return name

    def _status(self, index: int) -> dict[str, Any]:
        """What is answered to an order's line where no word says it: what is confirmed does."""
        confirmed = self._solved.of(index, "quantity.value")
        if confirmed is None:
            self.notes.append("No place says what is answered to a line: each is taken to be accepted.")
            return {"constant": "accepted"}
        nothing = sorted({text for text in confirmed.column.filled if not text.strip("0.,")} | {"0"})
        self.notes.append("No place says what is answered to a line: with 0 confirmed it is taken to be refused.")
        where = {self._place_word(confirmed): confirmed.column.place, "equals": nothing}
        return {"cases": [{"when": where, "constant": "rejected"}, {"constant": "accepted"}]}

    @staticmethod
    def _says_something(path: str, fields: Mapping[str, Any]) -> bool:
        """Whether what a field goes with is read, too: a unit needs its quantity."""
        around, _, name = path.rpartition(".")
        beside = ("amount",) if around.startswith("allowances_and_charges") and name != "amount" else BESIDE.get(name)
        return beside is None or not around or any(f"{around}.{other}" in fields for other in beside)

    def _is_needed(self, index: int, path: str, rule: Mapping[str, Any]) -> bool:
        """A qualifier says nothing without the value beside it."""
        around, _, name = path.rpartition(".")
        if name != "qualifier":
            return True
        return any(self._solved.of(index, f"{around}.{beside}") for beside in ("value", "name"))

    def _rule(self, bound: Bound, fixed: Mapping[str, Any], prefix: str) -> dict[str, Any]:
        rule = {**self._value_rule(bound), **fixed}
        if bound.target.is_required and bound.column.fill > 0.5:
            rule["required"] = True
        values = tuple(dict.fromkeys(str(text) for text in bound.column.filled))[:SHOWN]
        source = bound.column.label if isinstance(bound.column.place, int) else bound.column.place
        self.readings.append(
            Reading(prefix + bound.target.path, source, bound.confidence, tuple(bound.reasons), values)
        )
        return rule

    def _value_rule(self, bound: Bound) -> dict[str, Any]:
        """How a column's values are read."""
        rule: dict[str, Any] = {self._place_word(bound): bound.column.place}
        if bound.target.path.endswith("unit_of_measure"):
            words = {
                text: unit for text in sorted(set(bound.column.filled)) if (unit := unit_of(text)) and unit != text
            }
            if words:
                rule |= {"lookup": words, "unlisted": "keep"}
        elif bound.target.words is not None and (words := lookup_of(bound.target, bound.column) or {}):
            rule["lookup"] = words
            if bound.target.path == "status" and (others := sorted(set(bound.column.filled) - set(words) - _OURS)):
                rule["otherwise"] = "other"
                self.notes.append(f"What is meant by {', '.join(others)} must be said: it is read as other.")
        if bound.target.kind is date and not set(bound.column.date_styles) & DOUBTFUL and self._has_dates:
            ways = [style for style in bound.column.date_styles if style] or ["yyyy-mm-dd"]
            rule["dates"] = ways[:1]
        return rule

    @property
    def _has_dates(self) -> bool:
        return any(style in DOUBTFUL for style in self._solved.dates)

    def _place_word(self, bound: Bound) -> str:
        return "position" if isinstance(bound.column.place, int) else self._way

    def _complete(self, index: int, level: Outlined, fields: dict[str, Any]) -> None:
        """What can be told though no column has it: a currency that stands in names or as a sign."""
        paths = [target.path for target in level.targets]
        units = [one for one in self._solved.bound if one.target.path.endswith("unit_of_measure") and one.target.level]
        for path in paths:
            around, _, name = path.rpartition(".")
            if name == "unit_of_measure" and path not in fields and len(units) == 1 and "quantit" in around:
                fields[path] = self._value_rule(units[0])  # one unit for all quantities of a line
        if "currency.code" in paths and "currency.code" not in fields:
            columns = self._solved.arrangement.columns
            named = (currency_in(column.label) or (column.sign if column.is_number else None) for column in columns)
            if code := next(filter(None, named), None):
                fields["currency.code"] = {"constant": code}
                self.notes.append(
                    f"The currency is taken to be {code}: it stands beside prices, in no column of its own."
                )

    def _lacks(self, path: str) -> None:
        name = path.rpartition(".")[2].replace("_", " ")
        self.missing.append(
            Missing(
                path, f"No place has the {name}: say which it is, or give a constant, or ask the supplier to add it."
            )
        )
