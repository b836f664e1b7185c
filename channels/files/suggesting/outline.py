"""What a document of some type may hold, level by level: taken from the mapping for plain tables that comes with the
hub, whose columns' names are the first phrases by which a field is known, and joined with the canonical model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from canonical.base import CanonicalModel, CodedEnum
from canonical.document import DocumentType, model_of
from channels.files.model.paths import resolve, shape_of, value_type
from channels.files.suggesting.field_names import NAMES, NAMES_OF, NOT_READ
from channels.files.suggesting.meanings import meaning


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One field that may be read. ``phrases``: what it is called, as concepts, each with how much it says. ``kind`` is
    the type of its values; ``words`` the words that they can be. Without a path it only tells what a column is."""

    level: int
    path: str
    kind: Any
    phrases: tuple[tuple[frozenset[str], float], ...]
    rule: Mapping[str, Any]
    words: type[CodedEnum] | None = None

    @property
    def is_required(self) -> bool:
        return self.rule.get("required") == "true"

    @property
    def is_identifier(self) -> bool:
        """Whether its values name something: the same letters mean the same thing."""
        return self.kind is str and not self.path.endswith((".name", ".text", "description", ".city"))


@dataclass
class Outlined:
    """One level: the fields of the document, or of the list of that name in the level before. ``fixed`` are rules that
    need no column."""

    name: str
    group: tuple[str, ...] | None
    when_blank: str | None
    targets: list[Target] = field(default_factory=list)
    fixed: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Outline:
    """A document type as levels, outermost first."""

    document: DocumentType
    levels: list[Outlined]

    @property
    def targets(self) -> list[Target]:
        return [target for level in self.levels for target in level.targets]


def outline_of(plain: Mapping[str, Any]) -> Outline:
    """The outline of the mapping for plain tables, as its YAML has it."""
    document = DocumentType(plain["document"])
    levels = list(_levels(plain, model_of(document), document, "", 0))
    for decoy, at in NOT_READ.items():
        if at in (document, ""):
            levels[-1].targets.append(Target(len(levels) - 1, "", None, _phrases([decoy]), {}))
    return Outline(document, levels)


def _levels(
    said: Mapping[str, Any], model: type[CanonicalModel], document: str, name: str, depth: int
) -> Iterator[Outlined]:
    group = said.get("group")
    level = Outlined(name, None if group is None else tuple(group), said.get("when_blank"))
    for path, rule in said["fields"].items():
        twice = path == "line_number" and "quantity.line_number" in said["fields"]  # a ship notice's own count of lines
        if "column" in rule and not twice:
            names = NAMES_OF.get((document, f"{name}.{path}" if depth > 1 else path), NAMES.get(path, ()))
            level.targets.append(_target(model, path, rule, depth, names))
        if "column" not in rule or "default" in rule or "default_from" in rule:
            level.fixed[path] = {key: value for key, value in rule.items() if key not in ("column", "required")}
    yield level
    for inner, below in said.get("lists", {}).items():
        plan = resolve(model, inner)[-1].plan
        assert plan.inner is not None, f"{inner} of the plain mapping is a list of objects"
        yield from _levels(below, plan.inner, document, inner, depth + 1)


def _target(
    model: type[CanonicalModel], path: str, rule: Mapping[str, Any], depth: int, names: tuple[str, ...]
) -> Target:
    steps = resolve(model, path)
    plan = steps[-1].plan
    columns = rule["column"] if isinstance(rule["column"], list) else [rule["column"]]
    around = next((step.plan.inner for step in reversed(steps[:-1]) if step.plan.inner), model)
    pair = shape_of(around).pairs.get(plan.name)
    words = pair.words if pair is not None and plan.name == pair.word else None
    phrases = (*_phrases(columns), *_phrases(names))
    return Target(depth, path, value_type(plan), phrases, rule, words)


def _phrases(texts: list[str] | tuple[str, ...]) -> tuple[tuple[frozenset[str], float], ...]:
    """A phrase with ``~`` before it says less: it may mean other things as well."""
    found: dict[frozenset[str], float] = {}
    for text in texts:
        concepts = meaning(text.lstrip("~"))
        found[concepts] = max(found.get(concepts, 0), 0.8 if text.startswith("~") else 1.0)
    return tuple(found.items())
