"""JSON text as what it says and nothing else: no key twice, no NaN, not endlessly deep."""

from __future__ import annotations

import json
from typing import Any

from hub.submission.refusal import Refused, finding

DEPTH_LIMIT = 100
"""Objects and arrays inside each other. A ship notice of the deepest nesting that is read stays below it."""


def strict_json(body: bytes) -> Any:
    """The plain objects in UTF-8 JSON text. Raises Refused."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError) as error:
        raise Refused((finding("JSON-SYNTAX", "", f"This is no JSON text: {error}"),)) from None
    except RecursionError:
        raise Refused((finding("JSON-DEPTH", "", "The JSON text is nested too deeply."),)) from None
    if _depth(value) > DEPTH_LIMIT:
        raise Refused((finding("JSON-DEPTH", "", f"The JSON text is nested more than {DEPTH_LIMIT} deep."),))
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:40]!r} stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _depth(value: Any) -> int:
    deepest, pending = 0, [(value, 1)]
    while pending:
        item, depth = pending.pop()
        deepest = max(deepest, depth)
        inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        pending.extend((entry, depth + 1) for entry in inner)
    return deepest
