"""``/v1/oauth/token``: a short-lived token for an access key (OAuth 2 client credentials, RFC 6749 section 4.4).

The client's id is the key's id and its secret the key. Nothing is taken from the URL; errors have the shape of section
5.2 of that document and not the API's own.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, unquote_plus

from aiohttp import web

from hub.entry.credentials import ScopeRefused
from hub.principal import Scope
from hub.web.address import address_of
from hub.web.api.answers import answered
from hub.web.api.credentials import GUESSES, KEY_LENGTH
from hub.web.api.records.token import TokenRecord, TokenRefusal
from hub.web.bodies import read_body
from hub.web.context import in_store, services_of

BODY_LIMIT = 8 * 1024
FORM = "application/x-www-form-urlencoded"


class OAuthError(Exception):
    """A refusal by its name in RFC 6749."""

    def __init__(self, error: str, description: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(description)
        refusal = TokenRefusal(error=error, error_description=description)
        self.response = answered(refusal, status, headers)


@dataclass(frozen=True, slots=True)
class _Client:
    id: str
    secret: str
    by_header: bool


async def post_token(request: web.Request) -> web.Response:
    """200 with a token that does what its key may, or less when ``scope`` says so, until the key ends or for a quarter
    of an hour."""
    try:
        return await _token(request)
    except OAuthError as error:
        return error.response


async def _token(request: web.Request) -> web.Response:
    form = await _form(request)
    client = _client(request, form)
    wanted = _wanted(form)
    services, guesses, address = services_of(request), request.config_dict[GUESSES], address_of(request)
    draw = partial(services.credentials.draw, client.id, client.secret, wanted)
    try:
        token = await in_store(services, draw)
    except ScopeRefused:
        raise OAuthError("invalid_scope", "The key may not do all of that.") from None
    if token is None:
        guesses.failed(address, client.id, services.clock())
        seconds = guesses.wait(address, client.id, services.clock())
        raise _unknown_client(client, seconds)
    if form.get("grant_type") != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials is granted here.")
    return answered(TokenRecord.of(token), headers={"Pragma": "no-cache"})


async def _form(request: web.Request) -> dict[str, str]:
    """The parameters of the body, each once. Raises OAuthError."""
    if request.query_string:
        raise OAuthError("invalid_request", "Send everything in the body: a URL is read by others.")
    if request.content_type != FORM:
        raise OAuthError("invalid_request", f"Send the body as {FORM}.")
    body = await read_body(request, BODY_LIMIT)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=20)
    except ValueError:
        raise OAuthError("invalid_request", "The body is no form.") from None
    if any(count > 1 for count in Counter(name for name, _ in pairs).values()):
        raise OAuthError("invalid_request", "A parameter stands twice.")
    form = {name: value for name, value in pairs if value}
    if "grant_type" not in form:
        raise OAuthError("invalid_request", "grant_type is missing; it is client_credentials.")
    return form


def _client(request: web.Request, form: dict[str, str]) -> _Client:
    """Who asks: by HTTP Basic, or by client_id and client_secret in the body, never by both. Raises OAuthError."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        if "client_secret" in form:
            raise OAuthError("invalid_request", "Name the client once: in the header, or in the body.")
        try:
            pair = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            pair = ""
        id, _, secret = pair.partition(":")
        client = _Client(unquote_plus(id), unquote_plus(secret), by_header=True)
    else:
        client = _Client(form.get("client_id", ""), form.get("client_secret", ""), by_header=False)
    too_long = max(len(client.id), len(client.secret)) > KEY_LENGTH
    if not client.id or not client.secret or too_long or "\x00" in client.id:
        raise _unknown_client(client, 0)
    return client


def _wanted(form: dict[str, str]) -> frozenset[Scope] | None:
    if "scope" not in form:
        return None
    try:
        return frozenset(Scope(name) for name in form["scope"].split(" "))
    except ValueError:
        known = ", ".join(Scope)
        raise OAuthError("invalid_scope", f"Scopes are {known}, parted by blanks.") from None


def _unknown_client(client: _Client, seconds: int) -> OAuthError:
    """The same for an id that is not there, a wrong secret, and a key that ended."""
    headers = {"Connection": "close"}
    if client.by_header:
        headers["WWW-Authenticate"] = 'Basic realm="supplier-hub"'
    if seconds:
        headers["Retry-After"] = str(seconds)
    description = "Client id and secret are those of no access key in use."
    return OAuthError("invalid_client", description, 429 if seconds else 401, headers)
