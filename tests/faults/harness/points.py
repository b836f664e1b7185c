"""The named moments at which a node is killed: k1 to k26 of the catalogue, each before or after a function of the hub,
and two of our SFTP server besides.

Nothing of this is in the product. A node that the harness forks has the function wrapped before it starts, and kills
itself, as ``kill -9`` would, at the n-th time that it comes there. The receiver has k20: only it knows the moment at
which a request was taken and nobody told. k25 and k26 come where partners are sent to by SFTP (``servers.py``).
"""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any

BEFORE, AFTER = "before", "after"

Counts = Callable[[tuple[Any, ...], Any], bool]
"""Whether a call with these arguments and this result (None before it) is the moment that is meant."""


def _always(_given: tuple[Any, ...], _result: Any) -> bool:
    return True


def _found(_given: tuple[Any, ...], result: Any) -> bool:
    return bool(result)


def _in_a_file(given: tuple[Any, ...], _result: Any) -> bool:
    return given[0]._file is not None


def _of_a_folder(given: tuple[Any, ...], _result: Any) -> bool:
    return str(given[1][0].actor).startswith("channel:")


def _accepted(given: tuple[Any, ...], _result: Any) -> bool:
    return bool(given[2].status == 202)


def _claimed(_given: tuple[Any, ...], result: Any) -> bool:
    return bool(result.claimed)


def _leased(_given: tuple[Any, ...], result: Any) -> bool:
    return bool(result.entries)


@dataclass(frozen=True, slots=True)
class Point:
    says: str
    module: str = ""
    function: str = ""
    when: str = BEFORE
    counts: Counts = _always
    most: int = 2  # so often a node comes there while it works what it is given for one life
    served: bool = False  # on an SFTP server of partners (``servers.py``)


POINTS: dict[str, Point] = {
    "k1": Point("temporary file opened", "hub.store.kept.blobs", "Blobs._new_file", AFTER, most=1),
    "k2": Point("half of it written", "hub.store.kept.blobs", "Incoming.write", AFTER, _in_a_file, most=1),
    "k3": Point("written, not synced", "hub.store.kept.folder", "sync", most=1),
    "k4": Point("synced, not renamed", "hub.store.kept.folder", "sync", AFTER, most=1),
    "k5": Point("renamed, row not committed", "hub.store.inbound.arrivals", "write", AFTER),
    "k6": Point("committed, answer not sent", "hub.entry.intake", "Intake.take", AFTER),
    "k7": Point("answer sent", "aiohttp.web_protocol", "RequestHandler.finish_response", AFTER, _accepted),
    "k8": Point("folder listed", "channels.folder.transport", "FolderTransport.poll", AFTER, _found, most=1),
    "k9": Point("files read, not committed", "hub.entry.intake", "Intake.take", BEFORE, _of_a_folder, most=1),
    "k10": Point("committed, file not put away", "channels.folder.transport", "FolderTransport.put_away"),
    "k11": Point("put away, poll not settled", "channels.folder.transport", "FolderTransport.put_away", AFTER),
    "k12": Point("arrival claimed", "hub.node.arrivals", "claim", AFTER, _found, most=1),
    "k13": Point("scanned in the child", "hub.pipeline.scan", "Reading.works", AFTER, most=1),
    "k14": Point("computed, not committed", "hub.pipeline.flow", "commit", most=1),
    "k15": Point("control number drawn", "hub.store.configuration.control_numbers", "Drawing.draw", AFTER),
    "k16": Point("acknowledgment made, not committed", "hub.pipeline.acknowledge", "_send", AFTER),
    "k17": Point("acknowledgment composed, not sent", "channels.folder.sender", "FolderSender.send"),
    "k18": Point("acknowledgment sent, not recorded", "channels.folder.sender", "FolderSender.send", AFTER),
    "k19": Point("attempt opened", "hub.node.dispatch", "Dispatch.claim", AFTER, _claimed),
    "k20": Point("request taken by the target, no answer"),
    "k21": Point("answer read, not stored", "hub.pipeline.deliver", "_taken"),
    "k22": Point("answer stored, next delivery not told", "hub.pipeline.deliver", "Attempts.deliver", AFTER),
    "k23": Point("outbound file opened", "channels.folder.atomic", "_unnamed", AFTER),
    "k24": Point("outbound file has its name, not recorded", "channels.folder.atomic", "write_new", AFTER),
    "k25": Point("SFTP put done, not renamed", "channels.sftp.client.session", "Client.rename", served=True),
    "k26": Point("renamed, not recorded", "channels.sftp.client.sender", "_put", AFTER, _found, served=True),
    "k27": Point("file in a mailbox closed, not taken in", "hub.mailboxes.desk", "MailboxDesk.take", most=1),
    "k28": Point("taken in, close not answered", "hub.mailboxes.desk", "MailboxDesk.take", AFTER, most=1),
}


PULLED: dict[str, Point] = {
    "p1": Point("put into the outbox, not committed", "hub.store.outbound.outbox", "put", AFTER),
    "p2": Point("leased, answer not sent", "hub.desk.outbox", "OwnOutbox.lease", AFTER, _leased),
    "p3": Point("content sent, fetch not noted", "hub.web.api.outbox", "_note"),
    "p4": Point("fetch noted, not confirmed", "hub.web.api.outbox", "_note", AFTER),
    "p5": Point("confirmed, not committed", "hub.desk.outbox", "OwnOutbox._say", AFTER),
    "p6": Point("confirmation committed, answer not sent", "hub.desk.outbox", "OwnOutbox.confirm", AFTER, most=1),
}
"""The moments of a system that comes for its documents."""


def arm(name: str, nth: int, by: str = "SIGKILL") -> None:
    """Has this process die at the n-th time that it comes to the point, or stand still by SIGSTOP."""
    point = (POINTS | PULLED)[name]
    owner: Any = import_module(point.module)
    *path, attribute = point.function.split(".")
    for part in path:
        owner = getattr(owner, part)
    setattr(owner, attribute, _dying(getattr(owner, attribute), point, nth, signal.Signals[by]))


def _dying(function: Callable[..., Any], point: Point, nth: int, by: signal.Signals) -> Callable[..., Any]:
    left = nth

    def pass_by(when: str, given: tuple[Any, ...], result: Any) -> None:
        nonlocal left
        if when == point.when and point.counts(given, result):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), by)

    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        pass_by(BEFORE, given, None)
        result = function(*given, **named)
        pass_by(AFTER, given, result)
        return result

    @wraps(function)
    async def wait(*given: Any, **named: Any) -> Any:
        pass_by(BEFORE, given, None)
        result = await function(*given, **named)
        pass_by(AFTER, given, result)
        return result

    return wait if inspect.iscoroutinefunction(function) else call
