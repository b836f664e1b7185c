"""A partner's API as a door: what it has for us is fetched, and acknowledged there once it is on disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import aiohttp

from channels.detached import detached
from channels.errors import ChannelError, CredentialError, TransientError
from channels.expression import parsed
from channels.patience import Patience
from channels.ports import Ledger
from channels.rest import download
from channels.rest.answer import Answer
from channels.rest.client import HttpClient
from channels.rest.listing import Item, Page, content_of, read_page
from channels.rest.settings import Inbound
from channels.rest.url import filled, on_same_server, shown
from channels.stability import is_wanted

PAGES = 50
"""Pages of a list that are looked at in one poll."""

JSON_BYTES = 16 * 1024 * 1024
"""Bytes of an answer that is read as a whole: a page of a list, or a document inside JSON."""

LONGEST_WISH = 3600.0
"""Seconds that a partner's Retry-After keeps us away at most."""

_GONE = (404, 410, 412)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundItem:
    """A Pickup. Its name is the partner's, made printable."""

    transport: RestTransport
    item: Item
    identity: str
    refusal: str | None = None

    @property
    def name(self) -> str:
        return self.item.name

    @property
    def size(self) -> int:
        """As the partner says, or as much as it may be."""
        if self.item.size is not None:
            return self.item.size
        return len(self.item.content) if self.item.content is not None else self.transport.size_limit

    def blocks(self) -> Iterator[bytes]:
        return self.transport.read(self)

    async def confirm(self) -> None:
        """Acknowledge the item as the channel says, or note it in the ledger and not fetch it again; also where the
        partner does not let us acknowledge. Raises TransientError when it may work later; it is then found again."""
        await self.transport.put_away(self)


