"""What a form is made of: sections of fields, and of entries that are fields once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from partners.problem import Path
from partners.splicing import Value

Kind = Literal["text", "select", "number", "words", "lines", "email", "tel"]
"""``words`` and ``lines`` are lists, written one behind the other with commas, or one below the other."""
Options = tuple[tuple[str, str], ...]

PREFIX = "f:"
"""How the names of its fields begin, before the path in the profile."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of the profile at its path. ``value`` is shown: what the profile says, else ``default``, which holds
    where it says nothing. ``several``: the value of an option may be a list, with commas."""

    path: Path
    label: str
    value: str
    kind: Kind = "text"
    options: Options = ()
    hint: str = ""
    default: str = ""
    required: bool = False
    several: bool = False

    @property
    def name(self) -> str:
        return PREFIX + "/".join(str(step) for step in self.path)

    @property
    def id(self) -> str:
        return "f-" + "-".join(str(step) for step in self.path)

    @property
    def is_long(self) -> bool:
        """Whether what can be chosen needs room."""
        return any(len(label) > 24 for _, label in self.options)

    def answer(self, given: str) -> Value | None:
        """What a person's answer is in the profile; None for nothing."""
        if self.kind in ("words", "lines"):
            return listed(given, "\n" if self.kind == "lines" else ",") or None
        if self.kind == "number" and given.isascii() and given.isdecimal() and str(int(given)) == given:
            return int(given)
        if self.kind == "select" and given in ("true", "false"):
            return given == "true"
        if self.several and "," in given:
            return list(listed(given, ","))
        return given or None


@dataclass(frozen=True, slots=True)
class Entry:
    """One of a list: a contact, a channel. ``unseen`` names what it has besides, which only its YAML shows."""

    path: Path
    title: str
    fields: tuple[Field, ...]
    about: str = ""
    unseen: tuple[str, ...] = ()
    removable: bool = True

    @property
    def address(self) -> str:
        return "/".join(str(step) for step in self.path)

    @property
    def id(self) -> str:
        return "-".join(str(step) for step in self.path)


@dataclass(frozen=True, slots=True)
class Section:
    """``blank`` is an entry that is not there yet; ``none`` is said where there is no other. ``folded`` ones open by a
    click."""

    key: str
    title: str
    lead: str = ""
    fields: tuple[Field, ...] = ()
    entries: tuple[Entry, ...] = ()
    blank: Entry | None = None
    none: str = ""
    folded: bool = False

    def every_field(self) -> Iterator[Field]:
        yield from self.fields
        for entry in (*self.entries, *([self.blank] if self.blank else [])):
            yield from entry.fields


def listed(text: str, mark: str) -> list[str]:
    return [one for part in text.split(mark) if (one := " ".join(part.split()))]


def said(tree: Any, path: Path) -> Any:
    """What the profile says at a path, None where nothing."""
    for step in path:
        if isinstance(tree, dict) and isinstance(step, str):
            tree = tree.get(step)
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            return None
    return tree


def shown(value: Any, mark: str = ", ") -> str:
    """A value as a field shows it; what no field can show is empty."""
    if isinstance(value, list):
        return mark.join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def field(tree: Any, path: Path, label: str, kind: Kind = "text", **more: Any) -> Field:
    """The field of a path, with what the profile says there."""
    value = shown(said(tree, path), "\n" if kind == "lines" else ", ")
    if not value and kind == "select":
        value = more.get("default", "")
    if kind == "select" and value not in (name for name, _ in more["options"]):
        more["options"] = ((value, value), *more["options"])
    return Field(path, label, value, kind, **more)


def entries(tree: Any, name: str) -> list[dict[str, Any]]:
    """A list of the profile, as far as it holds fields."""
    value = said(tree, (name,))
    return [one if isinstance(one, dict) else {} for one in value] if isinstance(value, list) else []


def holds_more(value: Any) -> bool:
    """Whether a value is more than a field can show; nothing said is not the same as nothing."""
    return (
        value is None
        or isinstance(value, dict)
        or (isinstance(value, list) and any(not isinstance(one, str) for one in value))
    )
