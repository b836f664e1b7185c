"""How a supplier's people come in at the portal and how they are kept out: AU01 to AU04 and AU07 of the catalogue, and
row T13 of the threat model."""

from __future__ import annotations

import logging

import pytest

from hub.errors import OperationRefused
from hub.portal import accounts
from hub.store.people import portal_users
from hub.store.schema.tables import events, metadata, portal_invitations, portal_sessions
from tests.integration.web.portal_people import (
    ACME,
    BIRCH,
    JO,
    PAT,
    SECRET,
    Supplier,
    invited,
    joined,
    link_in,
    open_portals,
    suspend,
)
from tests.integration.web.running_hub import Site, running

WRONG = "E-mail address or password is wrong."
NEW = "another long sentence"


@pytest.fixture
def portal(site: Site) -> Site:
    open_portals(site, ACME, BIRCH)
    return site


def told(site: Site, kind: str) -> list[tuple[str, str]]:
    """Who did it to what."""
    with site.store.read() as tx:
        rows = tx.execute(events.select().where(events.c.kind == kind)).all()
    return [(row.actor, row.partner) for row in rows]


# ---- invitations


def test_au07_an_invitation_works_once_and_only_its_hash_is_kept(portal: Site) -> None:
    path = invited(portal)
    token = path.rpartition("/")[2]
    first, second = Supplier(portal.port), Supplier(portal.port)
    assert "Acme Fasteners" in first.get(path).text
    held = second.token(path)
    assert first.post(path, ("password", SECRET), token=first.token(path)).location == "/portal"
    assert second.post(path, ("password", NEW), token=held).status == 410
    assert second.get(path).status == 410
    assert second.sign_in(JO, NEW).status == 403
    with portal.store.read() as tx:
        everything = repr([tx.execute(table.select()).all() for table in metadata.tables.values()])
    assert token not in everything
    assert SECRET not in everything
    assert [actor for actor, _ in told(portal, "user.invited")] == ["operator:test"]
    assert len(told(portal, "user.joined")) == 1


def test_au07_a_link_ends_by_time_by_a_newer_one_and_by_hand(portal: Site) -> None:
    late = invited(portal)
    portal.clock.pass_by(days=7)
    older = invited(portal)
    newer = invited(portal)
    with portal.store.read() as tx:
        ((id,),) = tx.execute(
            portal_invitations.select()
            .with_only_columns(portal_invitations.c.id)
            .where(portal_invitations.c.ended_at.is_(None))
        ).all()
    client = Supplier(portal.port)
    assert [client.get(path).status for path in (late, older, newer, "/portal/invitation/guess")] == [
        410,
        410,
        200,
        410,
    ]
    accounts.withdraw(portal.services, ACME, id, actor="operator:test")
    assert client.get(newer).status == 410


def test_au07_a_link_for_a_new_password_is_good_for_15_minutes_and_for_its_user_alone(portal: Site) -> None:
    jo = joined(portal)
    with portal.store.read() as tx:
        (user,) = portal_users.users_of(tx, ACME)
    link = accounts.renew_password(portal.services, ACME, user.id, actor="operator:test")
    with pytest.raises(OperationRefused):
        accounts.renew_password(portal.services, BIRCH, user.id, actor="operator:test")
    assert jo.get("/portal").status == 200, "the old password stays until then"
    client = Supplier(portal.port)
    assert client.post(link.path, ("password", NEW), token=client.token(link.path)).status == 303
    assert jo.get("/portal").status == 303, "signed out by the new password"
    assert Supplier(portal.port).sign_in(JO, SECRET).status == 403
    late = accounts.renew_password(portal.services, ACME, user.id, actor="operator:test")
    portal.clock.pass_by(minutes=15)
    assert client.get(late.path).status == 410


def test_a_password_is_long_and_that_is_all(portal: Site) -> None:
    path, client = invited(portal), Supplier(portal.port)
    for password in ("", "Sh0rt!pass", "x" * 201):
        assert client.post(path, ("password", password), token=client.token(path)).status == 422
    assert client.post(path, ("password", "twelve spaces and words"), token=client.token(path)).status == 303


# ---- signing in


