"""``make demo``: a day of a small company, played against a real hub, a real ERP and WMS over HTTP and real folders.

Exits with 0 only when ERP and WMS really received what they should. With DEMO_EXIT=1 it ends by itself; without it the
hub keeps running so that one can look around.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from samples.hub_process import Hub
from samples.receivers import Receiver, serving
from samples.scenario import Day, play, report
from samples.story import Story

FOLDER = Path(".demo")
HUB = Path(".venv/bin/hub")


async def main() -> int:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):  # whoever ends the demo ends its hub, too
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    story = Story()
    shutil.rmtree(FOLDER, ignore_errors=True)
    erp, wms = (
        Receiver("erp", secret="signing-key-of-the-erp"),
        Receiver("wms-east", secret="signing-key-of-the-wms"),
    )
    hub = Hub(FOLDER.resolve(), {"ERP_SECRET": erp.secret, "WMS_SECRET": wms.secret})
    async with AsyncExitStack() as stack:
        targets = {receiver.name: await stack.enter_async_context(serving(receiver)) for receiver in (erp, wms)}
        await hub.configure(targets)
        keys = {"erp": await hub.access_key("system", "erp"), "birch": await hub.access_key("partner", "birch-paper")}
        stack.push_async_callback(hub.stop)
        await hub.start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        day = Day(hub, erp, wms, session, keys, story)
        await play(day)
        complete = await report(day)
        if complete and os.environ.get("DEMO_EXIT") != "1":
            story.chapter("Look around")
            story.say(f"The hub keeps running. Its pages: [bold]{hub.url}/setup[/]")
            story.say(f"Your one-time setup token:        [bold]{hub.setup_token()}[/]")
            story.say("Search order 10045 under Documents, or open the rejected invoice: the same, side by side.")
            story.say(f"Or ask it: [bold]{HUB} documents --po 10045 --data-dir {FOLDER / 'data'}[/]")
            story.say(
                f"Or be Acme Fasteners: copy a file of samples/cases into {FOLDER / 'data/folders/acme-fasteners/in'}"
            )
            story.say(
                f"Or be Elm Garden Tools, in the portal: [bold]{HUB} user invite elm-garden jo@elm.example "
                f"--data-dir {FOLDER / 'data'}[/], and open the link that it tells, at {hub.url}"
            )
            story.say("Ctrl-C ends the demo.")
            await hub.wait()
    return 0 if complete else 1


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except KeyboardInterrupt:
        sys.exit(0)
    except asyncio.CancelledError:
        sys.exit(1)
