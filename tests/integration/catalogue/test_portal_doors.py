"""Rows AU06 and AU08 of the catalogue at the supplier portal; AU01 to AU05 and AU07 of it are in
``tests/integration/web/test_portal_people.py`` and ``test_portal_isolation.py``."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.store.configuration import configurations
from tests.integration.web.conftest import configure
from tests.integration.web.portal_people import JO, Supplier, invited
from tests.integration.web.running_hub import Answer, Client, Site, running

ELM, DELTA = "elm-garden", "delta-plastics"
PASSWORD = "a canary sings in the mine"
COOKIE = "hub_supplier"


@pytest.fixture
def site(migrated_url: str, tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, store_url=migrated_url) as started:
        configure(started)
        yield started


def came_in(site: Site) -> tuple[Supplier, list[str], list[Answer]]:
    """Somebody who followed a link: what let them in, and every answer on the way, good and bad."""
    path, person = invited(site, ELM), Supplier(site.port)
    answers = [person.get(path), person.post(path, ("password", "short"), token=person.token(path))]
    answers.append(person.post(path, ("password", PASSWORD), token=person.token(path)))
    first = person.cookies[COOKIE]
    answers += [person.get(path), person.do("/sign-out"), person.sign_in(JO, PASSWORD)]
    return person, [path.rpartition("/")[2], first, person.cookies[COOKIE], PASSWORD], answers


@pytest.mark.own_stores("every byte of SQLite's file is looked at")
def test_au06_what_lets_a_supplier_in_is_in_no_address_log_error_or_row(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Canaries: the token of an invitation, the session before and after a sign-in, the password. Of a link alone the
    address has to hold the secret: it works once, and is written down nowhere."""
    caplog.set_level(logging.DEBUG)
    person, secrets, answers = came_in(site)
    for path in ("", "/sent", "/for-you", "/templates", "/users", "/account", "/sent/nothing", "/no-such-page"):
        answers.append(person.get(f"/portal{path}"))
    answers += [person.post("/portal/account/password", ("old", PASSWORD), ("new", PASSWORD), token="forged")]
    answers += [person.do("/account/password", ("old", PASSWORD), ("new", "short"))]
    answers += [person.drop("a.edi", b"ISA*broken"), person.drop("a.edi", b"ISA", token="forged")]
    stranger = Supplier(site.port)
    answers += [stranger.sign_in(JO, f"{PASSWORD}!") for _ in range(9)]
    assert {answer.status for answer in answers} >= {200, 303, 403, 404, 410, 422, 429}
    files = b"".join(path.read_bytes() for path in site.services.data_dir.glob("hub.db*")).decode("latin-1")
    told = "".join(f"{answer.text} {answer.location}" for answer in answers)
    logged = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert JO in files
    assert "/invitation/{token}" in logged, "the request is logged, by its route"
    for secret in secrets:
        assert [name for name, where in (("answer", told), ("log", logged), ("row", files)) if secret in where] == []


def test_au06_a_session_or_a_password_in_an_address_opens_nothing(site: Site) -> None:
    _, (_, _, session, _), _ = came_in(site)
    stranger = Supplier(site.port)
    for query in (f"{COOKIE}={session}", f"session={session}", f"email={JO}&password={quote(PASSWORD)}"):
        assert stranger.get(f"/portal?{query}").location == "/portal/sign-in"
        assert 'name="password" type="password"' in stranger.get(f"/portal/sign-in?{query}").text
    token = stranger.token("/portal/sign-in")
    assert stranger.post(f"/portal/sign-in?email={JO}&password={quote(PASSWORD)}", token=token).status == 403
    assert COOKIE not in stranger.cookies


def test_au08_the_portal_takes_no_key_and_no_certificate(site: Site) -> None:
    """People come in at the portal by their password alone. What opens another door, an access key or a certificate
    that a proxy vouches for, opens nothing here; and the portal's session opens no other door."""
    key = site.key("partner", ELM)
    for headers in (
        {"Authorization": f"Bearer {key}"},
        {"Authorization": f"Basic {key}"},
        {"X_SSL_Client_Verify": "SUCCESS", "X_SSL_Client_S_DN": f"CN={JO}"},
        {"X_Forwarded_User": JO},
    ):
        answer = site.client().ask("GET", "/portal", None, **headers)
        assert (answer.status, answer.location) == (303, "/portal/sign-in"), headers
    person, _, _ = came_in(site)
    assert person.get("/v1/documents").status == 401
    assert person.get("/partners").location == "/sign-in"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("dss", "begins with ssh-ed25519"), ("rsa", "RSA key of 1024 bits is too weak"), ("certificate", "begins with")],
)
def test_au08_a_key_that_is_too_weak_is_refused_in_the_form_with_its_reason(site: Site, kind: str, reason: str) -> None:
    """Keys of the mailbox door are given in a profile's form: what the door would not take is not put in force there.
    A certificate, whatever its principal, is no key that a profile may name."""
    rsa = generate_private_key(65537, 1024).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    lines = {
        "dss": "ssh-dss AAAAB3NzaC1kc3MAAACBAP weak",
        "rsa": f"{rsa} weak",
        "certificate": f"ssh-rsa-cert-v01@openssh.com {rsa.split()[1]} delta",
    }
    manager = site.signed_in()
    with site.store.read() as tx:
        before = configurations.current(tx, "partner", DELTA)
    assert before is not None
    for action, status in (("check", 200), ("apply", 422)):
        answer = answered(manager, before.text, action, lines[kind])
        assert answer.status == status
        assert reason in answer.text
        assert '<a href="#f-channels-0-keys">' in answer.text, "the field to be mended is named"
    with site.store.read() as tx:
        assert configurations.current(tx, "partner", DELTA) == before


def answered(manager: Client, text: str, action: str, key: str) -> Answer:
    fields = ("action", action), ("view", "form"), ("text", text), ("based_on", "1"), ("f:channels/0/keys", key)
    return manager.post("/profiles/draft", *fields, token=manager.token(f"/partners/{DELTA}/edit"))
