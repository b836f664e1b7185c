"""The catalogue of bad input at the REST door, RA01 to RA16, and AU02 and AU06 of its credentials.

RA05 to RA07, RA10, RA11 and RA13 are in test_framing.py, RA12 and RA15 in test_limits.py, AU09 in test_signatures.py,
RA02 and AU05 for every route in test_isolation.py, AU04 in test_sign_in.py and test_access.py.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from hub.operator import administration
from hub.principal import Scope
from hub.store.configuration import configurations
from hub.store.schema.tables import transmissions
from tests.integration.web.caller import Caller
from tests.integration.web.conftest import SAMPLES, configure
from tests.integration.web.raw_requests import CORPUS
from tests.integration.web.running_hub import PASSWORD, Answer, Site, running
from tests.integration.web.wire import connect, head, said, statuses

ORDER = (SAMPLES / "documents/birch-acknowledgment-10046.json").read_bytes()
X12 = (SAMPLES / "cases/shipment-pallets/input.edi").read_bytes()
JSON = "application/json"


@pytest.fixture
def birch(site: Site) -> Caller:
    return Caller(site, "partner", "birch-paper")


def stored(site: Site) -> int:
    with site.store.read() as tx:
        return len(tx.execute(transmissions.select()).all())


def test_ra01_who_is_not_known_is_told_so_before_the_body(site: Site) -> None:
    id, ended = administration.create_key(site.services, "partner", "birch-paper", "ended", actor="test")
    administration.revoke_key(site.services, id, actor="test")
    tomorrow = site.clock() + timedelta(days=1)
    _, expired = administration.create_key(
        site.services, "partner", "birch-paper", "expired", actor="test", expires_at=tomorrow
    )
    site.clock.pass_by(days=2)
    bodies = []
    for key in ("", "hubk_guess", "hubt_guess", ended, expired):
        lines = ("POST /v1/documents HTTP/1.1", "Content-Type: application/json", "Content-Length: 900000")
        received = said(site.port, head(*lines, key=key), b"{never sent whole")
        assert statuses(received) == [401], "though most of the body is still to come"
        assert b"WWW-Authenticate: Bearer" in received
        bodies.append(received.partition(b"\r\n\r\n")[2])
    assert len(set(bodies)) == 1


def test_ra02_anothers_thing_is_not_there_and_the_log_says_who_asked(
    site: Site, birch: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    taken = birch.post("/v1/transmissions", X12, "application/edi-x12").json["id"]
    acme = Caller(site, "partner", "acme-fasteners")
    with caplog.at_level(logging.INFO, "hub.web"):
        theirs, nobodys = acme.get(f"/v1/transmissions/{taken}"), acme.get("/v1/transmissions/tr_nowhere")
    assert (theirs.status, theirs.body) == (404, nobodys.body)
    told = [record for record in caplog.records if getattr(record, "subject", "") == taken]
    assert [(record.caller, record.status) for record in told] == [("partner:acme-fasteners", 404)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/documents", json.loads(ORDER) | {"partner_id": "acme-fasteners"}, "/partner_id"),
        ("/v1/documents", json.loads(ORDER) | {"role": "admin"}, "/role"),
    ],
)
def test_ra03_fields_that_are_not_there_are_refused(
    site: Site, birch: Caller, path: str, body: object, pointer: str
) -> None:
    answer = birch.post(path, json.dumps(body).encode())
    assert answer.status == 422
    assert [(f["code"], f["locator"]) for f in answer.json["findings"]] == [("JSON-EXTRA-FORBIDDEN", pointer)]
    erp = Caller(site, "system", "erp")
    for write in ("deliveries/x/confirm", "deliveries/x/resend", "replays", "replays/x/confirm"):
        assert erp.post(f"/v1/{write}", b'{"reason": "x", "outcome": "accepted", "role": "admin"}').status == 422, write
    assert stored(site) == 0


def test_ra03_a_parameter_that_is_not_there_is_refused_with_those_that_are(birch: Caller) -> None:
    (found,) = birch.get("/v1/events?limits=5").json["findings"]
    assert (found["code"], found["locator"]) == ("JSON-EXTRA-FORBIDDEN", "/query/limits")
    assert found["fix"] == "GET /v1/openapi.json describes what this takes: after, limit, type."


@pytest.mark.parametrize(
    "body",
    {
        "broken": b'{"type": "invoice"',
        "two texts": b"{} {}",
        "100,000 deep": b"[" * 45_000 + b"]" * 45_000,
        "key twice": b'{"type": "invoice", "type": "invoice"}',
        "lone surrogate": b'{"type": "\\ud800"}',
        "NUL": b'{"type": "invoice", "invoice_number": "\\u0000"}',
        "raw NUL": b'{"type": "\x00"}',
        "NaN": b'{"type": NaN}',
        "Infinity": b'{"type": -Infinity}',
        "huge number": b'{"type": "invoice", "total": 1e999999}',
        "huge decimal": b'{"type": "invoice", "total": "1e999999"}',
        "other digits": '{"type": "invoice", "total": "\u0661"}'.encode(),
        "5,000 digits": b'{"type": "invoice", "total": ' + b"9" * 5_000 + b"}",
        "UTF-16": '{"type": "invoice"}'.encode("utf-16"),
        "not UTF-8": b'{"type": "\xff"}',
        "a list": b"[]",
        "null": b"null",
        "BOM": b"\xef\xbb\xbf{}",
    }.items(),
    ids=lambda case: case[0],
)
def test_ra04_json_that_is_none_or_holds_what_it_must_not(site: Site, birch: Caller, body: tuple[str, bytes]) -> None:
    answer = birch.post("/v1/documents", body[1])
    assert answer.status in (400, 422)
    assert answer.json["findings"]
    assert all("locator" in finding for finding in answer.json["findings"])
    assert max(len(str(finding.get("value", ""))) for finding in answer.json["findings"]) < 500
    assert stored(site) == 0


def test_ra08_a_key_is_for_one_request(site: Site, birch: Caller) -> None:
    first = birch.post("/v1/documents", ORDER, Idempotency_Key="one")
    assert first.status == 202
    assert birch.post("/v1/documents", ORDER, Idempotency_Key="one").body == first.body
    assert birch.post("/v1/documents", ORDER + b" ", Idempotency_Key="one").status == 422
    assert birch.post("/v1/transmissions", X12, "application/edi-x12", Idempotency_Key="one").status == 422
    assert birch.post("/v1/documents", ORDER, Idempotency_Key="k" * 300).status == 422
    assert stored(site) == 1, "409 with Retry-After while one is worked on: test_api.py"


def test_ra09_a_client_that_goes_away_before_the_answer_is_told_it_later(site: Site, birch: Caller) -> None:
    lines = (
        "POST /v1/transmissions HTTP/1.1",
        "Content-Type: application/edi-x12",
        f"Content-Length: {len(X12)}",
        "Idempotency-Key: gone",
    )
    for _ in range(20):
        with connect(site.port) as connection:
            connection.sendall(head(*lines, key=birch.key) + X12)
    answer = birch.post("/v1/transmissions", X12, "application/edi-x12", Idempotency_Key="gone")
    while answer.status == 409:
        answer = birch.post("/v1/transmissions", X12, "application/edi-x12", Idempotency_Key="gone")
    assert answer.status == 202
    assert birch.get(answer.location).json["sha256"] == answer.json["sha256"]
    assert stored(site) == 1


@pytest.mark.parametrize(
    "query",
    [
        "limit=1000000000",
        "limit=-1",
        "limit=0",
        "limit=1e3",
        "cursor=-5",
        "cursor=99999999999999999999999",
        "page_size=1000000000",
        "offset=-1",
        "sort=number",
        "number=^.*$",
        "invoice=1&invoice=2",
    ],
)
def test_ra14_questions_without_bounds_are_refused(birch: Caller, query: str) -> None:
    assert birch.get(f"/v1/documents?{query}").status in (400, 422)


def test_ra16_a_full_disk_takes_nothing_and_says_when_to_come_again(site: Site, birch: Caller) -> None:
    text = (SAMPLES / "hub.yaml").read_text() + "\nintake: {disk_floor_bytes: 1000000000000000}\n"
    with site.store.begin() as tx:
        configurations.apply(tx, "hub", "hub", text, "test", site.clock())
    site.services.configuration_changed()
    for path, body, kind in _posts():
        _put_off(birch.post(path, body, kind, Idempotency_Key="again"), 507)
    assert stored(site) == 0
    with site.store.begin() as tx:
        configurations.apply(tx, "hub", "hub", (SAMPLES / "hub.yaml").read_text(), "test", site.clock())
    site.services.configuration_changed()
    for number, (path, body, kind) in enumerate(_posts()):
        assert birch.post(path, body, kind, Idempotency_Key=f"again {number}").status == 202


@pytest.fixture
def on_postgres(tmp_path: Path, emptied_postgres_url: str) -> Iterator[Site]:
    with running(tmp_path, store_url=emptied_postgres_url) as started:
        configure(started)
        yield started


@pytest.mark.own_stores("a server's database goes away")
def test_ra16_a_database_that_is_gone_takes_nothing_and_is_found_again(
    on_postgres: Site, emptied_postgres_url: str, postgres_server: str
) -> None:
    birch = Caller(on_postgres, "partner", "birch-paper")
    assert birch.get("/v1/documents").status == 200
    name = sql.Identifier(urlsplit(emptied_postgres_url).path.lstrip("/"))
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        try:
            gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            admin.execute(gone, [urlsplit(emptied_postgres_url).path.lstrip("/")])
            for path, body, kind in _posts():
                _put_off(birch.post(path, body, kind, Idempotency_Key="again"), 503)
        finally:
            admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
    answer = birch.post("/v1/transmissions", X12, "application/edi-x12", Idempotency_Key="again")
    while answer.status == 503:
        answer = birch.post("/v1/transmissions", X12, "application/edi-x12", Idempotency_Key="again")
    assert answer.status == 202
    assert stored(on_postgres) == 1


def _posts() -> list[tuple[str, bytes, str]]:
    return [("/v1/transmissions", X12, "application/edi-x12"), ("/v1/documents", ORDER, JSON)]


def _put_off(answer: Answer, status: int) -> None:
    assert answer.status == status, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert "othing was taken" in answer.json["detail"]


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [
        ("mira", "p" * 10_000_000, 413),
        ("mira", "p" * 50_000, 403),
        ("mira", "", 403),
        ("", PASSWORD, 403),
        ("mira\x00", PASSWORD, 403),
        ("m\u0456ra", PASSWORD, 403),  # a Cyrillic letter
        ("MIRA", PASSWORD, 403),
        ("mira ", "wrong", 403),
    ],
)
def test_au02_odd_names_and_passwords_are_refused(site: Site, name: str, password: str, status: int) -> None:
    answer = site.client().sign_in(name, password)
    assert answer.status == status
    assert "Set-Cookie" not in answer.headers or "hub_session" not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("place", ["?key=", "?access_token=", "/", "#"])
def test_au06_a_key_in_a_url_is_refused_and_repeated_nowhere(
    site: Site, birch: Caller, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = birch.get(f"/v1/documents{place}{birch.key}")
    assert answer.status == 400
    assert "Revoke it" in answer.json["detail"]
    assert birch.key not in f"{answer.headers}{answer.text}{_all_of(caplog)}"


@pytest.mark.own_stores("every byte of SQLite's file is looked at")
def test_au06_no_key_or_token_is_in_a_log_an_error_or_a_row(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    scopes = [Scope.DOCUMENTS_READ]
    id, key = administration.create_key(site.services, "partner", "birch-paper", "canary", actor="test", scopes=scopes)
    token = site.services.credentials.draw(id, key, None)
    assert token is not None
    answers = []
    for secret in (key, token.plain):
        bearer = {"Authorization": f"Bearer {secret}"}
        for method, path in (("GET", "/v1/documents"), ("POST", "/v1/documents"), ("PUT", "/v1/x"), ("GET", "/")):
            answers.append(site.client().ask(method, path, b"{" if method == "POST" else None, **bearer).body)
        odd = [said(site.port, raw.replace(b"{key}", secret.encode())) for raw in list(CORPUS.values())[::9]]
        answers += odd
        form = f"grant_type=client_credentials&client_id={id}x&client_secret={secret}".encode()
        kind = "application/x-www-form-urlencoded"
        answers.append(site.client().ask("POST", "/v1/oauth/token", form, Content_Type=kind).body)
    everything = _all_of(caplog) + "".join(answer.decode("utf-8", "replace") for answer in answers)
    everything += "\n".join(line.decode("latin-1") for line in [(site.services.data_dir / "hub.db").read_bytes()])
    wal = site.services.data_dir / "hub.db-wal"
    everything += wal.read_bytes().decode("latin-1") if wal.exists() else ""
    assert id in everything
    for secret in (key, token.plain):
        assert secret not in everything


def _all_of(caplog: pytest.LogCaptureFixture) -> str:
    """Messages, exceptions and whatever else a record carries."""
    return caplog.text + "".join(repr(vars(record)) for record in caplog.records)