def test_au01_wrong_passwords_and_unknown_people_get_the_same_answer_and_are_slowed_alike(portal: Site) -> None:
    joined(portal)
    pages = []
    for name in (JO, "nobody@acme.example"):
        client = Supplier(portal.port)
        answers = [client.sign_in(name, "wrong password") for _ in range(8)]
        assert {answer.status for answer in answers} == {403}
        pages.append(answers[0].text.replace(client.cookies["hub_form"], ""))
        refused = client.sign_in(name, SECRET)
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) > 800
    assert pages[0] == pages[1]
    assert WRONG in pages[0]
    portal.clock.pass_by(minutes=16)
    assert Supplier(portal.port).sign_in().status == 303


def test_au02_odd_names_and_passwords_are_refused(portal: Site) -> None:
    for name in ("", "jo\x00@acme.example", "j\u043e@acme.example", "jo@acme.example " + "x" * 300):
        for password in ("", "x" * 5000):
            assert Supplier(portal.port).sign_in(name, password).status == 403
    for address in ("", "jo", "jo@", "j\u043e@acme.example", "a b@acme.example", "jo@acme", "<jo@acme.example>"):
        with pytest.raises(OperationRefused, match="no e-mail address"):
            accounts.invite(portal.services, ACME, address, manages=False, actor="test")


def test_au03_a_suspended_partners_people_are_out_at_once_and_stay_out_afterwards(portal: Site) -> None:
    jo, pat, path = joined(portal), joined(portal, BIRCH, PAT), invited(portal, email="new@acme.example")
    suspend(portal, ACME)
    assert jo.get("/portal").location == "/portal/sign-in"
    assert Supplier(portal.port).sign_in().status == 403
    assert Supplier(portal.port).get(path).status == 410
    assert pat.get("/portal").status == 200
    with pytest.raises(OperationRefused):
        invited(portal, email="more@acme.example")
    open_portals(portal, ACME)
    assert jo.get("/portal").status == 303, "the session has ended, not only paused"
    assert Supplier(portal.port).sign_in().status == 303


def test_au04_a_session_that_was_planted_is_not_taken_over_and_one_that_was_left_is_gone(portal: Site) -> None:
    joined(portal)
    client = Supplier(portal.port)
    client.cookies["hub_supplier"] = "planted"
    assert client.sign_in().status == 303
    first = client.cookies["hub_supplier"]
    assert first != "planted"
    assert client.do("/sign-out").location == "/portal/sign-in"
    client.cookies["hub_supplier"] = first
    assert client.get("/portal").status == 303
    with portal.store.read() as tx:
        assert first not in repr(tx.execute(portal_sessions.select()).all())


def test_au04_a_form_without_our_token_or_from_elsewhere_writes_nothing(portal: Site) -> None:
    jo, pat = joined(portal), joined(portal, BIRCH, PAT)
    foreign = pat.token("/portal/users")
    with portal.store.read() as tx:
        before = repr([tx.execute(table.select()).all() for table in metadata.tables.values()])
    invite, email = "/portal/users/invite", ("email", "eve@acme.example")
    assert jo.post(invite, email).status == 403
    assert jo.post(invite, email, token=foreign).status == 403
    own = jo.token("/portal/users")
    assert jo.post(invite, email, token=own, origin="https://evil.example").status == 403
    assert jo.post(invite, email, token=own, origin="").status == 403
    assert jo.drop("order.edi", b"ISA", token="").status == 403
    assert jo.drop("order.edi", b"ISA", token=foreign).status == 403
    assert jo.drop("order.edi", b"ISA", token=own, origin="https://evil.example").status == 403
    with portal.store.read() as tx:
        assert repr([tx.execute(table.select()).all() for table in metadata.tables.values()]) == before


def test_t13_sessions_end_when_idle_and_after_twelve_hours(portal: Site) -> None:
    jo = joined(portal)
    for _ in range(28):
        portal.clock.pass_by(minutes=25)
        assert jo.get("/portal/account").status == 200
    portal.clock.pass_by(minutes=21)
    assert jo.get("/portal/account").status == 303
    again = Supplier(portal.port)
    again.sign_in()
    portal.clock.pass_by(minutes=31)
    assert again.get("/portal/account").status == 303


