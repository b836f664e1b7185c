"""An OpenSSH server of partners, on which the files lie that they are sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from hub.store.configuration import configurations
from hub.store.store import Store
from tests.faults.harness.messages import CUSTOMER, SUPPLIER
from tests.faults.harness.rig import Rig
from tests.sshd import Server, running_sshd


@contextmanager
def partners_served(run: Rig) -> Iterator[None]:
    """While the block runs the customer gets its answers, and the supplier our orders, by SFTP and not otherwise. The
    server's folders are those in which they collect, so that what is true of them is true of what lies there."""
    folder = run.folder / "sshd"
    folder.mkdir()
    with running_sshd(folder) as server:
        _send_to(run, server)
        yield
        assert "Accepted publickey" in server.log()


def _send_to(run: Rig, server: Server) -> None:
    store = Store(run.url, run.data)
    with store.begin() as tx:
        for key in (CUSTOMER, SUPPLIER):
            applied = configurations.current(tx, "partner", key)
            assert applied is not None
            channel = server.channel(name="server", outbound=str(run.partners[key].root / "out"))
            text = applied.text.replace("channels:\n", f"channels:\n{channel}", 1)
            text, count = re.subn(r"(direction: outbound, channel:) \w+", r"\1 server", text)
            assert count > 1, text
            configurations.apply(tx, "partner", key, text, "test", datetime.now(UTC))
    store.close()
