"""The part of XPath that mappings use: enough to name a place, little enough that it can be written to as well, and
that no expression takes longer than the way it names.

Steps down (``cac:Party/cbc:Name``, ``*``), up (``..``, read only) and to an attribute (``@number``, at the end);
conditions in brackets: a place's text (``[@role='shipTo']``, ``[PARVW='WE']``, ``[cbc:ID/@schemeID='GLN']``) or its
number (``[2]``). A slash at the start begins at the root.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

_NAME = r"(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*"
_STEP = re.compile(rf"(\.\.|\.|\*|@?{_NAME})((?:\[[^\[\]]*\])*)", re.ASCII)
_CONDITION = re.compile(rf"((?:{_NAME}/)*@?{_NAME})\s*=\s*(?:'([^']*)'|\"([^\"]*)\")", re.ASCII)
_PARTS = re.compile(r"(?:[^/\[\]]|\[[^\]]*\])+")

LONGEST = 30
"""Steps of one expression."""


class NoPath(ValueError):
    """An expression that is not of this part of XPath; the message says why."""


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on a step: a place below it has this text, or it is the ``number``-th of its kind."""

    path: tuple[Step, ...] = ()
    text: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """``name`` as written, with its prefix, ``.``, ``..`` or ``*``; of an attribute without the ``@``."""

    name: str
    is_attribute: bool = False
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True)
class XPath:
    """An expression, taken apart."""

    text: str
    steps: tuple[Step, ...]
    is_absolute: bool = False

    @cached_property
    def prefixes(self) -> set[str]:
        """Every prefix that it uses."""
        return set(re.findall(r"([A-Za-z_][\w.-]*):", re.sub(r"'[^']*'|\"[^\"]*\"", "", self.text)))

    @property
    def why_not_written(self) -> str | None:
        """What keeps it from naming one place to write to, or None."""
        if any(step.name in ("..", "*") for step in self.steps):
            return ".. and * name no one place: what they find is read only"
        return None


def parse(text: str) -> XPath:
    """Raises NoPath."""
    is_absolute = text.startswith("/")
    parts = _PARTS.findall(text)
    joined = "/".join(parts)
    if text.startswith("//") or "//" in text or joined != text.removeprefix("/") or not parts:
        raise NoPath(f'"{text}" is no path of names with / between them')
    if len(parts) > LONGEST:
        raise NoPath(f"a path has at most {LONGEST} steps")
    steps = tuple(_step(part, text) for part in parts)
    if any(step.is_attribute for step in steps[:-1]):
        raise NoPath("an attribute stands at the end of a path")
    return XPath(text, steps, is_absolute)


def _step(part: str, text: str) -> Step:
    match = _STEP.fullmatch(part)
    if match is None:
        raise NoPath(f'"{part}" in "{text}" is no step: write names, @names, .. and conditions such as [@type=\'x\']')
    tests = tuple(_test(condition) for condition in re.findall(r"\[([^\]]*)\]", match[2]))
    name = match[1]
    if tests and (name in (".", "..") or name.startswith("@")):
        raise NoPath(f"{name} takes no condition")
    return Step(name.removeprefix("@"), name.startswith("@"), tests)


def _test(condition: str) -> Test:
    text = condition.strip()
    if text.isdecimal() and 1 <= int(text) <= 1000:
        return Test(number=int(text))
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise NoPath(f"[{condition}] is no condition: write [name='text'], [@name='text'] or [2]")
    path = tuple(Step(name.removeprefix("@"), name.startswith("@")) for name in match[1].split("/"))
    if any(step.is_attribute for step in path[:-1]):
        raise NoPath("an attribute stands at the end of a path")
    return Test(path, match[2] if match[2] is not None else match[3])


def qualified(name: str, namespaces: Mapping[str, str]) -> str:
    """A name as lxml has it: ``cbc:ID`` → ``{urn:...}ID``."""
    prefix, found, local = name.rpartition(":")
    if prefix == "xml":  # bound by the standard
        return f"{{http://www.w3.org/XML/1998/namespace}}{local}"
    return f"{{{namespaces[prefix]}}}{local}" if found else name
