"""What a binding does not name: kept by reference designator on the way in, put back on the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from channels.x12.envelope import Separators

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
