"""A profile in the making: from a few answers or from what is in force, checked, tried and put in force. It is edited
in a form with fields or as the text itself, the same that ``hub partner apply`` takes; either way the page keeps the
text, and the hub nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from aiohttp import web

from canonical.document import DocumentType
from canonical.finding import Finding
from hub.errors import OperationRefused
from hub.inspection.side_by_side import Row, side_by_side
from hub.operator import administration, scheduled, trial
from hub.pipeline.rehearse import Rehearsal
from hub.services import HubServices
from hub.store.configuration import configurations
from hub.store.errors import Overtaken, StaleVersion
from hub.web.context import in_store, services_of
from hub.web.guard import SESSION
from hub.web.pages.frame import console_page
from hub.web.profile_form import form as profile_form
from partners import amending
from partners.problem import ConfigurationError, Path, Problem, path_text
from partners.profile import TradingPartner
from partners.starts import STARTS, Answers, profile_text
from partners.yaml_text import read_tree

SOURCE = "profile"
TEXT_LIMIT = 60_000
"""Characters of a profile that the form takes; a longer one is applied by command."""

AMENDMENTS: Mapping[str, Callable[[str], str]] = {
    "portal": lambda text: amending.with_channel(text, "portal", "portal"),
    "suspend": lambda text: amending.with_value(text, "suspended", True),
    "resume": lambda text: amending.with_value(text, "suspended", False),
    "production": lambda text: amending.with_value(text, "usage_indicator", "production"),
    "test": lambda text: amending.with_value(text, "usage_indicator", "test"),
}
"""Changes that a button makes in the text."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds. ``based_on`` is the version that was in force when it was begun, 0 for a new partner."""

    text: str
    based_on: int
    kind: str = ""
    body: str = ""
    at: str = ""
    as_text: bool = False
    """Whether the text itself is edited."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be said of a draft: its problems, how it differs from what is in force, and what a trial came to."""

    problems: list[Problem]
    profile: TradingPartner | None
    in_force: int
    rows: list[Row]
    documents: list[DocumentType]
    trial: Rehearsal | None = None
    findings: list[Finding] = field(default_factory=list)
    message: str = ""


def add_routes(app: web.Application) -> None:
    app.router.add_get("/profiles/new", ask, name="profile-new")
    app.router.add_post("/profiles/new", begin, name="profile-begin")
    app.router.add_get("/partners/{id}/edit", edit, name="partner-edit")
    app.router.add_post("/profiles/draft", work_on, name="profile-draft")


async def ask(request: web.Request) -> web.Response:
    """Which way to begin, then what that way needs to know."""
    start = request.query.get("start", "")
    chosen = STARTS.get(start)
    return await console_page(request, "profile_new.html", here="partners", starts=STARTS, start=start, chosen=chosen)


async def begin(request: web.Request) -> web.Response:
    form = await request.post()
    start = STARTS.get(str(form.get("start", "")))
    if start is None:
        raise web.HTTPBadRequest(text="Choose how to begin.")
    given = {name: " ".join(str(form.get(name, "")).split())[:1000] for name in ("partner", "name", "zone", "key")}
    answers = Answers(
        given["partner"],
        given["name"],
        given["zone"] or "UTC",
        str(form.get("qualifier", "")).strip()[:2],
        str(form.get("identifier", "")).strip()[:15],
        given["key"],
        tuple(str(value) for value in form.getall("document", [])),
    )
    return await _show(request, Draft(profile_text(start, answers), 0))


async def edit(request: web.Request) -> web.Response:
    services, partner = services_of(request), request.match_info["id"]

    def held() -> Draft | None:
        with services.store.read() as tx:
            row = configurations.current(tx, administration.PARTNER, partner)
        return Draft(row.text, row.version) if row is not None else None

    draft = await in_store(services, held)
    if draft is None:
        raise web.HTTPNotFound
    return await _show(request, draft)


async def work_on(request: web.Request) -> web.Response:
    """Checks the draft and does what the button says: nothing more, a change in the text, a trial, or in force."""
    services, form = services_of(request), await request.post()
    given = {name: str(value) for name, value in form.items()}
    action, actor = given.get("action", ""), f"operator:{request[SESSION].operator}"
    draft = _draft_of(given, action)
    if action in AMENDMENTS:
        return await _show(request, _amended(draft, action))
    if action == "try":
        return await _show(request, draft, trying=True)
    if action not in ("apply", "schedule"):
        return await _show(request, draft)
    act = _scheduled if action == "schedule" else _applied
    try:
        partner = await in_store(services, lambda: act(services, draft, actor))
    except ConfigurationError:
        return await _show(request, draft, status=422)  # the page has each of its problems
    except (OperationRefused, StaleVersion) as error:
        return await _show(request, draft, message=str(error), status=409)
    raise web.HTTPSeeOther(f"/partners/{partner}")


