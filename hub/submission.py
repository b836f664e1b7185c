"""A canonical document as it is posted: by a partner bare, by a system with the partner it is meant for, by a gateway
with the partner it is from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from canonical.document import Document, DocumentType, parse_document
from canonical.finding import Finding, Severity

DEPTH_LIMIT = 100
"""Objects and arrays inside each other. A ship notice of the deepest nesting that is read stays below it."""


_TYPES = ", ".join(DocumentType)
PLAIN_WORDS = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "union_tag_not_found": f'The document does not say its "type"; it is one of {_TYPES}.',
    "union_tag_invalid": f"There is no such type of document; it is one of {_TYPES}.",
    "model_attributes_type": "A JSON object is expected here.",
    "model_type": "A JSON object is expected here.",
    "tuple_type": "A JSON array is expected here.",
    "string_type": "Text is expected here.",
    "string_pattern_mismatch": "This text has characters that are not allowed here.",
    "string_too_short": "This text is empty.",
}
"""pydantic's kinds of error in words for who posted the document."""


class Refused(Exception):
    """The submission does not validate. ``findings`` name every problem; nothing of it is kept but one refusal row."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings[0].message if findings else "refused")
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Submission:
    document: Document
    partner: str | None = None


def parse_submission(body: bytes, *, names_partner: bool) -> Submission:
    """Reads and validates. Raises Refused with every problem, each at its JSON pointer."""
    value = _strict_json(body)
    partner: str | None = None
    if names_partner:
        value, partner = _unwrap(value)
    try:
        return Submission(parse_document(value), partner)
    except ValidationError as error:
        prefix = "/document" if names_partner else ""
        raise Refused(tuple(_finding(problem, prefix) for problem in error.errors(include_url=False))) from None


def _strict_json(body: bytes) -> Any:
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError) as error:
        raise Refused((_problem("JSON-SYNTAX", "", f"This is no JSON text: {error}"),)) from None
    except RecursionError:
        raise Refused((_problem("JSON-DEPTH", "", "The JSON text is nested too deeply."),)) from None
    if _depth(value) > DEPTH_LIMIT:
        raise Refused((_problem("JSON-DEPTH", "", f"The JSON text is nested more than {DEPTH_LIMIT} deep."),))
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


def _unwrap(value: Any) -> tuple[Any, str]:
    if not isinstance(value, dict) or set(value) != {"partner", "document"} or not isinstance(value["partner"], str):
        message = 'A system or gateway posts {"partner": "<key>", "document": {...}}.'
        raise Refused((_problem("SUBMISSION-SHAPE", "", message),))
    return value["document"], value["partner"]


def _finding(problem: Any, prefix: str) -> Finding:
    place = problem["loc"]
    if place and place[0] in set(DocumentType):  # pydantic's word for which of the documents it took this for
        place = place[1:]
    pointer = prefix + "".join(f"/{part}" for part in place)
    given = problem.get("input")
    value = given if isinstance(given, str | int | float | bool) else None
    message = PLAIN_WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    return _problem(f"JSON-{problem['type'].upper().replace('_', '-')}", pointer, message, value)


def _problem(code: str, pointer: str, message: str, value: Any = None) -> Finding:
    return Finding(
        code=code,
        severity=Severity.ERROR,
        locator=pointer,
        message=message,
        value=None if value is None else str(value),
        fix="See the document's JSON Schema: hub schema, or GET /v1/schemas.",
    )
