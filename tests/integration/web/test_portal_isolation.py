"""Every route of the portal, of two companies' things, by people of every kind: nobody reads or changes another's.

The routes come from the router; one that is not declared here, with what it is asked about and who may, fails the test.
AU05 of the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.portal import accounts
from hub.store.people import portal_users
from hub.store.schema.tables import metadata
from hub.web.app import make_app
from tests.integration.web.conftest import configure
from tests.integration.web.portal_people import ACME, BIRCH, PAT, SECRET, Supplier, invited, joined, open_portals
from tests.integration.web.running_hub import Answer, Site, running
from tests.integration.web.test_isolation import make_things
from tests.integration.web.test_portal_files import FAULTY, dropped


@dataclass(frozen=True)
class Asked:
    """What a route is asked about: ``thing`` fills its path. ``owner`` may: the session alone, everybody of a company,
    or those of it who manage users. Others are told ``missed``, who manages nobody is told 403."""

    thing: str = ""
    owner: str = "company"
    missed: int = 404
    done: int = 200
    form: tuple[tuple[str, str], ...] = ()


OPEN = Asked(owner="everybody")
TEAM = {"owner": "managers", "missed": 422, "done": 303}

ASKED: dict[tuple[str, str], Asked] = {
    ("GET", "/portal/sign-in"): OPEN,
    ("POST", "/portal/sign-in"): OPEN,
    ("GET", "/portal/invitation/{token}"): OPEN,
    ("POST", "/portal/invitation/{token}"): OPEN,
    ("GET", "/portal/static"): OPEN,
    ("POST", "/portal/sign-out"): Asked(done=303),
    ("POST", "/portal/sign-out-everywhere"): Asked(done=303),
    ("GET", "/portal/account"): Asked(),
    ("POST", "/portal/account/password"): Asked(done=422, form=(("old", SECRET), ("new", "short"))),
    ("GET", "/portal"): Asked(),
    ("POST", "/portal/drops"): Asked(done=415),
    ("GET", "/portal/drops/{token}"): Asked("draft", "session", 410),
    ("GET", "/portal/drops/{token}/problems"): Asked("draft", "session", 410),
    ("GET", "/portal/drops/{token}/marked"): Asked("draft", "nobody", 410),
    ("POST", "/portal/drops/{token}/commit"): Asked("draft", "session", 410, 303),
    ("POST", "/portal/drops/{token}/discard"): Asked("draft", "session", 303, 303),
    ("GET", "/portal/sent"): Asked(),
    ("GET", "/portal/sent/{id}"): Asked("arrival"),
    ("GET", "/portal/sent/{id}/problems"): Asked("arrival"),
    ("GET", "/portal/for-you"): Asked(),
    ("GET", "/portal/for-you/{id}"): Asked("departure"),
    ("GET", "/portal/for-you/{id}/file"): Asked("departure"),
    ("GET", "/portal/templates"): Asked(),
    ("GET", "/portal/templates/{id}"): Asked("nothing", "nobody"),
    ("GET", "/portal/users"): Asked(owner="managers"),
    ("POST", "/portal/users/invite"): Asked(owner="managers", done=422, form=(("email", "none"),)),
    ("POST", "/portal/users/{id}/password"): Asked("member", **(TEAM | {"done": 200})),  # type: ignore[arg-type]
    ("POST", "/portal/users/{id}/manage"): Asked("member", **TEAM),  # type: ignore[arg-type]
    ("POST", "/portal/users/{id}/remove"): Asked("member", form=(("confirmed", "yes"),), **TEAM),  # type: ignore[arg-type]
    ("POST", "/portal/invitations/{id}/withdraw"): Asked("invitation", **TEAM),  # type: ignore[arg-type]
}


@dataclass(frozen=True)
class Person:
    name: str
    client: Supplier
    partner: str = ""
    manages: bool = False
    holds: str = ""
    """The company whose draft this very session has."""


@pytest.fixture
def portal(migrated_url: str, tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, store_url=migrated_url) as started:
        configure(started)
        open_portals(started, ACME, BIRCH)
        yield started


def routes(site: Site) -> set[tuple[str, str]]:
    found = make_app(site.services).router.routes()
    named = {(one.method, one.resource.canonical) for one in found if one.resource}
    return {(method, path) for method, path in named if path.startswith("/portal") and method != "HEAD"}


def make_people(site: Site) -> list[Person]:
    operator = Supplier(site.port)
    operator.cookies = dict(site.signed_in().cookies)
    gone = joined(site, ACME, "gone@acme.example")
    with site.store.read() as tx:
        (user,) = [one for one in portal_users.users_of(tx, ACME) if one.email.startswith("gone")]
    accounts.remove(site.services, ACME, user.id, actor="test")
    return [
        Person("nobody", Supplier(site.port)),
        Person("an operator", operator),
        Person("who was removed", gone),
        Person("a manager of one", joined(site), ACME, manages=True, holds=ACME),
        Person("a colleague", joined(site, ACME, "kim@acme.example", manages=False), ACME),
        Person("a manager of the other", joined(site, BIRCH, PAT), BIRCH, manages=True, holds=BIRCH),
        Person("a colleague there", joined(site, BIRCH, "lee@birch.example", manages=False), BIRCH),
    ]


def make_own(site: Site, people: list[Person]) -> dict[str, dict[str, str]]:
    """Of each company, what the routes ask about."""
    things = make_things(site)
    found: dict[str, dict[str, str]] = {}
    for person in people:
        if person.holds:
            invited(site, person.holds, f"next@{person.holds}.example")
            with site.store.read() as tx:
                members = {one.manages: one.id for one in portal_users.users_of(tx, person.holds)}
                (invitation,) = portal_users.open_invitations(tx, person.holds, site.clock())
            draft, _ = dropped(person.client, f"draft of {person.holds}", FAULTY)
            found[person.holds] = {
                "draft": draft.rpartition("/")[2],
                "arrival": things[person.holds].arrival,
                "departure": things[person.holds].departure,
                "member": members[False],
                "invitation": invitation.id,
                "nothing": "nothing",
            }
    return found


@cache
def token_of(person: Person) -> str:
    return person.client.token("/portal/account") if person.partner else "none"


def ask(person: Person, method: str, path: str, form: tuple[tuple[str, str], ...]) -> Answer:
    if method == "GET":
        return person.client.get(path)
    return person.client.post(path, *form, token=token_of(person))


def expected(person: Person, asked: Asked, partner: str) -> int:
    if not person.partner:
        return 303
    if asked.owner == "managers" and not person.manages:
        return 403
    own = {
        "session": person.holds == partner,
        "company": not asked.thing or person.partner == partner,
        "managers": not asked.thing or person.partner == partner,
        "nobody": False,
    }[asked.owner]
    return asked.done if own else asked.missed


def everything(site: Site) -> dict[str, str]:
    """All that is stored but sessions, of which every request may note that it was used, and the trail."""
    with site.store.read() as tx:
        return {
            name: repr(sorted(map(tuple, tx.execute(select(table))), key=repr))
            for name, table in metadata.tables.items()
            if name not in ("portal_sessions", "sessions", "events")
        }


def test_every_route_is_declared(site: Site) -> None:
    assert routes(site) == set(ASKED), "say above what it is asked, and who may"


@pytest.mark.both_stores
def test_au05_nobody_reads_or_changes_what_is_anothers(portal: Site) -> None:
    people = make_people(portal)
    own = make_own(portal, people)
    questions = [
        (expected(person, asked, partner), method, path, asked, person, partner)
        for (method, path), asked in ASKED.items()
        if asked.owner != "everybody"
        for person in people
        for partner in (ACME, BIRCH)
        if person.partner or partner == ACME
    ]
    assert len(questions) > 250
    harmless = [one for one in questions if not _changes(one[1], one[3], one[4], one[5])]
    before = everything(portal)
    for wanted, method, path, asked, person, partner in harmless:
        filled = re.sub(r"\{\w+\}", own[partner].get(asked.thing, ""), path)
        answer = ask(person, method, filled, asked.form)
        about = (method, path, person.name, partner, answer.text[:300])
        assert answer.status == wanted, about
        if wanted == 303 and not person.partner:
            assert answer.location == "/portal/sign-in", about
        for other in {ACME, BIRCH} - {person.partner}:
            theirs = [value for name, value in own[other].items() if name != "nothing" and value not in filled]
            assert not [one for one in (*theirs, f"draft of {other}") if one in answer.text], about
    assert everything(portal) == before
    last = [one for one in questions if one not in harmless]
    assert {one[4].partner == one[5] or not one[3].thing for one in last} == {True}


def _changes(method: str, asked: Asked, person: Person, partner: str) -> bool:
    """Whether somebody does to the own things what the route is for; test_portal_people.py and test_portal_files.py
    see to that. Fetching notes that it was done."""
    own = person.partner == partner or not asked.thing
    allowed = person.manages if asked.owner == "managers" else person.holds == partner or asked.owner != "session"
    fetches = asked.thing == "departure"
    return bool(person.partner) and own and allowed and ((method == "POST" and asked.done < 400) or fetches)
