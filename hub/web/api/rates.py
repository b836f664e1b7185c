"""Rate limits as callers see them: RateLimit and RateLimit-Policy on every answer, in the form of the IETF's
draft-ietf-httpapi-ratelimit-headers since its revision 8, and 429 with Retry-After above the limit."""

from __future__ import annotations

import asyncio

from aiohttp import web

from hub.entry.rates import Rates, Standing
from hub.web.api.credentials import CREDENTIAL
from hub.web.api.problems import Handler, problem

POLICY = "requests"

RATES = web.AppKey("rates", Rates)
STANDING = web.RequestKey("standing", Standing)


def add_rates(api: web.Application) -> None:
    api[RATES] = Rates()
    api.on_response_prepare.append(tell)


@web.middleware
async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Counts every request of a credential's owner, whichever key or token it uses. What is above the limit is answered
    before the store is asked anything, so that it slows nobody else."""
    if CREDENTIAL not in request:
        return await handler(request)
    credential = request[CREDENTIAL]
    now = asyncio.get_running_loop().time()
    standing = request.config_dict[RATES].take(str(credential.principal), credential.rate, now)
    request[STANDING] = standing
    if standing.wait:
        detail = f"More than {standing.limit} came from you. Nothing was taken; send it again later."
        return problem(429, detail, {"Retry-After": str(standing.wait)})
    return await handler(request)


async def tell(request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``."""
    if (standing := request.get(STANDING)) is not None:
        response.headers["RateLimit-Policy"] = f'"{POLICY}";q={standing.limit.requests};w={standing.limit.seconds}'
        response.headers["RateLimit"] = f'"{POLICY}";r={standing.remaining};t={standing.full_in}'
