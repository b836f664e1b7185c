"""The base of what the API answers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

IS_DOCUMENT = {"type": "object", "format": "canonical-document"}
"""Stands in a schema where the OpenAPI document points to the union of all document types."""

CanonicalJson = Annotated[dict[str, Any], WithJsonSchema(IS_DOCUMENT)]
"""A canonical document as the plain objects of its JSON."""


class Record(BaseModel):
    """Frozen and closed. In JSON a field that says nothing is absent and not null: a reader asks with one ``in``.
    Instants are in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def plain(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def text(self) -> str:
        return self.model_dump_json(by_alias=True, exclude_none=True)
