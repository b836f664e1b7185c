"""Access tokens by client credentials (RFC 6749, 4.4): fetched when needed, used until shortly before they expire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import quote_plus, urlencode

from channels.errors import CredentialError, TransientError
from channels.rest.access import ClientCredentials
from channels.rest.answer import Answer
from channels.rest.credentials import Credentials
from channels.rest.url import shown

MARGIN_SECONDS = 30.0
"""By so much a token is given up before it expires."""

UNSAID_SECONDS = 300.0
"""How long a token is used that does not say when it expires."""

LONGEST_SECONDS = 86_400.0

Fetch = Callable[[str, bytes, dict[str, str]], Awaitable[Answer]]
"""URL, form, headers → the token endpoint's answer."""


class Tokens:
    """The token of one client, which concurrent requests share."""

    def __init__(self, settings: ClientCredentials, credentials: Credentials, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._credentials = credentials
        self._clock = clock
        self._token: str | None = None
        self._expires = clock()
        self._fetching = asyncio.Lock()

    async def authorization(self, fetch: Fetch) -> tuple[str, bool]:
        """The value of the header, and whether its token is new. Raises CredentialError when the token endpoint refuses
        us, TransientError when it has no token for another reason."""
        async with self._fetching:
            fresh = self._token is None or self._clock() >= self._expires
            if fresh:
                await self._fetch(fetch)
            return f"Bearer {self._token}", fresh

    def forget(self) -> None:
        self._token = None

    async def _fetch(self, fetch: Fetch) -> None:
        settings, secret = self._settings, self._credentials.client_secret
        form = {"grant_type": "client_credentials", "scope": settings.scope, "audience": settings.audience}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if settings.client_authentication == "basic":
            headers["Authorization"] = self._credentials.basic(quote_plus(settings.client_id), quote_plus(secret))
        else:
            form |= {"client_id": settings.client_id, "client_secret": secret}
        body = urlencode({name: value for name, value in form.items() if value is not None}).encode()
        answer = await fetch(settings.token_url, body, headers)
        place = f"the token endpoint {shown(settings.token_url)}"
        if answer.status in (400, 401, 403):
            raise CredentialError(f"{place} refuses {settings.client_id}: HTTP {answer.status} {answer.shown[:200]}")
        token, seconds = _granted(answer)
        if token is None:
            raise TransientError(f"{place} gave no token: HTTP {answer.status}")
        self._credentials.hide(token)
        self._token = token
        self._expires = self._clock() + timedelta(seconds=max(seconds - MARGIN_SECONDS, 0.0))


def _granted(answer: Answer) -> tuple[str | None, float]:
    """The token, if there is one that a header can hold, and for how many seconds it is good."""
    try:
        told = json.loads(answer.body) if answer.status == 200 and answer.whole else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or str(told.get("token_type", "bearer")).lower() != "bearer":
        return None, 0.0
    token, seconds = told.get("access_token"), told.get("expires_in", UNSAID_SECONDS)
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        return None, 0.0
    if isinstance(seconds, str) and seconds.isdigit():
        seconds = float(seconds)
    usable = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return token, min(float(seconds), LONGEST_SECONDS) if usable else UNSAID_SECONDS
