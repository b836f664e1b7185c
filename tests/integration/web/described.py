"""Every answer of the API that a test sees is held against the API's own description."""

from __future__ import annotations

import json
import re
from functools import cache
from http.client import HTTPMessage
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from hub.web.api.openapi import document
from hub.web.api.routes import TABLE

Json = dict[str, Any]


@cache
def description() -> Json:
    return document(TABLE)


@cache
def validator(schema: str) -> Any:
    """Of a schema, as JSON text, that points into the description."""
    return jsonschema_rs.Draft202012Validator(
        json.loads(schema) | {"components": description()["components"]}, validate_formats=True
    )


def problems_with(value: Any, schema: Json) -> list[str]:
    return [f"{error.instance_path}: {error.message}" for error in validator(json.dumps(schema)).iter_errors(value)]


def check_answer(method: str, target: str, status: int, headers: HTTPMessage, body: bytes) -> None:
    """Raises AssertionError when the answer to a request of ``/v1`` is not one that the description tells of. What is
    asked for under a path or method that is not described must be told so by a problem."""
    operation = _operation(method, urlsplit(target).path)
    told = resolved(operation["responses"].get(str(status), {})) if operation else _UNDESCRIBED.get(status, {})
    assert told, f"{method} {target} answered {status}, which is not described"
    for name in told.get("headers", {}):
        assert name in headers or name in _SOMETIMES, f"{method} {target} answered {status} without {name}"
    if method == "HEAD" or status == 304:
        return
    content_type = headers.get_content_type()
    content = told["content"].get(content_type, told["content"].get("*/*"))
    assert content is not None, f"{method} {target} answered {status} as {content_type}, which is not described"
    if content_type.endswith("json") and "*/*" not in told["content"]:
        wrong = problems_with(json.loads(body), content["schema"])
        assert not wrong, f"{method} {target} answered {status} in another shape: {wrong}"


def resolved(part: Json) -> Json:
    """A part of the description, or what its reference points to."""
    if "$ref" not in part:
        return part
    found: Any = description()
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return resolved(found)


_SOMETIMES = {"Duplicate-Transmission", "Retry-After", "Idempotency-Key"}

_UNDESCRIBED: dict[int, Json] = {
    status: {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status in (401, 404, 405)
}


def _operation(method: str, path: str) -> Json | None:
    method = "get" if method == "HEAD" else method.lower()
    for template, operations in description()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path):
            found: Json | None = operations.get(method)
            return found
    return None