class RestTransport:
    """Polls the API of one channel. Not for two polls at the same time."""

    def __init__(
        self, inbound: Inbound, client: HttpClient, ledger: Ledger, size_limit: int = 100 * 1024 * 1024
    ) -> None:
        """``ledger`` holds what was taken and is still listed. An item of more than ``size_limit`` bytes is refused,
        and on confirmation noted."""
        self._inbound = inbound
        self._client = client
        self._ledger = ledger
        self.size_limit = size_limit
        self._place = inbound.list or inbound.url or ""
        self._patience = Patience()
        self._too_large: set[str] = set()
        self._warned: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def poll(self, limit: int) -> list[FoundItem]:
        """What the API has for us, in its order, at most ``limit``.

        Raises TransientError when the API cannot be reached or answers something else, CredentialError when it does not
        let us in, PausedError when nothing was tried, PermanentError when it lies where we must not go.
        """
        self._loop = asyncio.get_running_loop()
        self._patience.look(shown(self._place))
        try:
            found = await (self._listed(limit) if self._inbound.list is not None else self._next())
        except CredentialError:
            await self._client.forget()
            raise
        except TransientError as error:
            await self._client.forget()
            self._patience.failed(error.detail, min(error.retry_after or 0.0, LONGEST_WISH))
            raise
        self._patience.worked()
        return found

    async def close(self) -> None:
        await self._client.close()

    async def _listed(self, limit: int) -> list[FoundItem]:
        template = self._inbound.list or ""
        found: list[FoundItem] = []
        unusable, url, asked = 0, filled(template, cursor=""), set[str]()
        while url not in asked and len(asked) < PAGES:
            asked.add(url)
            page = await self._page(url)
            unusable += page.unusable
            found += (await self._wanted(page.items))[: limit - len(found)]
            following = self._following(url, page)
            if following is None or len(found) >= limit:
                break
            url = following
        if unusable:
            problem = f"{shown(template)} lists {unusable} items without an id or content that could be used"
            if not found:
                raise TransientError(problem)
            self._warn_once(problem)
        return found

    async def _page(self, url: str) -> Page:
        answer = await self._answered(url)
        if answer.status == 204:
            return Page([], None, 0)
        try:
            return await detached(partial(read_page, self._inbound, answer.body))
        except ValueError as error:
            raise TransientError(f"the list of {shown(url)} cannot be read: {error}") from error

    def _following(self, url: str, page: Page) -> str | None:
        if page.next is None:
            return None
        template = self._inbound.list or ""
        if "{cursor}" in template:
            return filled(template, cursor=page.next)
        following = on_same_server(url, page.next)
        if following is None:
            raise TransientError(f"the list of {shown(url)} goes on at another server; it is not followed there")
        return following

    async def _wanted(self, items: list[Item]) -> list[FoundItem]:
        found = {self._identity(item): item for item in items if self._is_finished(item)}
        taken = await detached(partial(self._ledger.known, list(found))) if found else set()
        return [self._found(identity, item) for identity, item in found.items() if identity not in taken]

    def _is_finished(self, item: Item) -> bool:
        """Whether it has no name of an upload in progress."""
        return self._inbound.name is None or is_wanted(item.name, ("*",))

    def _found(self, identity: str, item: Item) -> FoundItem:
        size = len(item.content) if item.content is not None else item.size or 0
        if size <= self.size_limit and identity not in self._too_large:
            return FoundItem(self, item, identity)
        has = f"{size} bytes" if size > self.size_limit else f"more than {self.size_limit} bytes"
        return FoundItem(self, item, identity, f"The item has {has}; at most {self.size_limit} are accepted.")

    def _identity(self, item: Item) -> str:
        return " ".join((shown(self._place), item.id, item.version, "" if item.size is None else str(item.size)))

    async def _next(self) -> list[FoundItem]:
        """The document that a single URL has for us now, which is read at once: it may be another the next time."""
        url = self._inbound.url or ""
        answer = await self._answered(url, limit=min(JSON_BYTES, self.size_limit))
        if answer.status == 204 or not answer.body:
            return []
        name = answer.headers.get(self._inbound.id_header, "") if self._inbound.id_header else ""
        id = name or sha256(answer.body).hexdigest()
        if self._inbound.id_header and (not name or not name.strip(".")):
            raise TransientError(f"{shown(url)} answers a document without a usable {self._inbound.id_header}")
        return await self._wanted([Item(id, id, content=answer.body)])

    async def _answered(self, url: str, limit: int = JSON_BYTES) -> Answer:
        """A whole 2xx answer that is no page. Raises what ``poll`` raises."""
        async with self._client.exchange("GET", url, headers={"Accept": "*/*"}) as response:
            if 200 <= response.status < 300 and response.status != 204:
                body = await self._whole(response, limit)
                return Answer(response.status, response.content_type, body, True, response.headers)
            answer = await self._client.read(response)
        if answer.status == 204:
            return answer
        if answer.status == 403:
            self._client.leave_alone(url)
        failure = self._client.failure(url, answer)
        if isinstance(failure, CredentialError | TransientError):
            raise failure
        raise TransientError(failure.detail) from failure

    async def _whole(self, response: aiohttp.ClientResponse, limit: int) -> bytes:
        place = shown(str(response.url))
        try:
            return b"".join([block async for block in download.blocks(response, limit)])
        except download.Broken as error:
            raise TransientError(f"{place}: {error}") from error
        except download.TooLarge as error:
            raise TransientError(f"{place} answers more than {limit} bytes") from error

    # ---- one item

    def read(self, found: FoundItem) -> Iterator[bytes]:
        """The bytes of a found item. Raises TransientError when they cannot be had as they were listed. Called from a
        thread of its own; the requests are made where the poll was."""
        if found.item.content is not None:
            yield found.item.content
            return
        if self._loop is None:
            raise TransientError("nothing is read before a poll has found it")
        source = self._inside(found) if self._inbound.content is not None else self._streamed(found)

        async def following() -> bytes | None:
            return await anext(source, None)

        async def end() -> None:
            await source.aclose()

        try:
            while (block := asyncio.run_coroutine_threadsafe(following(), self._loop).result()) is not None:
                yield block
        finally:
            asyncio.run_coroutine_threadsafe(end(), self._loop).result()

    async def _streamed(self, found: FoundItem) -> AsyncGenerator[bytes, None]:
        total = 0
        timeout = aiohttp.ClientTimeout(total=download.SECONDS, sock_connect=30.0, sock_read=self._client.timeout)
        async with self._item(found, timeout) as response:
            try:
                async for block in download.blocks(response, self.size_limit):
                    total += len(block)
                    yield block
            except download.Broken as error:
                raise TransientError(f"{found.name}: {error}") from error
            except download.TooLarge as error:
                self._too_large.add(found.identity)
                raise TransientError(f"{found.name} has more than {self.size_limit} bytes") from error
        if found.item.size is not None and total != found.item.size:
            raise TransientError(f"{found.name} has {total} bytes and not the {found.item.size} that are listed")

    async def _inside(self, found: FoundItem) -> AsyncGenerator[bytes, None]:
        async with self._item(found, None) as response:
            body = await self._whole(response, JSON_BYTES)
        try:
            yield await detached(lambda: content_of(self._inbound, parsed(body)))
        except ValueError as error:
            raise TransientError(f"{found.name} cannot be read: {error}") from error

    @asynccontextmanager
    async def _item(
        self, found: FoundItem, timeout: aiohttp.ClientTimeout | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        url = filled(self._inbound.item or "", id=found.item.id)
        headers = {"Accept": "*/*"} | _if_match(found.item)
        try:
            async with self._client.exchange("GET", url, headers=headers, timeout=timeout) as response:
                if not 200 <= response.status < 300 or response.status == 204:
                    raise self._client.failure(url, await self._client.read(response))
                yield response
        except TransientError:
            raise
        except ChannelError as error:
            raise TransientError(f"{found.name} cannot be fetched: {error.detail}") from error

    async def put_away(self, found: FoundItem) -> None:
        acknowledge = self._inbound.acknowledge
        if found.refusal is None and acknowledge is not None:
            url = filled(acknowledge.url, id=found.item.id)
            answer = await self._client.ask(acknowledge.method, url, headers=_if_match(found.item))
            if answer.ok or answer.status in _GONE:
                return
            failure = self._client.failure(url, answer)
            if isinstance(failure, TransientError) or answer.status == 401:
                raise TransientError(f"{found.name} cannot be acknowledged: {failure.detail}") from failure
            self._warn_once(f"{failure.detail}. What is taken cannot be acknowledged there, and is not fetched again")
        await detached(partial(self._ledger.note, found.identity))

    def _warn_once(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            log.warning("%s", text)


def _if_match(item: Item) -> dict[str, str]:
    """Only that version is meant (RFC 9110, 13.1.1), where the list tells one that a header can hold."""
    version = item.version
    if not version or not version.isascii() or not version.isprintable():
        return {}
    return {"If-Match": version if version.endswith('"') else f'"{version}"'}