def test_t13_the_cookie_is_bound_to_the_host_and_kept_from_scripts(
    portal: Site, tmp_path_factory: pytest.TempPathFactory, module_url: str
) -> None:
    joined(portal)
    cookie = Supplier(portal.port).sign_in().headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    with running(
        tmp_path_factory.mktemp("https"), public_url="https://hub.example.com", store_url=module_url
    ) as secure:
        page = Supplier(secure.port).get("/portal/sign-in")
    assert page.headers["Set-Cookie"].startswith("__Host-hub_form=")
    assert "Secure" in page.headers["Set-Cookie"]


def test_a_new_password_ends_every_other_session_and_so_does_signing_out_everywhere(portal: Site) -> None:
    here, there = joined(portal), Supplier(portal.port)
    there.sign_in()
    before = here.cookies["hub_supplier"]
    fields = ("old", SECRET), ("new", NEW)
    assert here.do("/account/password", ("old", "wrong password"), ("new", NEW)).status == 403
    assert here.do("/account/password", ("old", SECRET), ("new", "short")).status == 422
    assert here.do("/account/password", *fields).status == 303
    assert here.cookies["hub_supplier"] != before
    assert (here.get("/portal").status, there.get("/portal").status) == (200, 303)
    there.sign_in(JO, NEW)
    assert here.do("/sign-out-everywhere").location == "/portal/sign-in"
    assert there.get("/portal").status == 303


def test_nobody_is_led_elsewhere_after_signing_in(portal: Site) -> None:
    joined(portal)
    client = Supplier(portal.port)
    path = "/portal/sign-in?next=https://evil.example&back=//evil.example"
    fields = ("email", JO), ("password", SECRET), ("next", "//evil.example")
    assert client.post(path, *fields, token=client.token(path)).location == "/portal"


def test_suppliers_and_operators_are_two_kinds_of_people(portal: Site) -> None:
    jo, operator = joined(portal), portal.signed_in()
    assert operator.get("/portal").location == "/portal/sign-in"
    assert jo.get("/documents").location == "/sign-in"
    jo.cookies["hub_session"] = jo.cookies["hub_supplier"]
    assert jo.get("/documents").location == "/sign-in"


# ---- users of the own company


def test_who_manages_users_invites_and_removes_them_and_the_trail_says_so(portal: Site) -> None:
    jo = joined(portal)
    page = jo.do("/users/invite", ("email", "Kim@Acme.Example"), page="/portal/users").text
    path, kim = link_in(page), Supplier(portal.port)
    assert kim.post(path, ("password", NEW), token=kim.token(path)).status == 303
    assert kim.get("/portal/users").status == 403, "manages nobody"
    assert link_in(jo.get("/portal/users").text + page) == path
    assert path not in jo.get("/portal/users").text, "shown once"
    with portal.store.read() as tx:
        by_email = {user.email: user.id for user in portal_users.users_of(tx, ACME)}
    theirs = by_email["kim@acme.example"]
    asked = jo.do(f"/users/{theirs}/remove", page="/portal/users")
    assert "Yes, remove" in asked.text
    assert kim.get("/portal").status == 200
    assert jo.do(f"/users/{theirs}/remove", ("confirmed", "yes"), page="/portal/users").status == 303
    assert kim.get("/portal").status == 303
    assert kim.sign_in("kim@acme.example", NEW).status == 403
    assert told(portal, "user.removed") == [(f"user:{by_email[JO]}", ACME)]
    for what in ("remove", "manage", "password"):
        refused = jo.do(f"/users/{by_email[JO]}/{what}", ("confirmed", "yes"), page="/portal/users")
        assert refused.status == 422, "somebody is left who manages users"


def test_one_address_may_come_in_for_two_companies_and_neither_learns_of_the_other(portal: Site) -> None:
    joined(portal, ACME, JO)
    path, client = invited(portal, BIRCH, JO), Supplier(portal.port)
    assert client.post(path, ("password", NEW), token=client.token(path)).status == 303
    assert "Birch Paper" in client.get("/portal").text
    for password, company in ((SECRET, "Acme Fasteners"), (NEW, "Birch Paper")):
        other = Supplier(portal.port)
        other.sign_in(JO, password)
        assert company in other.get("/portal").text


def test_no_token_of_a_link_is_logged(portal: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        path = invited(portal)
        Supplier(portal.port).get(path)
    assert path.rpartition("/")[2] not in "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
