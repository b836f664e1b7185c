"""RFC 9457 problem documents: every error of the API, with the findings where data is at fault."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import web

from canonical.finding import Finding
from hub.entry.intake import NoRoom, Shortage
from hub.errors import NotAllowed
from hub.store.errors import BlobsAway, CommitUnknown, NoBytes, StoreFull, StoreUnavailable
from hub.store.inbound.idempotency import Mismatch
from hub.submission.refusal import Refused
from hub.web.api.records.problem import Problem
from hub.web.context import REQUEST_ID

log = logging.getLogger(__name__)

_NO_ROOM = {Shortage.PARTNER: 429, Shortage.HUB: 503, Shortage.DISK: 507}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(status: int, detail: str, headers: dict[str, str], findings: Iterable[Finding] = ()) -> web.Response:
    return problem_response(Problem.of(status, detail, findings).plain(), headers)


def problem_response(body: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=body["status"],
        text=json.dumps(body, ensure_ascii=False),
        content_type="application/problem+json",
        headers=headers,
    )


@web.middleware
async def errors_as_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every HTTP error into a problem, and a fault of ours into a 500 that tells nothing of our insides."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        kept = {
            name: value for name, value in error.headers.items() if name in {"Allow", "Retry-After", "WWW-Authenticate"}
        }
        detail = error.text if error.text and not error.text.startswith(f"{error.status}:") else error.reason
        return problem(error.status, detail, kept)
    except Refused as error:
        return problem(422, "The request is not valid; nothing was changed.", {}, error.findings)
    except NotAllowed as error:
        return problem(403, str(error), {})
    except Mismatch:
        return problem(422, "This Idempotency-Key was used before with another request.", {})
    except NoRoom as error:
        log.warning("not taken: %s", error)
        detail = f"{error} Nothing was taken; send it again later."
        return problem(_NO_ROOM[error.shortage], detail, {"Retry-After": str(error.seconds)})
    except StoreFull as error:
        log.warning("the store is not available: %s", error)
        detail = "The hub has no room left on its disk. Nothing was taken; send it again later."
        return problem(507, detail, {"Retry-After": "60"})
    except CommitUnknown as error:
        log.warning("the store is not available: %s", error)
        detail = "The hub's database broke off. Whether this was taken is not known: send it again, it is taken once."
        return problem(503, detail, {"Retry-After": "5"})
    except NoBytes as error:
        log.error("bytes cannot be given: %s", error)
        return problem(410, "The hub does not have these bytes any more.", {})
    except BlobsAway as error:
        log.warning("the storage is not available: %s", error)
        detail = "The hub's storage of larger files does not answer just now. Nothing was taken; send it again."
        return problem(503, detail, {"Retry-After": "5"})
    except StoreUnavailable as error:
        log.warning("the store is not available: %s", error)
        detail = "The hub cannot store just now. Nothing was taken; send it again."
        return problem(503, detail, {"Retry-After": "5"})
    except Exception:
        log.exception("a request failed")
        detail = f"The hub failed on this request. What it accepted before is stored. Reference: {request[REQUEST_ID]}."
        return problem(500, detail, {})
