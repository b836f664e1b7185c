"""What a binding does not name: kept by reference designator on the way in, put back on the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from channels.x12.envelope import Separators
from channels.x12.sets.values import Unwritable

Cover: TypeAlias = Mapping[int, frozenset[int]]


def leftover(e: list[str], sep: Separators, cover: Cover) -> dict[str, str]:
    """The non-empty elements that ``cover`` does not name, by reference designator: ``REF03``, a component ``REF04-2``,
    a repetition ``DMG05[2]``."""
    found: dict[str, str] = {}
    for position in range(1, len(e)):
        text = e[position]
        covered = cover.get(position, frozenset())
        if text and 0 not in covered:
            found.update(_spread(f"{e[0]}{position:02}", text, sep, covered))
    return found


def _spread(designator: str, text: str, sep: Separators, covered: frozenset[int]) -> dict[str, str]:
    if sep.repetition and sep.repetition in text:
        pieces = enumerate(text.split(sep.repetition), 1)
        repeated = [_spread(f"{designator}[{number}]", piece, sep, frozenset()) for number, piece in pieces]
        return {key: value for piece in repeated for key, value in piece.items()}
    if sep.component in text or covered:
        components = enumerate(text.split(sep.component), 1)
        return {f"{designator}-{number}": piece for number, piece in components if piece and number not in covered}
    return {designator: text} if text else {}


def component(text: str, number: int, sep: Separators) -> str:
    """The component's text, empty when there is none. A repeated composite is left to the extras whole."""
    if sep.repetition and sep.repetition in text:
        return ""
    parts = text.split(sep.component, number)
    return parts[number - 1] if len(parts) >= number else ""


def merge(level: dict[str, Any], values: dict[str, Any]) -> bool:
    """Add values to a loop entry; False, and nothing is added, when one of them is already there."""
    for name, value in values.items():
        have = level.get(name)
        if have is not None and not (isinstance(value, dict) and value.keys().isdisjoint(have)):
            return False
    for name, value in values.items():
        if isinstance(value, dict) and name in level:
            level[name].update(value)
        else:
            level[name] = value
    return True


def put(entry: dict[str, Any], name: str, texts: dict[str, str], ptr: str, loc: str, out: dict[str, str]) -> None:
    """Add an extra to an entry, and where each of its values came from."""
    extras = entry.setdefault("extras", [])
    for designator in texts:
        out[f"{ptr}/extras/{len(extras)}/values/{designator}"] = loc + designator
    extras.append({"name": name, "values": texts})


Elements: TypeAlias = dict[tuple[int, int, int], str]
"""A segment under construction: (element position, repetition from 1, component or 0) → text."""

_DESIGNATOR = re.compile(r"(\d\d)(?:\[([1-9]\d?)\])?(?:-([1-9]\d?))?", re.ASCII)


def parse_designators(segment: str, values: Mapping[str, str]) -> Elements:
    """The reverse of ``leftover``. Raises Unwritable for a key that is no designator of this segment."""
    texts: Elements = {}
    for designator, text in values.items():
        match = _DESIGNATOR.fullmatch(designator.removeprefix(segment)) if designator.startswith(segment) else None
        if match is None or match[1] == "00":
            raise Unwritable(f"{designator} is no element of {segment}")
        if text:
            texts[int(match[1]), int(match[2] or 1), int(match[3] or 0)] = text
    return texts


def assemble(segment: str, texts: Elements, sep: Separators) -> list[str]:
    """The segment's elements, without empty ones at its end. Raises Unwritable for a repetition without a separator."""
    if not texts:
        return [segment]
    elements = [segment, *[""] * max(texts)[0]]
    composites: dict[int, dict[int, dict[int, str]]] = {}
    for (position, repetition, number), text in texts.items():
        if repetition == 1 and number == 0:
            elements[position] = text
        else:
            composites.setdefault(position, {}).setdefault(repetition, {})[number] = text
    for position, repetitions in composites.items():
        if elements[position]:
            repetitions.setdefault(1, {})[0] = elements[position]
        if max(repetitions) > 1 and sep.repetition is None:
            raise Unwritable(f"{segment}{position:02} repeats, which needs a repetition separator")
        if any(0 in components and len(components) > 1 for components in repetitions.values()):
            raise Unwritable(f"{segment}{position:02} is given whole and by its components")
        pieces = [_composite(repetitions.get(number, {}), sep) for number in range(1, max(repetitions) + 1)]
        elements[position] = (sep.repetition or "").join(pieces)
    return elements


def _composite(components: Mapping[int, str], sep: Separators) -> str:
    """Components joined; the single text numbered 0 is a simple element."""
    numbered = range(1, max(components, default=0) + 1)
    return sep.component.join(components.get(number, "") for number in numbered) or components.get(0, "")
