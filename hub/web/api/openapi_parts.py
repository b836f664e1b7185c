"""What of the OpenAPI document is the same for many operations."""

from __future__ import annotations

from typing import Any

from hub.principal import Scope
from hub.web.api.parameters import NAME_LENGTH

Json = dict[str, Any]

INFO: Json = {
    "title": "Supplier Hub",
    "summary": "Business documents of trading partners in and out: X12 and canonical JSON.",
    "description": (
        "A partner, a system or a gateway sends and asks with its own access key, and sees its own and nothing else. "
        "202 means that the bytes are on disk; what becomes of them is told at `Location`. "
        "Errors are problem details (RFC 9457) with every finding at once. "
        "A field that says nothing is absent, never null."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

SECURITY_SCHEMES: Json = {
    "access_key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access key of one partner, system or gateway: `Authorization: Bearer <key>`.",
    },
    "client_credentials": {
        "type": "oauth2",
        "description": "A short-lived token: the client's id is an access key's id, and its secret is the key.",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "/v1/oauth/token",
                "scopes": {
                    Scope.DOCUMENTS_READ: "Look at documents and transmissions, and fetch bytes.",
                    Scope.DOCUMENTS_WRITE: "Send.",
                    Scope.DELIVERIES_WRITE: "Take, confirm and ask again for what was sent to the caller.",
                    Scope.REPLAYS_WRITE: "Have own documents worked again.",
                },
            }
        },
    },
}


def security(scope: Scope | None) -> list[Json]:
    """Either will do, if it has the scope."""
    return [{name: [] if scope is None else [scope.value]} for name in SECURITY_SCHEMES]


NAME: Json = {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}
BYTES: Json = {"type": "string", "format": "binary", "minLength": 1}

PARAMETERS: Json = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": (
            "The same key with the same body gets the first answer, with another body 422, and 409 while the first "
            "is being worked on."
        ),
        "schema": {"type": "string", "maxLength": 200, "pattern": "^[ -~]*$"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of what you have: 304 when it is still so.",
        "schema": {"type": "string"},
    },
    "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "The `id` of the last event that came: the stream goes on behind it.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    },
}

_TEXT: Json = {"type": "string"}
HEADERS: Json = {
    "X-Request-Id": {"description": "The reference under which the hub's log has the request.", "schema": _TEXT},
    "Location": {"description": "Where it is told what becomes of it.", "schema": _TEXT},
    "Duplicate-Transmission": {
        "description": "The same bytes came before and got this answer; under this id they are shown as a duplicate.",
        "schema": _TEXT,
    },
    "ETag": {"description": "Changes when the answer does.", "schema": _TEXT},
    "Content-Disposition": {"description": "The name of the file.", "schema": _TEXT},
    "Idempotency-Key": {"description": "The same however often it is fetched.", "schema": _TEXT},
    "Repr-Digest": {"description": "SHA-256 of the bytes (RFC 9530).", "schema": _TEXT},
    "Retry-After": {"description": "Seconds after which to come again.", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "How to say who asks.", "schema": _TEXT},
    "RateLimit-Policy": {
        "description": 'How many requests are taken in how many seconds: `"requests";q=600;w=60`.',
        "schema": _TEXT,
    },
    "RateLimit": {
        "description": 'How many are left, and in how many seconds all are again: `"requests";r=599;t=1`.',
        "schema": _TEXT,
    },
    "Deprecation": {"description": "Since when it should not be used any more (RFC 9745).", "schema": _TEXT},
    "Sunset": {"description": "When it goes (RFC 8594).", "schema": _TEXT},
    "Link": {"description": "What to use instead.", "schema": _TEXT},
}
RATE_LIMIT_HEADERS = ("RateLimit-Policy", "RateLimit")

PROBLEMS: dict[int, str] = {
    400: "The request cannot be read.",
    401: "Send a valid access key: Authorization: Bearer <key>.",
    403: "The credential is good, but this is not open to it.",
    404: "There is no such thing, or it is another's.",
    408: "The body did not arrive in time.",
    409: "It cannot be done as things stand, or the same request is being worked on.",
    410: "The hub does not have these bytes any more.",
    413: "The body is larger than is taken.",
    415: "The body is of a type that is not taken, or encoded.",
    422: "The request is not valid; nothing was changed. The findings name every fault.",
    429: "Too much at a time: come again after Retry-After.",
    500: "The hub failed on this request. What it accepted before is stored.",
    503: "The hub cannot store just now. Nothing was taken; send it again.",
    507: "The hub has no room left on its disk. Nothing was taken; send it again later.",
}


def problem_headers(status: int) -> list[str]:
    found = ["X-Request-Id"]
    if status == 401:
        found.append("WWW-Authenticate")
    if status in (409, 429, 503, 507):
        found.append("Retry-After")
    return found
