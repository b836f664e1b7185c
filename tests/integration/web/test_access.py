"""Every route: refused without a credential, headers on every answer, no form from elsewhere."""

from __future__ import annotations

import pytest

from hub.store.people import access
from hub.web.api.routes import TABLE
from hub.web.app import make_app
from hub.web.guard import PUBLIC
from hub.web.headers import HEADERS
from hub.web.portal.guard import PUBLIC as PORTAL
from tests.integration.web.running_hub import Client, Site
from tests.integration.web.seed import Seeded

Busy = tuple[Site, Seeded]
PUBLIC_OPERATIONS = {operation.full_path for operation in TABLE if operation.public}


def routes(site: Site) -> list[tuple[str, str, str]]:
    """(method, path, name) of every route, identifiers filled in."""
    found = []
    for route in make_app(site.services).router.routes():
        path = route.resource.canonical if route.resource else ""
        for part in ("{id}", "{type}", "{token}", "{filename}"):
            path = path.replace(part, "console.css" if "static" in path else "x")
        path = {"/static": "/static/console.css", "/portal/static": "/portal/static/portal.css"}.get(path, path)
        found.append((route.method, path, (route.resource.name if route.resource else "") or ""))
    return found


def test_every_route_refuses_strangers(busy: Busy) -> None:
    site, _ = busy
    checked = 0
    for method, path, name in routes(site):
        client = site.client()
        if name in PUBLIC | PORTAL or method == "HEAD":
            continue
        answer = client.post(path) if method == "POST" else client.get(path)
        if path == "/v1/oauth/token":  # its credential is in its body
            assert (answer.status, answer.json["error"]) == (400, "invalid_request")
        elif path in PUBLIC_OPERATIONS:
            assert answer.status == 200, path
        elif path.startswith("/v1/"):
            assert answer.status == 401, (method, path)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json["status"] == 401
        else:
            way_in = "/portal/sign-in" if path.startswith("/portal") else "/sign-in"
            assert (answer.status, answer.location) == (303, way_in), (method, path)
        checked += 1
    assert checked >= 20


def test_every_answer_has_the_headers(busy: Busy) -> None:
    site, _ = busy
    client = site.signed_in()
    for method, path, _name in [*routes(site), ("GET", "/nowhere", ""), ("GET", "/v1/nowhere", ""), ("PUT", "/", "")]:
        answer = client.ask(method, path)
        for name, value in HEADERS.items():
            assert answer.headers.get_all(name) == [value], (method, path, name)


def test_policy_forbids_inline_and_frames() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy


def test_a_session_opens_no_api_and_a_key_no_page(busy: Busy) -> None:
    site, _ = busy
    assert site.signed_in().get("/v1/documents").status == 401
    key = site.key("partner", "acme-fasteners")
    assert site.client().get("/documents", Authorization=f"Bearer {key}").status == 303


@pytest.mark.parametrize(
    "key", ["", "Bearer", "Bearer ", "Bearer hubk_wrong", "Basic aGk6aGk=", "Bearer " + "k" * 5000]
)
def test_wrong_keys(busy: Busy, key: str) -> None:
    site, _ = busy
    assert site.client().get("/v1/documents", Authorization=key).status == 401


def test_401_comes_before_the_body_is_read(busy: Busy) -> None:
    site, _ = busy
    answer = site.client().ask("POST", "/v1/documents", b"x" * 5_000_000, Content_Type="application/json")
    assert answer.status == 401


@pytest.mark.parametrize("path", ["/..;/documents", "//documents", "/%2e%2e/documents", "/static/../documents", "/./"])
def test_path_tricks_open_nothing(busy: Busy, path: str) -> None:
    site, _ = busy
    answer = site.client().get(path)
    assert answer.status in (303, 400, 403, 404)
    assert b"PO-7002" not in answer.body


FORMS = ["/operations", "/sign-out", "/sign-in", "/setup"]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("origin", ["", "null", "https://elsewhere.example", "http://127.0.0.1:1"])
def test_forms_from_elsewhere_are_refused(busy: Busy, path: str, origin: str) -> None:
    site, _ = busy
    client = site.signed_in()
    token = client.token("/documents")
    assert client.post(path, ("reason", "x"), token=token, origin=origin).status == 403
    assert client.get("/documents").status == 200, "the session must live on"


@pytest.mark.parametrize("path", FORMS)
def test_forms_without_their_token_are_refused(busy: Busy, path: str) -> None:
    site, _ = busy
    for client in (site.signed_in(), site.client()):
        for token in ("", "guess"):
            assert client.post(path, ("reason", "x"), token=token).status in (303, 403)
        assert client.get("/documents").status in (200, 303)


def test_the_token_of_one_session_does_not_serve_another(busy: Busy) -> None:
    site, _ = busy
    first, second = site.signed_in(), site.signed_in()
    assert second.post("/sign-out", token=first.token("/documents")).status == 403


def test_pages_are_never_sniffed_as_forms_of_another_kind(busy: Busy) -> None:
    site, _ = busy
    client: Client = site.signed_in()
    answer = client.ask("POST", "/operations", b"{}", Content_Type="application/json", Origin=f"http://{client.host}")
    assert answer.status == 415


def test_health_needs_no_credential(busy: Busy) -> None:
    site, _ = busy
    assert site.client().get("/healthz").json == {"status": "ok"}
    assert site.client().get("/readyz").json == {"status": "ok"}


def test_the_last_use_of_a_key_is_known_to_the_hour(busy: Busy) -> None:
    site, _ = busy
    plain = site.key("system", "erp")
    uses = []
    for minutes in (0, 59, 2):
        site.clock.pass_by(minutes=minutes)
        site.services.credentials.forget()
        assert site.client().get("/v1/schemas", Authorization=f"Bearer {plain}").status == 200
        with site.store.read() as tx:
            found = access.find(tx, plain)
        uses.append(found.last_used_at if found else None)
    assert uses == [uses[0], uses[0], site.clock.now]
    assert uses[0] is not None
