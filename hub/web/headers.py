"""Headers of every answer, and errors in the form the asker reads: problem+json for programs, a page for people."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from aiohttp import web

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: dict[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # same-origin and not no-referrer: under no-referrer browsers send "Origin: null" with our own forms
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Server": "supplier-hub",
}
"""On every answer, whatever its kind (reliability T14)."""

STRICT_TRANSPORT = "max-age=31536000"


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``: also reaches static files and errors."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if response.status >= 400 and not request.content.is_eof():  # what is left of the body is not the next request
        response.force_close()
        response.headers["Connection"] = "close"
    if request.secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT


def attachment(body: bytes, content_type: str, file_name: str) -> web.Response:
    """A download: never shown by the browser, its name made of plain characters only."""
    plain = (
        "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in file_name).lstrip(".") or "download"
    )
    return web.Response(
        body=body,
        headers={
            "Content-Type": content_type,
            "Content-Disposition": f'attachment; filename="{plain[:120]}"',
            "Repr-Digest": f"sha-256=:{b64encode(sha256(body).digest()).decode()}:",  # RFC 9530
        },
    )
