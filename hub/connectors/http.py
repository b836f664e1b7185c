"""Documents to an ERP or WMS by HTTP POST."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO

import aiohttp
from yarl import URL

from canonical.finding import clip
from channels.errors import (
    CertificateError,
    ChannelError,
    CredentialError,
    InProgressError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from channels.ports import Departure, SendResult
from hub.connectors.networks import AllowedNetworks, literal_address
from hub.connectors.resolver import DetachedResolver
from hub.connectors.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from hub.connectors.success import Answer, SuccessRule, has_it_already, objection

KEPT_BYTES = 64 * 1024
"""Bytes of an answer's body that are kept for the record."""

READ_BYTES = 1024 * 1024
"""Bytes of an answer's body after which reading ends, and the connection with it."""

EXCERPT = 500
"""Characters of an answer that an error repeats."""

_ANY_2XX = SuccessRule()

LONGEST_RETRY_AFTER = 366 * 86_400.0
"""Seconds; a longer wish is no more sensible than this one, and the retry policy has a cap of its own."""

_CREDENTIAL = frozenset({401, 403})
_HEADER_TEXT = re.compile(r"[\x20-\x7e]+")


class HttpConnector:
    """Posts each departure to one URL, signed, with the same Idempotency-Key on every attempt.

    A 2xx that meets the target's success rule is success. Redirects are refused: they would carry document and
    signature to an address that nobody set. Answers are not trusted: read up to a limit, never decompressed, escaped.
    Neither secret appears in any error or record, even where the other side repeats it.
    """

    def __init__(
        self,
        url: str,
        *,
        secret: str | None,
        allow_networks: Iterable[str],
        authorization: str | None = None,
        timeout: float = 30.0,
        success: SuccessRule = _ANY_2XX,
        confirmed_later: Collection[int] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``secret`` signs, without it nothing is signed; ``authorization`` is the whole value of that header, if the
        target wants one; ``allow_networks`` as in ``AllowedNetworks.parse``; ``timeout`` in seconds for one attempt;
        after an answer of ``confirmed_later`` the target says later whether it took the departure. Raises ValueError,
        without repeating a secret, for settings that cannot work."""
        self._networks = AllowedNetworks.parse(allow_networks)
        self._url = _checked_url(url, self._networks)
        if secret == "":
            raise ValueError("the signing secret is empty")
        if authorization is not None and not _HEADER_TEXT.fullmatch(authorization):
            raise ValueError("the authorization is not printable ASCII text")
        self._secret = secret
        self._authorization = authorization
        self._timeout = timeout
        self._success = success
        self._confirmed_later = frozenset(confirmed_later)
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def send(self, departure: Departure) -> SendResult:
        session = self._open_session()
        with self._network_errors():
            async with session.post(
                self._url, data=BytesIO(departure.body), headers=self._headers(departure), allow_redirects=False
            ) as response:
                answer, shown = await self._read(response)
        status = response.status
        if has_it_already(self._success, answer, departure.idempotency_key):
            return SendResult(f"HTTP {status}, it has it already", shown)
        if not 200 <= status < 300:
            raise self._refusal(response, shown)
        if (why := objection(self._success, answer)) is not None:
            problem = self._safe(f"{self._target} answered HTTP {status}, which is no success: {why}", EXCERPT)
            failure = PermanentError if self._success.otherwise == "refuse" else TransientError
            raise failure(f"{problem}: {clip(shown, EXCERPT)}" if shown else problem)
        return SendResult(f"HTTP {status}", shown, final=status not in self._confirmed_later)

    async def ask(self, url: str) -> Answer:
        """What a GET of another URL answers, in the same networks and with the same signature, of no body. Raises what
        ``send`` raises where there is no answer."""
        session = self._open_session()
        try:
            checked = _checked_url(url, self._networks)
        except ValueError as error:
            raise PermanentError(f"{self._target} cannot be asked: {error}") from error
        headers = {"Accept": "application/json"} | self._credentials(b"")
        with self._network_errors():
            async with session.get(checked, headers=headers, allow_redirects=False) as response:
                return (await self._read(response))[0]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:  # made on the first send, as it belongs to the running event loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=self._networks.socket_factory,
                    resolver=DetachedResolver(),
                    # Many servers close idle connections after 5 s; a POST on one just closed would be a lost attempt.
                    keepalive_timeout=4,
                ),
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={"User-Agent": "supplier-hub", "Accept-Encoding": "identity"},
            )
        if self._session.closed:
            raise TransientError("the connector is closed")
        return self._session

    def _headers(self, departure: Departure) -> dict[str, str]:
        headers = {
            **departure.headers,
            "Content-Type": departure.content_type,
            "Idempotency-Key": departure.idempotency_key,
            "X-Hub-Delivery": departure.id,
        }
        return headers | self._credentials(departure.body)

    def _credentials(self, body: bytes) -> dict[str, str]:
        headers = {}
        if self._secret is not None:
            timestamp = int(self._clock().timestamp())
            headers[TIMESTAMP_HEADER] = str(timestamp)
            headers[SIGNATURE_HEADER] = sign(self._secret, timestamp, body)
        if self._authorization is not None:
            headers["Authorization"] = self._authorization
        return headers

    async def _read(self, response: aiohttp.ClientResponse) -> tuple[Answer, str]:
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
        answer = Answer(response.status, response.content_type, bytes(body[:READ_BYTES]), whole)
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            return answer, f"[{len(body)} bytes of {self._safe(encoding, 20)}, not decompressed]"
        note = f" [cut after {KEPT_BYTES} bytes]" if len(body) > KEPT_BYTES else ""
        note = note or (" [the body broke off]" if broke_off else "")
        return answer, self._safe(body[:KEPT_BYTES].decode("utf-8", "replace"), KEPT_BYTES) + note

    def _safe(self, text: str, limit: int) -> str:
        """Text of the other side without our secrets, without control characters, cut."""
        for secret in filter(None, (self._secret, self._authorization, (self._authorization or "").partition(" ")[2])):
            text = text.replace(secret, "[secret]")
        return clip(text, limit)

    def _refusal(self, response: aiohttp.ClientResponse, answer: str) -> ChannelError:
        """The error that an answer other than 2xx means."""
        status = response.status
        wish = response.headers.get("Retry-After")
        problem = f"{self._target} answered HTTP {status}"
        if 300 <= status < 400:
            location = self._safe(response.headers.get("Location", "nowhere").partition("?")[0], 200)
            return PermanentError(f"{problem}, a redirect to {location}; none is followed")
        if answer:
            problem = f"{problem}: {clip(answer, EXCERPT)}"
        if status in _CREDENTIAL:
            return CredentialError(problem)
        seconds = retry_after_seconds(wish, self._clock())
        if status == 429 or (status == 503 and seconds is not None):
            return ThrottledError(problem, seconds)
        # 409 with Retry-After: an earlier attempt with the same Idempotency-Key is still at work there.
        if status == 425 or (status == 409 and wish is not None):
            return InProgressError(problem, seconds)
        if status == 408 or status >= 500:
            return TransientError(problem, seconds)
        return PermanentError(problem)

    @property
    def _target(self) -> str:
        """The target as errors name it: a path or query may hold a secret."""
        return str(self._url.origin())

    @contextmanager
    def _network_errors(self) -> Iterator[None]:
        try:
            yield
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError) as error:
            raise CertificateError(f"the TLS certificate of {self._target} is not trusted: {_reason(error)}") from error
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise TransientError(f"no TLS connection with {self._target}: {_reason(error)}") from error
        except aiohttp.ClientConnectorDNSError as error:
            raise TransientError(f"the name of {self._target} cannot be resolved: {_reason(error)}") from error
        except aiohttp.ClientConnectorError as error:
            raise TransientError(f"no connection with {self._target}: {_reason(error)}") from error
        except TimeoutError as error:
            raise TransientError(f"{self._target} did not answer within {self._timeout:g} seconds") from error
        except (aiohttp.ClientError, OSError) as error:
            text = self._safe(str(error), 200)
            raise TransientError(f"the connection with {self._target} broke: {type(error).__name__} {text}") from error


def _checked_url(url: str, networks: AllowedNetworks) -> URL:
    try:
        checked = URL(url)
    except ValueError:
        raise ValueError("the URL cannot be read") from None  # its text may hold a secret
    if checked.scheme not in ("http", "https") or not checked.host:
        raise ValueError("the URL does not start with http:// or https:// and a host")
    if checked.user is not None or checked.password is not None:
        raise ValueError("the URL holds a user or password; set the authorization instead")
    if (address := literal_address(checked.host)) is not None and not networks.permit(address):
        raise ValueError(f"address {address} is in none of the target's allow_networks")
    return checked


def _reason(error: Exception) -> str:
    """The system's own words under aiohttp's."""
    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    return getattr(cause, "verify_message", None) or getattr(cause, "strerror", None) or str(cause)


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110 10.2.3: seconds or an HTTP date), never negative and at most
    ``LONGEST_RETRY_AFTER``; None when it is absent or unreadable."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_AFTER)
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if instant.tzinfo is None:  # "-0000": UTC by RFC 5322
        instant = instant.replace(tzinfo=UTC)
    return min(max((instant - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)
