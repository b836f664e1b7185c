"""``/docs``: the API's own description as pages that need no script, no network and no sign-in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from aiohttp import web

from hub.events.catalogue import KINDS, Audience, kinds_for, type_of
from hub.events.data import EventData
from hub.web.api.openapi import document
from hub.web.api.routes import TABLE
from hub.web.context import in_store, services_of
from hub.web.guard import page

Json = dict[str, Any]

_SCHEMA = "#/components/schemas/"
_KINDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "binary": "bytes"}
_BOUNDS = {
    "maxLength": "at most {} characters",
    "minimum": "from {}",
    "maximum": "to {}",
    "minItems": "at least {}",
}
"""What is said of a type beside its name; a pattern is for programs, and stands in the JSON Schema."""


def add_routes(app: web.Application) -> None:
    app.router.add_get("/docs", operations, name="api_docs")
    app.router.add_get("/docs/{model}", model, name="api_model")


async def operations(request: web.Request) -> web.Response:
    """Every operation, by subject."""
    found = await in_store(services_of(request), _description)
    sections = await in_store(services_of(request), _sections)
    return page(
        request, "api_docs.html", info=found["info"], sections=sections, models=_models(found), events=_events()
    )


def _events() -> list[tuple[str, str, str]]:
    """Type, meaning and fields of every event that leaves the house."""
    return [(type_of(kind), KINDS[kind].meaning, _said(KINDS[kind].model)) for kind in kinds_for(Audience.SYSTEMS)]


def _said(model: type[EventData]) -> str:
    return ", ".join(field.alias or name for name, field in model.model_fields.items())


async def model(request: web.Request) -> web.Response:
    """One schema with its fields."""
    found = await in_store(services_of(request), _description)
    name = request.match_info["model"]
    schema = found["components"]["schemas"].get(name)
    if schema is None:
        raise web.HTTPNotFound(text="There is no such model.")
    return page(request, "api_model.html", name=name, model=_model(schema), source=json.dumps(schema, indent=2))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: plain, ``code``, or a ``link`` to a model."""

    text: str
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, a field or a header; ``place`` is where a parameter stands."""

    name: str
    type: list[Piece]
    required: bool
    description: list[list[Piece]]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    status: str
    description: list[list[Piece]]
    media_type: str
    type: list[Piece]


@dataclass(frozen=True, slots=True)
class Described:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    description: list[list[Piece]]
    scope: str
    public: bool
    deprecated: bool
    parameters: list[Field]
    bodies: list[Response]
    examples: list[tuple[str, str]]
    answers: list[Response]
    problems: list[Response]


@dataclass(frozen=True, slots=True)
class Model:
    description: list[list[Piece]]
    fields: list[Field]
    values: list[str]
    cases: list[list[Piece]]


@cache
def _description() -> Json:
    return document(TABLE)


@cache
def _sections() -> list[tuple[str, list[Described]]]:
    sections: dict[str, list[Described]] = {}
    for path, methods in _description()["paths"].items():
        for method, operation in methods.items():
            sections.setdefault(operation["tags"][0], []).append(_described(method.upper(), path, operation))
    return list(sections.items())


def _models(found: Json) -> list[str]:
    return sorted(found["components"]["schemas"])


def _described(method: str, path: str, operation: Json) -> Described:
    told = [_response(status, _resolved(one)) for status, one in operation["responses"].items()]
    content = operation.get("requestBody", {}).get("content", {})
    examples = {
        name: example["value"] for media in content.values() for name, example in media.get("examples", {}).items()
    }
    return Described(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=_prose(operation["description"]),
        scope=next((scope for one in operation["security"] for scopes in one.values() for scope in scopes), ""),
        public=not operation["security"],
        deprecated=operation.get("deprecated", False),
        parameters=[_parameter(_resolved(one)) for one in operation.get("parameters", ())],
        bodies=[Response("", [], media_type, _type(media["schema"])) for media_type, media in content.items()],
        examples=[(name, _example(value)) for name, value in examples.items()],
        answers=[one for one in told if "problem" not in one.media_type],
        problems=[one for one in told if "problem" in one.media_type],
    )


def _example(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _parameter(parameter: Json) -> Field:
    schema, prose = parameter["schema"], _prose(parameter.get("description", ""))
    return Field(parameter["name"], _type(schema), parameter["required"], prose, parameter["in"])


def _response(status: str, response: Json) -> Response:
    nothing: tuple[str, Json] = ("", {})
    media_type, media = next(iter(response.get("content", {}).items()), nothing)
    told = _type(media["schema"]) if "schema" in media else [Piece("bytes")] if media_type else []
    return Response(status, _prose(response["description"]), media_type, told)


def _model(schema: Json) -> Model:
    required = schema.get("required", ())
    fields = [
        Field(name, _type(one), name in required, _prose(one.get("description", "")))
        for name, one in schema.get("properties", {}).items()
    ]
    either: list[Json] = schema.get("oneOf") or schema.get("anyOf") or []
    cases = [_type(one) for one in either]
    return Model(_prose(schema.get("description", "")), fields, [str(v) for v in schema.get("enum", ())], cases)


def _resolved(part: Json) -> Json:
    if "$ref" not in part:
        return part
    found: Any = _description()
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    resolved: Json = found
    return resolved


def _type(schema: Json) -> list[Piece]:
    """A schema in few words."""
    return list(_words(schema))


def _words(schema: Json) -> Iterator[Piece]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_SCHEMA)
        yield Piece(name, link=f"/docs/{name}")
    elif either := schema.get("anyOf") or schema.get("oneOf"):
        for number, one in enumerate(either):
            yield from [Piece(" or ")] if number else []
            yield from _words(one)
    elif schema.get("type") == "array":
        yield Piece("list of ")
        yield from _words(schema.get("items", {}))
    elif "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        for number, value in enumerate(values):
            yield from [Piece(" or ")] if number else []
            yield Piece(json.dumps(value, ensure_ascii=False), code=True)
    else:
        kind = str(schema.get("format") or schema.get("type") or "anything")
        yield Piece(_KINDS.get(kind, kind))
    bounds = [words.format(f"{schema[name]:,}") for name, words in _BOUNDS.items() if name in schema]
    if bounds:
        yield Piece(f", {', '.join(bounds)}")
    if schema.get("default") not in (None, [], {}):
        yield Piece(", unless said ")
        yield Piece(json.dumps(schema["default"], ensure_ascii=False), code=True)


def _prose(text: str) -> list[list[Piece]]:
    """Paragraphs, in which what stands between backticks is code."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return [
        [Piece(part, code=bool(number % 2)) for number, part in enumerate(re.split(r"`+", paragraph)) if part]
        for paragraph in paragraphs
        if paragraph
    ]
