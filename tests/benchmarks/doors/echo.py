"""A bare aiohttp server that answers with what it was sent: ``python -m tests.benchmarks.doors.echo PORT``."""

from __future__ import annotations

import sys

from aiohttp import web


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


def main(port: int) -> None:
    app = web.Application()
    app.router.add_post("/v1/transmissions", echo)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=lambda _: print("ready", flush=True))


if __name__ == "__main__":
    main(int(sys.argv[1]))
