"""The one way by which the hub calls others over HTTP. No name server, redirect, answer or proxy of the environment
leads it to an address outside the allowed networks, or makes it read without an end."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from io import BytesIO

import aiohttp
from yarl import URL

from canonical.finding import clip
from channels.accounts import Accounts
from channels.detached import detached
from channels.errors import (
    CertificateError,
    ChannelError,
    CredentialError,
    InProgressError,
    MisdirectedError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from channels.networks import AllowedNetworks
from channels.rest.access import ClientCredentials, HttpAccess
from channels.rest.answer import Answer, retry_after_seconds
from channels.rest.credentials import Credentials
from channels.rest.resolver import DetachedResolver
from channels.rest.tokens import Tokens
from channels.rest.url import plain_url, remote, shown

KEPT_BYTES = 64 * 1024
"""Bytes of an answer's body that are kept for the record."""

READ_BYTES = 1024 * 1024
"""Bytes of an answer's body after which reading ends, and the connection with it."""

EXCERPT = 500
"""Characters of an answer that an error repeats."""


class HttpClient:
    """Calls one other side, as its ``access`` says.

    Redirects are refused: they would carry document and signature to an address that nobody set. Answers are not
    trusted: read up to a limit, never decompressed, escaped. No secret appears in any error or record, even where the
    other side repeats it. Every call raises TransientError, PermanentError or CredentialError, whichever it is.
    """

    def __init__(
        self,
        access: HttpAccess,
        networks: Callable[[], AllowedNetworks],
        clock: Callable[[], datetime],
        *,
        timeout: float = 30.0,
        accounts: Accounts | None = None,
    ) -> None:
        """``networks`` gives those that are allowed at that moment; ``timeout`` is in seconds for one exchange;
        ``accounts`` leaves one that was refused alone for a while."""
        self._access = access
        self._networks = networks
        self._clock = clock
        self.timeout = timeout
        self._accounts = accounts
        self._reading = asyncio.Lock()
        self._credentials: Credentials | None = None
        self._tokens: Tokens | None = None
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._closed = False

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
        timeout: aiohttp.ClientTimeout | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to one request, whose body has yet to be read; whatever breaks inside the block is a
        TransientError too."""
        self._check(url)
        credentials = await self._ready()
        if self._accounts is not None:
            self._accounts.look(self._account(url), credentials.mark)
        signed = credentials.of_body(body or b"") | dict(headers)
        with self._network_errors(url):
            async with self._request(method, url, body, signed, timeout) as response:
                if response.status == 401:
                    self.leave_alone(url)
                elif self._accounts is not None and 200 <= response.status < 300:
                    self._accounts.accepted(self._account(url))
                yield response

    async def ask(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """The answer, whatever its status."""
        async with self.exchange(method, url, body=body, headers=headers) as response:
            return await self.read(response)

    def failure(self, url: str, answer: Answer) -> ChannelError:
        """The error that an answer other than 2xx means."""
        status = answer.status
        problem = f"{shown(url)} answered HTTP {status}"
        if 300 <= status < 400:
            location = self.safe((answer.headers.get("Location") or "nowhere").partition("?")[0], 200)
            return MisdirectedError(f"{problem}, a redirect to {location}; none is followed", f"{status}, a redirect,")
        if answer.shown:
            problem = f"{problem}: {clip(answer.shown, EXCERPT)}"
        if status in (401, 403):
            return CredentialError(problem)
        wish = answer.headers.get("Retry-After")
        seconds = retry_after_seconds(wish, self._clock())
        if status == 429 or (status == 503 and seconds is not None):
            return ThrottledError(problem, seconds)
        # 409 with Retry-After: an earlier attempt with the same Idempotency-Key is still at work there.
        if status == 425 or (status == 409 and wish is not None):
            return InProgressError(problem, seconds)
        if status == 408 or status >= 500:
            return TransientError(problem, seconds)
        return MisdirectedError(problem, str(status)) if status in (404, 405, 410) else PermanentError(problem)

    def leave_alone(self, url: str) -> None:
        """The account was refused there: it is not tried again for a while, unless with other secrets."""
        if self._accounts is not None and self._credentials is not None:
            self._accounts.refused(self._account(url), self._credentials.mark)

    def safe(self, text: str, limit: int) -> str:
        """Text of the other side without our secrets, without control characters, cut."""
        return clip(self._credentials.without(text) if self._credentials else text, limit)

    async def forget(self) -> None:
        """The next call reads the secrets anew: they may have been mended since."""
        self._credentials = None
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def close(self) -> None:
        self._closed = True
        await self.forget()

    async def _ready(self) -> Credentials:
        if self._closed:
            raise TransientError("the connection is closed")
        async with self._reading:
            if self._credentials is None:
                credentials = await detached(lambda: Credentials(self._access, self._clock))
                if isinstance(self._access.authentication, ClientCredentials):
                    self._tokens = Tokens(self._access.authentication, credentials, self._clock)
                self._credentials = credentials
            return self._credentials

    def _account(self, url: str) -> tuple[str, int, str]:
        parsed = URL(url)
        return parsed.host or "", parsed.port or 0, self._access.account

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: dict[str, str],
        timeout: aiohttp.ClientTimeout | None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A token that the other side no longer takes is fetched anew, once."""
        fresh = self._tokens is None
        while True:
            if self._tokens is not None:
                authorization, fresh = await self._token_for(url, self._tokens)
                headers = headers | {"Authorization": authorization}
            async with self._session(url).request(
                method,
                url,
                data=BytesIO(body) if body is not None else None,
                headers=headers,
                allow_redirects=False,
                timeout=timeout or aiohttp.ClientTimeout(total=self.timeout),
            ) as response:
                if response.status != 401 or fresh or self._tokens is None:
                    yield response
                    return
            self._tokens.forget()

    async def _token_for(self, url: str, tokens: Tokens) -> tuple[str, bool]:
        try:
            return await tokens.authorization(self._fetch_token)
        except CredentialError:
            self.leave_alone(url)
            raise

    async def _fetch_token(self, url: str, form: bytes, headers: dict[str, str]) -> Answer:
        self._check(url)
        with self._network_errors(url):
            async with self._session(url).post(
                url,
                data=BytesIO(form),
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self.timeout),
            ) as response:
                answer = await self.read(response)
        return answer

    def _session(self, url: str) -> aiohttp.ClientSession:
        """One for each scheme: what is not encrypted stays within fewer networks."""
        scheme = URL(url).scheme
        if scheme not in self._sessions:  # made when it is first used, as it belongs to the running event loop
            credentials = self._credentials
            if credentials is None:
                raise CredentialError(f"the credentials for {shown(url)} were not read")
            self._sessions[scheme] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=lambda info: self._allowed(scheme).socket_factory(info),
                    resolver=DetachedResolver(),
                    use_dns_cache=False,
                    ssl=credentials.trusted or True,
                    # Many servers close idle connections after 5 s; a POST on one just closed would be a lost attempt.
                    keepalive_timeout=4,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                headers={"User-Agent": "supplier-hub", "Accept-Encoding": "identity"},
            )
        return self._sessions[scheme]

    def _check(self, url: str) -> None:
        """Also what was checked when it was saved: the networks may have changed since."""
        try:
            server = remote(plain_url(url))
        except ValueError as error:
            raise PermanentError(f"a URL cannot be called: {error}") from None  # its text may hold a secret
        if (why := self._networks().objection(server.host, encrypted=server.encrypted)) is not None:
            raise PermanentError(f"{shown(url)} must not be connected to: {why}")

    def _allowed(self, scheme: str) -> AllowedNetworks:
        networks = self._networks()
        return networks if scheme == "https" else networks.unencrypted

    async def read(self, response: aiohttp.ClientResponse) -> Answer:
        """The answer as far as it is read, and made safe to keep. A body that breaks off, or never ends, is cut."""
        body = bytearray()
        broke_off = False
        try:
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > READ_BYTES:
                    break
        except (aiohttp.ClientError, TimeoutError, OSError):
            broke_off = True
        whole = response.content.at_eof() and not broke_off and len(body) <= READ_BYTES
        if not response.content.at_eof():
            response.close()  # the rest is not waited for
        return Answer(
            response.status,
            response.content_type,
            bytes(body[:READ_BYTES]),
            whole,
            response.headers,
            self._shown(response, bytes(body), broke_off),
        )

    def _shown(self, response: aiohttp.ClientResponse, body: bytes, broke_off: bool) -> str:
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            return f"[{len(body)} bytes of {self.safe(encoding, 20)}, not decompressed]"
        note = f" [cut after {KEPT_BYTES} bytes]" if len(body) > KEPT_BYTES else ""
        note = note or (" [the body broke off]" if broke_off else "")
        return self.safe(body[:KEPT_BYTES].decode("utf-8", "replace"), KEPT_BYTES) + note

    @contextmanager
    def _network_errors(self, url: str) -> Iterator[None]:
        target = shown(url)
        try:
            yield
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError) as error:
            raise CertificateError(f"the TLS certificate of {target} is not trusted: {_reason(error)}") from error
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise TransientError(f"no TLS connection with {target}: {_reason(error)}") from error
        except aiohttp.ClientConnectorDNSError as error:
            raise TransientError(f"the name of {target} cannot be resolved: {_reason(error)}") from error
        except aiohttp.ClientConnectorError as error:
            raise TransientError(f"no connection with {target}: {_reason(error)}") from error
        except TimeoutError as error:
            raise TransientError(f"{target} did not answer within {self.timeout:g} seconds") from error
        except (aiohttp.ClientError, OSError) as error:
            text = self.safe(str(error), 200)
            raise TransientError(f"the connection with {target} broke: {type(error).__name__} {text}") from error


def _reason(error: Exception) -> str:
    """The system's own words under aiohttp's."""
    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    return getattr(cause, "verify_message", None) or getattr(cause, "strerror", None) or str(cause)
