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
from hub.operator.selection import deliveries as selected
from hub.services import HubServices
from hub.states import DeliveryStatus
from hub.web.context import in_store, services_of
from hub.web.guard import SESSION
from hub.web.pages import deliveries
from hub.web.pages.frame import console_page
from hub.web.pages.subjects import Subject, subjects

MOST = 500
"""Ids in one form; more are done in rounds, so that one click never holds the store for minutes."""

FITTING = 10_000
"""Deliveries of one filter that are looked at."""

ID_LENGTH = 100
"""Targets have the longest names."""


@dataclass(frozen=True, slots=True)
class Operation:
    """``perform`` is one of ``hub.operator.operations``; the words tell a person what will happen. ``filtered``: it may
    be done to all deliveries that fit a filter."""

    perform: Callable[..., list[Outcome]]
    verb: str
    meaning: str
    filtered: bool = False


OPERATIONS: dict[str, Operation] = {
    "resend": Operation(
        operations.resend, "Resend", "The same bytes with the same control numbers go out again.", filtered=True
    ),
    "give_up": Operation(
        operations.give_up,
        "Give up",
        "It is not delivered. Later documents of the same order are no longer held back.",
        filtered=True,
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
    form, services = await request.post(), services_of(request)
    named = {name: str(value) for name, value in form.items()}
    operation = OPERATIONS.get(named.get("action", ""))
    reason = named.get("reason", "").strip()[:300]
    if operation is None:
        raise web.HTTPBadRequest(text="Choose what to do.")
    filters = _filters(named) if operation.filtered and "all" in named else {}
    if filters and "confirmed" not in named:
        ids, fitting = await in_store(services, lambda: _fitting(services, filters))
    else:
        ids = list(dict.fromkeys(str(value)[:ID_LENGTH] for value in form.getall("id", [])))[:MOST]
        fitting = len(ids)
    if not ids or not reason:
        missing = "Say why: the reason is kept with what happens."
        if not ids:
            missing = "No delivery fits." if filters else "Choose at least one entry."
        raise web.HTTPUnprocessableEntity(text=f"{missing} Nothing was changed.")
    chosen = await in_store(services, lambda: _chosen(services, ids))
    chosen_by = deliveries.selection_of(filters)[0].in_words() if filters else ""
    values: dict[str, Any] = {
        "title": f"{operation.verb}: {plural(len(ids), 'entry', 'entries')}",
        "meaning": operation.meaning,
        "action": named["action"],
        "chosen": chosen,
        "subjects": {subject.id: subject for subject in chosen},
        "reason": reason,
        "back": _own_path(named.get("back", "/")),
        "confirm": f"Yes, {operation.verb.lower()}",
        "filters": filters,
        "chosen_by": chosen_by,
        "left": fitting - len(ids),
    }
    if named.get("confirmed") != "yes":
        return await console_page(request, "operation.html", outcomes=None, **values)
    told = {"reason": reason, "actor": f"operator:{request[SESSION].operator}"}
    told |= {"chosen_by": chosen_by} if chosen_by else {}
    outcomes = await in_store(services, lambda: _performed(services, operation, ids, told))
    return await console_page(request, "operation.html", outcomes=outcomes, **values)


def _filters(named: dict[str, str]) -> dict[str, str]:
    """What the page of deliveries was filtered by; its state always."""
    found = {name: named[name] for name in deliveries.FILTERS if named.get(name)}
    return {"state": DeliveryStatus.DEAD.value} | found


def _fitting(services: HubServices, filters: dict[str, str]) -> tuple[list[str], int]:
    """The first MOST deliveries that fit, and how many do. Those of one departure leave together: one stands for
    all. Raises HTTPUnprocessableEntity."""
    wanted, _ = deliveries.selection_of(filters)
    try:
        with services.store.read() as tx:
            rows = selected(tx, wanted, FITTING)
    except OperationRefused as error:
        raise web.HTTPUnprocessableEntity(text=f"{error} Nothing was changed.") from error
    one_each = list({row.departure_id or row.id: row.id for row in rows}.values())
    return one_each[:MOST], len(one_each)


def _performed(services: HubServices, operation: Operation, ids: Sequence[str], told: dict[str, str]) -> list[Outcome]:
    try:
        return operation.perform(services, ids, **told)
    except OperationRefused as error:
        raise web.HTTPConflict(text=f"{error} Nothing was changed.") from error


def _chosen(services: HubServices, ids: Sequence[str]) -> list[Subject]:
    with services.store.read() as tx:
        return subjects(tx, ids)


def _own_path(path: str) -> str:
    """A path of this console, never another site's (``//evil``, ``/\\evil``) or scheme's."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"
