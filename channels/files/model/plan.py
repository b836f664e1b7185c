"""A mapping joined with the model of its document: a tree of objects to be built, each with the values that rules give
it. What cannot be joined is a problem, named at its place in the mapping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from canonical.assembly import FieldPlan
from canonical.base import CanonicalModel
from channels.channel import Located
from channels.files.model.paths import CodePair, NoSuchPlace, Shape, Step, is_needed, resolve, shape_of, value_type
from channels.files.model.rules import Entries, FieldRule
from channels.files.model.styles import Unclear
from channels.files.model.values import from_default

DEEPEST = 8
"""Lists inside lists: a ship notice has four."""

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Leaf:
    """One value: the field it goes to, and the rule for it. ``path`` is the canonical path as the mapping writes it,
    ``place`` where it stands in the mapping. ``default`` is the value of a blank place."""

    plan: FieldPlan
    pair: CodePair | None
    rule: FieldRule
    path: str
    place: Path
    default: Any = None


def is_text(leaf: Leaf) -> bool:
    """Whether the value is text, or a code and its word."""
    return leaf.pair is not None or value_type(leaf.plan) is str


@dataclass(slots=True)
class Node:
    """One object. ``fixed`` are values that are always the same: those of a selector and of constants; an object that
    has only those of constants is always made (``constant``). ``lists`` are in the order of the mapping."""

    shape: Shape
    fixed: dict[str, Any] = field(default_factory=dict)
    constant: bool = False
    leaves: list[Leaf] = field(default_factory=list)
    parts: dict[str, Node] = field(default_factory=dict)
    lists: dict[str, ListNode] = field(default_factory=dict)

    @property
    def needs_nothing(self) -> bool:
        """Whether it is made though nothing of it stands in the file: constants and defaults are all that it has."""
        given = self.constant or any(leaf.default is not None for leaf in self.leaves)
        alone = all(leaf.default is not None for leaf in self.leaves) and not self.lists
        return given and alone and all(part.needs_nothing for part in self.parts.values())


@dataclass(slots=True)
class ListNode:
    """One list: entries that the mapping names one by one, then those that are found in the file."""

    plan: FieldPlan
    entries: dict[Any, Node] = field(default_factory=dict)
    texts: dict[int, Leaf] = field(default_factory=dict)
    found: Level | None = None


@dataclass(slots=True)
class Level:
    """One ``Entries`` of the mapping, in the ``list`` of that name. ``group`` are the leaves by which its entries are
    told apart, if any are."""

    entries: Entries
    node: Node
    place: Path
    group: tuple[Leaf, ...] | None = None
    leaves: dict[str, Leaf] = field(default_factory=dict)
    list: str = ""

    def lists(self) -> Iterator[Level]:
        """The levels right inside it."""
        return _levels_in(self.node)

    @property
    def contents(self) -> Level | None:
        """The level inside it whose entries can stand in its own list."""
        inner = self.node.lists.get(self.list)
        return inner.found if inner is not None else None


@dataclass(slots=True)
class Planned:
    """The document as a level, and what is wrong with the mapping."""

    root: Level
    problems: list[Located] = field(default_factory=list)

    def levels(self) -> Iterator[Level]:
        """All levels, outermost first."""
        pending = [self.root]
        while pending:
            level = pending.pop()
            yield level
            pending.extend(level.lists())


def _levels_in(node: Node) -> Iterator[Level]:
    for part in node.parts.values():
        yield from _levels_in(part)
    for inner in node.lists.values():
        for entry in inner.entries.values():
            yield from _levels_in(entry)
        if inner.found is not None:
            yield inner.found


def plan_of(mapping: Entries, model: type[CanonicalModel]) -> Planned:
    """The plan of a whole mapping. Problems are kept in it, never raised."""
    planned = Planned(Level(mapping, Node(shape_of(model)), ()))
    _Joiner(planned.problems).fill(planned.root, 0)
    return planned


class _Joiner:
    def __init__(self, problems: list[Located]) -> None:
        self._problems = problems

    def fill(self, level: Level, depth: int) -> None:
        """Everything that the level's entries say, put into its node."""
        for path, rule in level.entries.fields.items():
            place = (*level.place, "fields", path)
            try:
                steps = resolve(level.node.shape.assembly.model, path)
                self._leaf(level, steps, rule, path, place)
            except NoSuchPlace as error:
                self._problems.append((place, str(error)))
        for path, entries in level.entries.lists.items():
            place = (*level.place, "lists", path)
            try:
                self._list(level, path, entries, place, depth)
            except NoSuchPlace as error:
                self._problems.append((place, str(error)))
        self._group(level)
        self._needed(level.node, level.place, "")

    def _leaf(self, level: Level, steps: tuple[Step, ...], rule: FieldRule, path: str, place: Path) -> None:
        node = _node_at(level.node, steps[:-1])
        last = steps[-1]
        if last.plan.inner is not None:
            raise NoSuchPlace(f"{path} is no value: say which of its fields")
        leaf = Leaf(last.plan, node.shape.pairs.get(last.plan.name), rule, path, place)
        fixed = self._fixed(leaf, "constant")
        leaf.default = self._fixed(leaf, "default")
        if last.plan.many:
            texts = node.lists.setdefault(last.plan.name, ListNode(last.plan)).texts
            texts[last.place or 1] = leaf
        elif rule.constant is not None and rule.when is None:
            _set(node.fixed, leaf, fixed)
            node.constant = True
        else:
            self._refuse_second(node, leaf)
            node.leaves.append(leaf)
        level.leaves[path] = leaf

    def _fixed(self, leaf: Leaf, name: str) -> Any:
        text = getattr(leaf.rule, name)
        if text is None:
            return None
        try:
            return from_default(leaf.plan, leaf.pair, text)
        except Unclear as why:
            self._problems.append(((*leaf.place, name), f'"{text}" {why}: give {why.expected}'))
            return None

    def _refuse_second(self, node: Node, leaf: Leaf) -> None:
        names = {leaf.plan.name} if leaf.pair is None else {leaf.pair.word, leaf.pair.code}
        if leaf.plan.name in node.fixed or any(other.plan.name in names for other in node.leaves):
            self._problems.append((leaf.place, "it is given twice: by another path, or as word and code"))

    def _list(self, level: Level, path: str, entries: Entries, place: Path, depth: int) -> None:
        steps = resolve(level.node.shape.assembly.model, path)
        last = steps[-1]
        if not last.plan.many or last.fixed or path.endswith("]"):
            raise NoSuchPlace(f"{path} is no list of its own: name the list, such as lines, without brackets")
        if last.plan.inner is None:
            raise NoSuchPlace(f"{path} holds plain texts: give each as {path}[1], {path}[2] among the fields")
        if depth >= DEEPEST:
            raise NoSuchPlace(f"lists stand at most {DEEPEST} deep inside each other")
        node = _node_at(level.node, steps[:-1])
        inner = Level(entries, Node(shape_of(last.plan.inner)), place, list=last.plan.name)
        self.fill(inner, depth + 1)
        node.lists.setdefault(last.plan.name, ListNode(last.plan)).found = inner

    def _group(self, level: Level) -> None:
        if level.entries.when_blank == "contents" and (level.contents is None or not level.entries.group):
            message = f"it is for a group in {level.list or 'a list'} with a list of the same name in it"
            self._problems.append(((*level.place, "when_blank"), message))
        if level.entries.group is None:
            return
        if level.entries.starts is not None:
            self._problems.append(((*level.place, "starts"), "say group or starts, not both"))
        found: list[Leaf] = []
        for index, path in enumerate(level.entries.group):
            leaf = level.leaves.get(path)
            if leaf is None:
                message = f"{path} is not among the fields beside it: a group is told by fields that are read"
                self._problems.append(((*level.place, "group", index), message))
            else:
                found.append(leaf)
        level.group = tuple(found)

    def _needed(self, node: Node, place: Path, prefix: str) -> None:
        """Fields without which the object cannot be made must be given."""
        given = {*node.fixed, *(leaf.plan.name for leaf in node.leaves), *node.parts, *node.lists}
        for name, pair in node.shape.pairs.items():
            if name in given:
                given |= {pair.word, pair.code}
        for plan in node.shape.assembly.fields.values():
            if is_needed(plan) and plan.name not in given:
                message = f"{prefix}{plan.name} is needed: say where it is found, or give a constant"
                self._problems.append(((*place, "fields"), message))
        for name, part in node.parts.items():
            self._needed(part, place, f"{prefix}{name}.")
        for name, inner in node.lists.items():
            for entry in inner.entries.values():
                self._needed(entry, place, f"{prefix}{name}[{_told(entry)}].")


def _told(entry: Node) -> str:
    return next((str(value) for value in entry.fixed.values()), "")


def _set(fixed: dict[str, Any], leaf: Leaf, value: Any) -> None:
    if leaf.pair is None or value is None:
        fixed[leaf.plan.name] = value
    else:
        fixed[leaf.pair.word], fixed[leaf.pair.code] = value


def _node_at(node: Node, steps: tuple[Step, ...]) -> Node:
    """The object that the steps lead to, made where it is not there yet."""
    for step in steps:
        inner = step.plan.inner
        if inner is None:
            raise NoSuchPlace(f"{step.plan.name} is a value and has no fields")
        if step.plan.many:
            entries = node.lists.setdefault(step.plan.name, ListNode(step.plan)).entries
            following = entries.get(step.key)
            if following is None:
                following = entries[step.key] = Node(shape_of(inner), dict(step.fixed))
        else:
            following = node.parts.setdefault(step.plan.name, Node(shape_of(inner)))
        node = following
    return node
