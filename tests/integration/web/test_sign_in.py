"""Signing in: the first operator, sessions that end, guesses that are slowed, answers that tell nothing."""

from __future__ import annotations

from pathlib import Path

from hub.store.people import operators
from tests.integration.web.running_hub import OPERATOR, PASSWORD, Site, running

WRONG = "Name or password is wrong."


def test_first_operator_by_setup_token(tmp_path: Path, migrated_url: str) -> None:
    with running(tmp_path, operator=False, store_url=migrated_url) as site:
        with site.store.begin() as tx:
            token = operators.issue_setup_token(tx, site.clock())
        assert token is not None
        client = site.client()
        assert client.get("/sign-in").location == "/setup"
        fields = ("name", "mira"), ("password", "a long enough password")
        assert client.post("/setup", ("token", "guess"), *fields, token=client.token("/setup")).status == 403
        short = ("name", "mira"), ("password", "short")
        assert client.post("/setup", ("token", token), *short, token=client.token("/setup")).status == 422
        assert client.post("/setup", ("token", token), *fields, token=client.token("/setup")).status == 303
        assert client.get("/").status == 200
        stranger = site.client()
        assert stranger.get("/setup").status == 404
        assert stranger.post("/setup", ("token", token), *fields, token=stranger.token("/sign-in")).status == 404


def test_wrong_name_and_wrong_password_get_the_same_answer(site: Site) -> None:
    known, unknown = site.client(), site.client()
    answers = [known.sign_in(OPERATOR, "wrong"), unknown.sign_in("nobody", "wrong")]
    assert [answer.status for answer in answers] == [403, 403]
    pages = [a.text.replace(c.cookies["hub_form"], "") for a, c in zip(answers, (known, unknown), strict=True)]
    assert pages[0] == pages[1]
    assert WRONG in pages[0]


def test_guesses_are_slowed_for_every_name_alike(site: Site) -> None:
    for name in (OPERATOR, "nobody"):
        client = site.client()
        assert [client.sign_in(name, "wrong").status for _ in range(8)] == [403] * 8
        refused = client.sign_in(name, PASSWORD)
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) > 800
    site.clock.pass_by(minutes=16)
    assert site.client().sign_in().status == 303


def test_a_new_session_id_at_every_sign_in(site: Site) -> None:
    client = site.client()
    client.cookies["hub_session"] = "planted"
    client.sign_in()
    first = client.cookies["hub_session"]
    assert first != "planted"
    client.cookies.pop("hub_session")
    client.sign_in()
    assert client.cookies["hub_session"] != first


def test_cookie_cannot_be_read_by_script_or_sent_from_elsewhere(site: Site) -> None:
    cookie = site.client().sign_in().headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_behind_https_the_cookie_is_bound_to_the_host(tmp_path: Path, migrated_url: str) -> None:
    with running(tmp_path, public_url="https://hub.example.com", store_url=migrated_url) as site:
        client = site.client()
        token = client.token("/sign-in")
        fields = ("name", OPERATOR), ("password", PASSWORD)
        assert client.post("/sign-in", *fields, token=token).status == 403, "not the public origin"
        answer = client.post("/sign-in", *fields, token=token, origin="https://hub.example.com")
        assert answer.status == 303
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-hub_session=")
        assert "Secure" in cookie


def test_sessions_end_when_idle_and_at_sign_out(site: Site) -> None:
    client = site.signed_in()
    for _ in range(3):
        site.clock.pass_by(minutes=20)
        assert client.get("/documents").status == 200
    site.clock.pass_by(minutes=31)
    assert client.get("/documents").status == 303

    client = site.signed_in()
    kept = dict(client.cookies)
    assert client.post("/sign-out", token=client.token("/documents")).location == "/sign-in"
    client.cookies = kept
    assert client.get("/documents").status == 303


def test_sessions_end_after_twelve_hours_however_busy(site: Site) -> None:
    client = site.signed_in()
    for _ in range(28):
        site.clock.pass_by(minutes=25)
        assert client.get("/documents").status == 200
    site.clock.pass_by(minutes=21)
    assert client.get("/documents").status == 303
