"""Requests as no client should send them: each is one request or none, and what follows is never taken for another.

They follow the shapes of request smuggling and of what was found in aiohttp's parsers (CVE-2023-47627, CVE-2023-47641,
CVE-2024-23829, CVE-2024-52304, CVE-2025-53643, CVE-2025-69224, CVE-2025-69229, CVE-2026-34525, CVE-2026-54277).
"""

from __future__ import annotations

HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"
"""Rides behind each: answered, it would have been smuggled in."""

_POST = b"POST /v1/documents HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
_GET = b"GET /v1/documents HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {key}\r\n"


def _length(value: bytes) -> bytes:
    return _POST + b"Content-Length: " + value + b"\r\n\r\n{}" + HIDDEN


def _coding(value: bytes, body: bytes = b"2\r\n{}\r\n0\r\n\r\n") -> bytes:
    return _POST + b"Transfer-Encoding: " + value + b"\r\n\r\n" + body + HIDDEN


def _chunks(body: bytes) -> bytes:
    return _POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + HIDDEN


def _header(line: bytes) -> bytes:
    return _GET + line + b"\r\n\r\n" + HIDDEN


def _line(line: bytes) -> bytes:
    return line + b"\r\nHost: hub\r\n\r\n" + HIDDEN


FRAMING: dict[str, bytes] = {
    "length and chunks": _POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks and length": _POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths, different": _POST + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + HIDDEN,
    "two lengths, equal": _POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "length with a plus": _length(b"+2"),
    "length below zero": _length(b"-2"),
    "length as a list": _length(b"2, 2"),
    "length in hexadecimal": _length(b"0x2"),
    "length with an exponent": _length(b"2e0"),
    "length with an underscore": _length(b"0_2"),
    "length in other digits": _length("\uff12".encode()),
    "length of nothing": _length(b""),
    "length with a NUL": _length(b"2\x00"),
    "length beyond 64 bits": _length(b"99999999999999999999999"),
    "length after a blank name": _POST + b"Content-Length : 2\r\n\r\n{}" + HIDDEN,
    "coding before its colon": _POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "coding that is none": _coding(b"xchunked"),
    "coding with identity last": _coding(b"chunked, identity"),
    "coding with identity first": _coding(b"identity, chunked"),
    "coding with a vertical tab": _coding(b"\x0bchunked"),
    "coding twice": _coding(b"chunked\r\nTransfer-Encoding: chunked"),
    "coding twice in one line": _coding(b"chunked, chunked"),
    "coding in quotes": _coding(b'"chunked"'),
    "coding folded": _coding(b"\r\n chunked"),
    "chunks of HTTP/1.0": _coding(b"chunked").replace(b"HTTP/1.1", b"HTTP/1.0", 1),
}

CHUNKS: dict[str, bytes] = {
    "size with a plus": _chunks(b"+2\r\n{}\r\n0\r\n\r\n"),
    "size below zero": _chunks(b"-2\r\n{}\r\n0\r\n\r\n"),
    "size with 0x": _chunks(b"0x2\r\n{}\r\n0\r\n\r\n"),
    "size with an underscore": _chunks(b"0_2\r\n{}\r\n0\r\n\r\n"),
    "size of nothing": _chunks(b"\r\n{}\r\n0\r\n\r\n"),
    "size beyond 64 bits": _chunks(b"FFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n"),
    "size with a NUL": _chunks(b"2\x00\r\n{}\r\n0\r\n\r\n"),
    "extension with a bare LF": _chunks(b"2;a\nb\r\n{}\r\n0\r\n\r\n"),
    "extension with a bare CR": _chunks(b"2;a\rb\r\n{}\r\n0\r\n\r\n"),
    "line ends with LF alone": _chunks(b"2\n{}\n0\n\n"),
    "data longer than said": _chunks(b"2\r\n{}{}\r\n0\r\n\r\n"),
    "data without its end": _chunks(b"2\r\n{}0\r\n\r\n"),
    "trailer with a NUL": _chunks(b"2\r\n{}\r\n0\r\nX-A: \x00\r\n\r\n"),
    "trailer without a colon": _chunks(b"2\r\n{}\r\n0\r\nnonsense\r\n\r\n"),
}

HEADERS: dict[str, bytes] = {
    "two hosts": _header(b"Host: other"),
    "folded line": _header(b"X-A: one\r\n two"),
    "folded by a tab": _header(b"X-A: one\r\n\ttwo"),
    "NUL in a value": _header(b"X-A: o\x00ne"),
    "NUL in a name": _header(b"X-\x00A: one"),
    "bare CR in a value": _header(b"X-A: one\rX-B: two"),
    "bare LF in a value": _header(b"X-A: one\nno colon here"),
    "no colon": _header(b"nonsense"),
    "no name": _header(b": nonsense"),
    "blank in a name": _header(b"X A: one"),
    "blank before the colon": _header(b"X-A : one"),
    "brackets in a name": _header(b"X[A]: one"),
    "name in other letters": _header("X-Ä: one".encode()),
    "line of 20 kB": _header(b"X-A: " + b"a" * 20_000),
    "300 lines": _header(b"\r\n".join(b"X-%d: one" % number for number in range(300))),
    "first line begins with a blank": _GET.replace(b"\r\nHost", b"\r\n Host") + b"\r\n" + HIDDEN,
}

LINES: dict[str, bytes] = {
    "method with a blank": _line(b"G ET /healthz HTTP/1.1"),
    "method with a NUL": _line(b"GE\x00T /healthz HTTP/1.1"),
    "method in brackets": _line(b"(GET) /healthz HTTP/1.1"),
    "version 2.0": _line(b"GET /v1/documents HTTP/2.0"),
    "version in other digits": _line("GET /v1/documents HTTP/1.\u0661".encode()),
    "version with a blank": _line(b"GET /v1/documents HTTP/ 1.1"),
    "version with more digits": _line(b"GET /v1/documents HTTP/1.11"),
    "no version": _line(b"GET /v1/documents"),
    "blank in the target": _line(b"GET /v1/doc uments HTTP/1.1"),
    "control character in the target": _line(b"GET /v1/\x01documents HTTP/1.1"),
    "target of 20 kB": _line(b"GET /v1/" + b"a" * 20_000 + b" HTTP/1.1"),
    "lines with LF alone": _GET.replace(b"\r\n", b"\n") + b"\n" + HIDDEN,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40) + HIDDEN,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9) + HIDDEN,
    "nothing but blanks": b" \r\n \r\n" + HIDDEN,
}

CORPUS = {
    f"{kind}: {name}": raw
    for kind, shapes in (("framing", FRAMING), ("chunk", CHUNKS), ("header", HEADERS), ("line", LINES))
    for name, raw in shapes.items()
}
