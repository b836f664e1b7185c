"""The OpenAPI 3.1 document, made of the table of operations and of the models that check requests and write answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from canonical.document import any_document
from hub.web.api import openapi_parts as parts
from hub.web.api.operation import EVENT_STREAM, JSON, Body, Operation, Told
from hub.web.api.parameters import NoQuery
from hub.web.api.records.problem import Problem
from hub.web.api.records.record import IS_DOCUMENT

Json = dict[str, Any]
REF = "#/components/schemas/{model}"
Input = tuple[str, JsonSchemaMode, TypeAdapter[Any]]


@cache
def document_text(operations: tuple[Operation, ...]) -> str:
    """The document as JSON text."""
    return json.dumps(document(operations), ensure_ascii=False, separators=(",", ":"))


def document(operations: Sequence[Operation]) -> Json:
    """Every operation with its parameters, bodies, answers and problems; each model once, among the components. Slow
    the first time: it builds every canonical model."""
    inputs = list(_inputs(operations))
    keyed, whole = TypeAdapter.json_schemas(inputs, ref_template=REF, schema_generator=_Schemas)
    components: Json = _finished(whole.get("$defs", {}))
    told: Json = _finished({name: schema for (name, _), schema in keyed.items()})
    components["Document"] = told.pop("Document")
    paths: Json = {}
    problems = _problems(operations)
    for operation in operations:
        paths.setdefault(operation.full_path, {})[operation.method.lower()] = _operation(operation, told, components)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": parts.INFO | {"version": version("supplier-hub")},
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": problems,
            "parameters": parts.PARAMETERS,
            "headers": _used_headers(paths, problems),
            "securitySchemes": parts.SECURITY_SCHEMES,
        },
    }


def _inputs(operations: Sequence[Operation]) -> Iterator[Input]:
    """All models, each with whether it is read or written. A canonical document is described as it is read; what is
    written is a case of it."""
    yield "Document", "validation", any_document()
    yield "Problem", "serialization", TypeAdapter(Problem)
    for operation in operations:
        yield f"{operation.name} query", "validation", TypeAdapter(operation.query or NoQuery)
        if operation.body is not None and operation.body.type is not None:
            yield f"{operation.name} body", "validation", TypeAdapter(operation.body.type)
        for status, told in operation.told.items():
            if told.type is not None:
                yield f"{operation.name} {status}", "serialization", TypeAdapter(told.type)


def _finished(schema: Any) -> Any:
    """With canonical documents pointed to, and names in descriptions marked as CommonMark does it."""
    if schema == IS_DOCUMENT:
        return {"$ref": REF.format(model="Document")}
    if isinstance(schema, dict):
        found = {name: _finished(value) for name, value in schema.items()}
        if isinstance(schema.get("description"), str):
            found["description"] = _common_mark(schema["description"])
        return found
    return [_finished(value) for value in schema] if isinstance(schema, list) else schema


def _common_mark(text: str) -> str:
    return text.replace("``", "`")


class _Schemas(GenerateJsonSchema):
    """What is written has no nulls: a field that says nothing is absent. Titles would only repeat names."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        if self.mode == "serialization":
            return self.generate_inner(schema["schema"])
        return super().nullable_schema(schema)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        if self.mode == "serialization" or found.get("default", "") is None:
            found.pop("default", None)
        return found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _operation(operation: Operation, schemas: Json, components: Json) -> Json:
    found: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _common_mark(operation.description),
    }
    if parameters := list(_parameters(operation, schemas, components)):
        found["parameters"] = parameters
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": _content(operation.name, operation.body, schemas)}
    if operation.deprecation is not None:
        found["deprecated"] = True
    found["security"] = [] if operation.public else parts.security(operation.scope)
    found["responses"] = dict(_responses(operation, schemas))
    return found


def _parameters(operation: Operation, schemas: Json, components: Json) -> Iterator[Json]:
    for part in operation.path.split("/"):
        if part.startswith("{"):
            yield {"name": part[1:-1], "in": "path", "required": True, "schema": parts.NAME}
    named = components.pop(schemas[f"{operation.name} query"]["$ref"].rpartition("/")[2], {})
    for name, schema in named.get("properties", {}).items():
        schema = _not_null(schema)
        description = schema.pop("description", None)
        told = {"description": description} if description else {}
        yield {"name": name, "in": "query", "required": name in named.get("required", ()), **told, "schema": schema}
    if operation.idempotent:
        yield {"$ref": "#/components/parameters/IdempotencyKey"}
    if _is_conditional(operation):
        yield {"$ref": "#/components/parameters/IfNoneMatch"}
    if any(told.media_type == EVENT_STREAM for told in operation.told.values()):
        yield {"$ref": "#/components/parameters/LastEventId"}


def _not_null(schema: Json) -> Json:
    """Of a parameter that may be absent: an address has no null."""
    either = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(either) != 1:
        return dict(schema)
    told: Json = either[0]
    return {name: value for name, value in schema.items() if name != "anyOf"} | told


def _content(name: str, body: Body, schemas: Json) -> Json:
    known: Json | None = schemas.get(f"{name} body")
    described: Json = {"schema": parts.BYTES if known is None else known}
    if body.examples:
        described["examples"] = {name: {"value": value} for name, value in body.examples.items()}
    found = dict.fromkeys(body.media_types, described)
    return found | {JSON: {"schema": {}}} if known is None and JSON in found else found


def _responses(operation: Operation, schemas: Json) -> Iterator[tuple[str, Json]]:
    for status, told in operation.told.items():
        yield str(status), _success(operation, status, told, schemas)
    if _is_conditional(operation):
        yield "304", {"description": "It is as it was.", "headers": _headers(operation, ("ETag",))}
    for status in operation.statuses_of_problems():
        yield str(status), {"$ref": f"#/components/responses/{_response_name(status)}"}


def _success(operation: Operation, status: int, told: Told, schemas: Json) -> Json:
    schema = schemas.get(f"{operation.name} {status}")  # none: bytes of any kind
    return {
        "description": told.description,
        "headers": _headers(operation, told.headers),
        "content": {told.media_type: {} if schema is None else {"schema": schema}},
    }


def _headers(operation: Operation, named: Sequence[str]) -> Json:
    names = ["X-Request-Id", *named]
    if not operation.public:
        names += parts.RATE_LIMIT_HEADERS
    if operation.deprecation is not None:
        names += operation.deprecation.headers()
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _is_conditional(operation: Operation) -> bool:
    return any("ETag" in told.headers for told in operation.told.values())


def _problems(operations: Sequence[Operation]) -> Json:
    """The errors of all operations, each status once."""
    statuses = sorted({status for operation in operations for status in operation.statuses_of_problems()})
    return {
        _response_name(status): {
            "description": parts.PROBLEMS[status],
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in parts.problem_headers(status)},
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": Problem.of(status, parts.PROBLEMS[status]).plain(),
                }
            },
        }
        for status in statuses
    }


def _used_headers(*parts_of_document: Json) -> Json:
    text = json.dumps(parts_of_document)
    return {name: header for name, header in parts.HEADERS.items() if f'#/components/headers/{name}"' in text}


def _response_name(status: int) -> str:
    return "".join(word.capitalize() for word in HTTPStatus(status).name.split("_"))
