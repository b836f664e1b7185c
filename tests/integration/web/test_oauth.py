"""Tokens by OAuth 2 client credentials: the form of RFC 6749, no more than the key, and no longer."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

import pytest

from hub.operator import administration
from hub.principal import EVERY_SCOPE, Scope
from hub.store.configuration import configurations
from hub.store.people import access
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.running_hub import Answer, Site

FORM = "application/x-www-form-urlencoded"
Client = tuple[str, str]


@pytest.fixture
def client(site: Site) -> Client:
    """Id and secret of a key of a partner."""
    return administration.create_key(site.services, "partner", "birch-paper", "web shop", actor="test")


def basic(client: Client) -> str:
    return "Basic " + base64.b64encode(f"{client[0]}:{client[1]}".encode()).decode()


def ask(
    site: Site, client: Client | None, headers: dict[str, str] | None = None, path: str = "", **form: str
) -> Answer:
    sent = {"grant_type": "client_credentials"} | form
    if client is not None:
        sent |= {"client_id": client[0], "client_secret": client[1]}
    body = urlencode({name: value for name, value in sent.items() if value is not None}).encode()
    return site.client().ask("POST", path or "/v1/oauth/token", body, **({"Content_Type": FORM} | (headers or {})))


def documents(site: Site, token: str) -> Answer:
    return site.client().get("/v1/documents", Authorization=f"Bearer {token}")


@pytest.mark.parametrize("by", ["header", "body"])
def test_a_token_stands_for_its_key(site: Site, client: Client, by: str) -> None:
    answer = ask(site, None, {"Authorization": basic(client)}) if by == "header" else ask(site, client)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert set(answer.json["scope"].split()) == set(EVERY_SCOPE)
    assert documents(site, answer.json["access_token"]).status == 200


def test_a_token_ends_with_its_time_and_with_its_key(site: Site, client: Client) -> None:
    token = ask(site, client).json["access_token"]
    site.clock.pass_by(minutes=14)
    assert documents(site, token).status == 200
    site.clock.pass_by(minutes=2)
    assert documents(site, token).status == 401
    token = ask(site, client).json["access_token"]
    assert documents(site, token).status == 200
    administration.revoke_key(site.services, client[0], actor="test")
    assert documents(site, token).status == 401
    assert ask(site, client).status == 401


def test_no_token_outlives_a_key_that_expires(site: Site) -> None:
    expires_at = site.clock().replace(microsecond=0)
    site.clock.pass_by(minutes=-5)
    client = administration.create_key(site.services, "system", "erp", "job", actor="test", expires_at=expires_at)
    answer = ask(site, client).json
    assert 290 <= answer["expires_in"] <= 301
    site.clock.pass_by(minutes=6)
    assert documents(site, answer["access_token"]).status == 401
    assert documents(site, client[1]).status == 401
    assert ask(site, client).status == 401


def test_scopes_are_those_of_the_key_or_fewer(site: Site) -> None:
    allowed = [Scope.DOCUMENTS_READ, Scope.DOCUMENTS_WRITE]
    client = administration.create_key(site.services, "system", "erp", "job", actor="test", scopes=allowed)
    assert ask(site, client).json["scope"] == "documents:read documents:write"
    assert ask(site, client, scope="documents:read").json["scope"] == "documents:read"
    for wanted in ("documents:read replays:write", "everything", "documents:read  documents:write"):
        answer = ask(site, client, scope=wanted)
        assert (answer.status, answer.json["error"]) == (400, "invalid_scope"), wanted


def test_wrong_clients_look_alike(site: Site, client: Client) -> None:
    other = administration.create_key(site.services, "system", "erp", "job", actor="test")
    wrong = [(client[0], "hubk_guess"), ("ak_nobody", client[1]), (other[0], client[1]), ("ak_nobody", "x"), ("a", "")]
    answers = [ask(site, pair) for pair in wrong]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1
    assert answers[0].json["error"] == "invalid_client"
    header = ask(site, None, {"Authorization": basic(("ak_nobody", "x"))})
    assert (header.status, header.headers["WWW-Authenticate"]) == (401, 'Basic realm="supplier-hub"')
    assert ask(site, None, {"Authorization": "Basic !!!"}).status == 401


def test_what_is_no_request_of_the_kind(site: Site, client: Client) -> None:
    twice = site.client().ask(
        "POST", "/v1/oauth/token", b"grant_type=client_credentials&scope=a&scope=b", Content_Type=FORM
    )
    cases = {
        "no grant": ask(site, client, grant_type=""),
        "JSON": site.client().ask("POST", "/v1/oauth/token", b"{}", Content_Type="application/json"),
        "in the URL": ask(site, client, path=f"/v1/oauth/token?client_id={client[0]}"),
        "both ways": ask(site, client, {"Authorization": basic(client)}),
        "twice": twice,
        "no form": site.client().ask("POST", "/v1/oauth/token", b"\xff\xfe", Content_Type=FORM),
    }
    for name, answer in cases.items():
        assert (answer.status, answer.json["error"]) == (400, "invalid_request"), name
    password = ask(site, client, grant_type="password")
    assert (password.status, password.json["error"]) == (400, "unsupported_grant_type")
    assert site.client().get("/v1/oauth/token").status in (401, 405)


def test_au01_guesses_are_slowed_and_the_right_secret_is_still_taken(site: Site, client: Client) -> None:
    statuses = [ask(site, (client[0], f"hubk_guess{number}")).status for number in range(12)]
    assert statuses == sorted(statuses)
    assert set(statuses) == {401, 429}
    assert int(ask(site, (client[0], "hubk_guess")).headers["Retry-After"]) > 0
    assert ask(site, client).status == 200


def test_au03_a_partner_that_is_suspended_or_gone_draws_none_and_its_tokens_open_nothing(
    site: Site, client: Client
) -> None:
    token = ask(site, client).json["access_token"]
    profile = (SAMPLES / "partners/birch-paper.yaml").read_text()
    with site.store.begin() as tx:
        configurations.apply(tx, "partner", "birch-paper", profile + "\nsuspended: true\n", "test", site.clock())
    site.services.configuration_changed()
    site.services.credentials.forget()
    answer = documents(site, token)
    assert (answer.status, answer.json["detail"]) == (403, "This partner is suspended.")
    assert ask(site, client).status == 401


def test_expired_tokens_are_removed(site: Site, client: Client) -> None:
    first = ask(site, client).json["access_token"]
    site.clock.pass_by(hours=1)
    second = ask(site, client).json["access_token"]
    with site.store.read() as tx:
        assert access.find_token(tx, first) is None
        assert access.find_token(tx, second) is not None
