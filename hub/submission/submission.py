"""A canonical document as it is posted: by a partner bare, by a system with the partner it is meant for, by a gateway
with the partner it is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from canonical.document import Document, DocumentType, parse_document
from hub.submission.refusal import Refused, finding, pointer, refused
from hub.submission.strict_json import strict_json

_FIX = "See the document's JSON Schema: hub schema, or GET /v1/schemas."


@dataclass(frozen=True, slots=True)
class Submission:
    document: Document
    partner: str | None = None


def parse_submission(body: bytes, *, names_partner: bool) -> Submission:
    """Reads and validates. Raises Refused with every problem, each at its JSON pointer."""
    value = strict_json(body)
    partner: str | None = None
    if names_partner:
        value, partner = _unwrap(value)
    prefix = "/document" if names_partner else ""

    def place(path: tuple[int | str, ...]) -> str:
        of_type = path and path[0] in set(DocumentType)  # pydantic's word for which of the documents it took this for
        return prefix + pointer(path[1:] if of_type else path)

    try:
        return Submission(parse_document(value), partner)
    except ValidationError as error:
        raise refused(error, place, _FIX) from None


def _unwrap(value: Any) -> tuple[Any, str]:
    if not isinstance(value, dict) or set(value) != {"partner", "document"} or not isinstance(value["partner"], str):
        message = 'A system or gateway posts {"partner": "<key>", "document": {...}}.'
        raise Refused((finding("SUBMISSION-SHAPE", "", message, fix=_FIX),))
    return value["document"], value["partner"]
