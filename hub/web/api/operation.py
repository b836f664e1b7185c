"""An operation of the API, said once: routing, checks, headers and the OpenAPI document all come from it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from hub.principal import Kind, Scope
from hub.web.api.parameters import NoQuery, Parameters
from hub.web.api.problems import Handler

EVERYONE: frozenset[Kind] = frozenset({"partner", "system", "gateway"})
SYSTEMS: frozenset[Kind] = frozenset({"system"})
JSON = "application/json"
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Body:
    """What is posted: its media types, and the type that JSON must be of; without one any bytes are taken.
    ``examples`` are valid, by name."""

    media_types: tuple[str, ...] = (JSON,)
    type: Any = None
    examples: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """A success: what it says, and the type of its body; None is for bytes. ``headers`` are named in
    ``openapi_parts``."""

    description: str
    type: Any = None
    media_type: str = JSON
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when an operation should not be used any more, when it goes, and where one reads what to use instead."""

    since: datetime
    sunset: datetime | None = None
    link: str = ""

    def headers(self) -> dict[str, str]:
        """Deprecation (RFC 9745), Sunset (RFC 8594) and Link."""
        found = {"Deprecation": f"@{int(self.since.timestamp())}"}
        if self.sunset is not None:
            found["Sunset"] = format_datetime(self.sunset, usegmt=True)
        if self.link:
            found["Link"] = f'<{self.link}>; rel="deprecation"'
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """``path`` is below ``/v1``; ``name`` becomes a function of generated clients. ``problems`` are the statuses of
    errors beside those that follow from the rest, which ``statuses_of_problems`` adds. A credential of these
    ``callers`` that has the ``scope`` may ask; ``public`` needs none. ``query`` is None where the handler itself looks
    at the address."""

    method: str
    path: str
    name: str
    handler: Handler
    tag: str
    summary: str
    told: Mapping[int, Told]
    query: type[Parameters] | None = NoQuery
    body: Body | None = None
    scope: Scope | None = None
    callers: frozenset[Kind] = EVERYONE
    public: bool = False
    problems: frozenset[int] = frozenset()
    deprecation: Deprecation | None = None

    @property
    def description(self) -> str:
        """The promise of its handler."""
        return inspect.getdoc(self.handler) or ""

    @property
    def idempotent(self) -> bool:
        """Every write takes an Idempotency-Key and is done once under it: its handler answers by ``idempotency``. Of
        what is handed out once and kept nowhere, a token, there is no first answer."""
        return self.method != "GET" and not self.public

    @property
    def full_path(self) -> str:
        return f"/v1{self.path}"

    def statuses_of_problems(self) -> list[int]:
        """Every status of an error that it may answer."""
        found = {400, 422, 500, *self.problems}
        if not self.public:
            found |= {401, 403, 429, 503}
        if "{" in self.path:
            found.add(404)
        if self.body is not None:
            found |= {408, 413, 415, 507}
        if self.idempotent:
            found.add(409)
        return sorted(found - self.told.keys())


OPERATIONS = web.AppKey("operations", Mapping[tuple[str, str], Operation])
"""The table by method and path."""


def operation_of(request: web.Request) -> Operation | None:
    """What was asked for; None when there is no such thing."""
    resource = request.match_info.route.resource
    table = request.config_dict.get(OPERATIONS)
    if resource is None or table is None:
        return None
    method = "GET" if request.method == "HEAD" else request.method
    return table.get((method, resource.canonical))


async def announce(request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``: every answer of a deprecated operation says so, errors too."""
    operation = operation_of(request)
    if operation is not None and operation.deprecation is not None:
        response.headers.update(operation.deprecation.headers())
