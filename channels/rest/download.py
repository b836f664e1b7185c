"""The bytes of one answer, a block at a time: whole or not at all, however they are packed."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

import aiohttp

from channels.rest.success import is_page

BLOCK = 64 * 1024
"""Bytes handed on at one time, and so unpacked ones that are in memory."""

SECONDS = 600.0
"""After which a download ends that does not end by itself."""

_WINDOW_OF_EITHER = 47
"""zlib: gzip and zlib headers alike, the largest window."""


class Broken(Exception):
    """The answer is not what was asked for; the message says why."""


class TooLarge(Exception):
    """More bytes than are accepted."""


async def blocks(response: aiohttp.ClientResponse, limit: int) -> AsyncIterator[bytes]:
    """The unpacked bytes. Raises Broken for an answer that may be cut off or is an HTML page, TooLarge above ``limit``
    bytes, and what aiohttp raises where it breaks off."""
    if response.content_length is None and not _chunked(response):
        raise Broken("the answer does not say how long it is, so nobody could tell whether it was cut off")
    total = 0
    async for block in _unpacked(response):
        if not total and is_page(block):
            raise Broken("the answer is an HTML page, such as one to sign in at")
        total += len(block)
        if total > limit:
            raise TooLarge
        yield block


def _chunked(response: aiohttp.ClientResponse) -> bool:
    return "chunked" in response.headers.get("Transfer-Encoding", "").lower()


async def _unpacked(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        async for block in response.content.iter_chunked(BLOCK):
            yield block
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Broken("the answer is packed in a way that was not asked for")
    unpacker = zlib.decompressobj(_WINDOW_OF_EITHER)
    try:
        async for packed in response.content.iter_chunked(BLOCK):
            while packed and not unpacker.eof:
                yield unpacker.decompress(packed, BLOCK)
                packed = unpacker.unconsumed_tail
    except zlib.error as error:
        raise Broken("the answer cannot be unpacked") from error
    if not unpacker.eof or unpacker.unused_data:
        raise Broken("the answer's packing is cut off or followed by something else")