def _amended(draft: Draft, action: str) -> Draft:
    """Only a text that can be read is changed in place; of any other the check says what is wrong."""
    tree = read_tree(draft.text, SOURCE)
    if tree.problems or not isinstance(tree.value, dict):
        return draft
    return replace(draft, text=AMENDMENTS[action](draft.text))


def _draft_of(given: Mapping[str, str], action: str) -> Draft:
    """What the form holds, with the answers in its fields put into the text."""
    text = given.get("text", "").replace("\r\n", "\n")
    if len(text) > TEXT_LIMIT:
        raise web.HTTPRequestEntityTooLarge(
            TEXT_LIMIT, len(text), text="This profile is too long for a page: hub partner apply takes it."
        )
    based_on = given.get("based_on", "0")
    number = int(based_on) if based_on.isascii() and based_on.isdecimal() and len(based_on) < 10 else 0
    if given.get("view") == "form":
        text = profile_form.answered(text, given, new=not number, without=_removed(action))
    shows_text = action == "text" or (action != "form" and given.get("view") != "form")
    return Draft(text, number, given.get("kind", ""), given.get("body", ""), given.get("at", ""), shows_text)


def _removed(action: str) -> Path:
    """The entry that a button takes out, as ``remove:contacts/0`` names it."""
    verb, _, address = action.partition(":")
    field, _, index = address.partition("/")
    plain = index.isascii() and index.isdecimal() and len(index) < 5
    return (field, int(index)) if verb == "remove" and plain else ()


def _applied(services: HubServices, draft: Draft, actor: str) -> str:
    (applied,) = administration.apply_partners(
        services, {SOURCE: draft.text}, actor=actor, expected_version=draft.based_on
    )
    return applied.key


def _scheduled(services: HubServices, draft: Draft, actor: str) -> str:
    try:
        at = datetime.fromisoformat(draft.at).replace(tzinfo=UTC)
    except ValueError as error:
        raise OperationRefused("Say when, as 2027-01-31T06:00 in UTC.") from error
    (waits,) = scheduled.schedule(services, {SOURCE: draft.text}, at, based_on=draft.based_on, actor=actor)
    return waits.partner


async def _show(
    request: web.Request, draft: Draft, *, trying: bool = False, message: str = "", status: int = 200
) -> web.Response:
    services = services_of(request)
    look = await in_store(services, lambda: _look(services, draft, trying=trying))
    return await console_page(
        request,
        "profile_draft.html",
        here="partners",
        status=status,
        draft=draft,
        look=look,
        form=None if draft.as_text else profile_form.form_of(draft.text, new=not draft.based_on),
        message=message or look.message,
        path_text=path_text,
        earliest=services.clock().strftime("%Y-%m-%dT%H:%M"),
    )


def _look(services: HubServices, draft: Draft, *, trying: bool) -> Look:
    usable, problems = administration.check_partners(services, {SOURCE: draft.text})
    profile = usable[0].require() if usable else None
    with services.store.read() as tx:
        held = configurations.current(tx, administration.PARTNER, _partner_of(draft.text))
    rows = side_by_side(held.text.splitlines() if held else [], draft.text.splitlines())
    documents = trial.documents_to_try(profile) if profile is not None else []
    look = Look(sorted(problems, key=lambda one: one.line), profile, held.version if held else 0, rows, documents)
    if not trying or profile is None or problems:
        return look
    return _tried(services, draft, profile, look)


def _partner_of(text: str) -> str:
    """As far as the text can be read."""
    value = read_tree(text, SOURCE).value
    return str(value.get("partner", "")) if isinstance(value, dict) else ""


def _tried(services: HubServices, draft: Draft, profile: TradingPartner, look: Look) -> Look:
    kind = next((one for one in look.documents if one == draft.kind), None)
    message, found = "", None
    try:
        if kind is None:
            raise OperationRefused("Choose which document to try.")
        found = trial.try_document(services, profile, kind, draft.body.encode())
    except (OperationRefused, Overtaken) as error:
        message = str(error)
    findings = [Finding.model_validate(row) for row in (found.trace.transmission.findings or [])] if found else []
    if found is not None:
        findings += [Finding.model_validate(row) for one in found.trace.interchanges for row in one.findings]
    return replace(look, trial=found, findings=findings, message=message)
