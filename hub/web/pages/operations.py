"""Resend, give up and the like: chosen on any page, confirmed on one, done by the functions the command line calls too.
A replay has a page of its own, which shows what would come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from channels.wording import plural
from hub.errors import OperationRefused
from hub.operator import operations, targets
from hub.operator.operations import Outcome
from hub.services import HubServices
from hub.web.context import in_store, services_of
from hub.web.guard import SESSION
from hub.web.pages.frame import console_page
from hub.web.pages.subjects import Subject, subjects

MOST = 500
"""Ids in one form; more are done in rounds, so that one click never holds the store for minutes."""


ID_LENGTH = 100
"""Targets have the longest names."""


@dataclass(frozen=True, slots=True)
class Operation:
    """``perform`` is one of ``hub.operator.operations``; the words tell a person what will happen."""

    perform: Callable[..., list[Outcome]]
    verb: str
    meaning: str


OPERATIONS: dict[str, Operation] = {
    "resend": Operation(operations.resend, "Resend", "The same bytes with the same control numbers go out again."),
    "give_up": Operation(
        operations.give_up, "Give up", "It is not delivered. Later documents of the same order are no longer held back."
    ),
    "pause_target": Operation(
        targets.pause, "Pause", "Nothing is sent to it until somebody resumes it. Its backlog is kept."
    ),
    "resume_target": Operation(targets.resume, "Resume", "What waits for it leaves again."),
    "open_target": Operation(
        targets.open_breaker, "Open", "Only probes are sent to it; the first that succeeds closes its breaker again."
    ),
    "close_target": Operation(
        targets.close_breaker, "Close", "It is taken to be well: everything that waits for it is due now."
    ),
    "close": Operation(operations.close, "Close", "It leaves the list. What waited for it stays as it is."),
}


def add_routes(app: web.Application) -> None:
    app.router.add_post("/operations", operate, name="operations")


async def operate(request: web.Request) -> web.Response:
    """First POST: asks for confirmation. Second, with ``confirmed``: does it and shows each outcome."""
    form = await request.post()
    operation = OPERATIONS.get(str(form.get("action", "")))
    ids = list(dict.fromkeys(str(value)[:ID_LENGTH] for value in form.getall("id", [])))[:MOST]
    reason = str(form.get("reason", "")).strip()[:300]
    back = _own_path(str(form.get("back", "/")))
    if operation is None:
        raise web.HTTPBadRequest(text="Choose what to do.")
    if not ids or not reason:
        missing = "Choose at least one entry." if not ids else "Say why: the reason is kept with what happens."
        raise web.HTTPUnprocessableEntity(text=f"{missing} Nothing was changed.")
    services = services_of(request)
    chosen = await in_store(services, lambda: _chosen(services, ids))
    values: dict[str, Any] = {
        "title": f"{operation.verb}: {plural(len(ids), 'entry', 'entries')}",
        "meaning": operation.meaning,
        "action": form["action"],
        "chosen": chosen,
        "subjects": {subject.id: subject for subject in chosen},
        "reason": reason,
        "back": back,
        "confirm": f"Yes, {operation.verb.lower()}",
    }
    if form.get("confirmed") != "yes":
        return await console_page(request, "operation.html", outcomes=None, **values)
    actor = f"operator:{request[SESSION].operator}"
    outcomes = await in_store(services, lambda: _performed(services, operation, ids, reason, actor))
    return await console_page(request, "operation.html", outcomes=outcomes, **values)


def _performed(
    services: HubServices, operation: Operation, ids: Sequence[str], reason: str, actor: str
) -> list[Outcome]:
    try:
        return operation.perform(services, ids, reason=reason, actor=actor)
    except OperationRefused as error:
        raise web.HTTPConflict(text=f"{error} Nothing was changed.") from error


def _chosen(services: HubServices, ids: Sequence[str]) -> list[Subject]:
    with services.store.read() as tx:
        return subjects(tx, ids)


def _own_path(path: str) -> str:
    """A path of this console, never another site's (``//evil``, ``/\\evil``) or scheme's."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"
