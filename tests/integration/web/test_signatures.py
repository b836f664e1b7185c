"""AU09 of the catalogue: what a partner posts to a channel that asks for signatures, and on both stores no replay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.rest.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from hub.store.configuration import configurations
from hub.store.people import signatures
from hub.store.schema.tables import transmissions
from hub.store.store import Store
from tests.integration.web.caller import JSON, Caller
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.running_hub import Answer, Site

X12 = (SAMPLES / "cases/shipment-pallets/input.edi").read_bytes()
ORDER = (SAMPLES / "documents/birch-acknowledgment-10046.json").read_bytes()
OLD, NEW = "old secret of birch paper 4711", "new secret of birch paper 4712"
BODIES = {"/v1/transmissions": (X12, "application/edi-x12"), "/v1/documents": (ORDER, JSON)}


@pytest.fixture
def birch(site: Site, tmp_path: Path) -> Caller:
    """Both of its channels ask for signatures with the old or the new secret."""
    for name, secret in (("old", OLD), ("new", NEW)):
        (tmp_path / name).write_text(secret + "\n")
    apply(site, f"file:{tmp_path}/old", f"file:{tmp_path}/new")
    return Caller(site, "partner", "birch-paper")


def apply(site: Site, *secrets: str) -> None:
    signature = f"signature: {{secrets: [{', '.join(secrets)}]}}"
    profile = (SAMPLES / "partners/birch-paper.yaml").read_text()
    signed = profile.replace("codec: json}", f"codec: json, {signature}}}").replace(
        "kind: api, codec: x12}", f"kind: api, codec: x12, {signature}}}"
    )
    assert signed.count("signature:") == 2
    with site.store.begin() as tx:
        configurations.apply(tx, "partner", "birch-paper", signed, "test", site.clock())
    site.services.configuration_changed()


def now(site: Site) -> int:
    return int(site.clock().timestamp())


def post(
    caller: Caller, path: str, *, secret: str = NEW, at: int, body: bytes | None = None, signed: bytes | None = None
) -> Answer:
    usual, kind = BODIES[path]
    body = usual if body is None else body
    headers = {
        TIMESTAMP_HEADER.replace("-", "_"): str(at),
        SIGNATURE_HEADER.replace("-", "_"): sign(secret, at, body if signed is None else signed),
    }
    return caller.post(path, body, kind, **headers)


def stored(site: Site) -> int:
    with site.store.read() as tx:
        return len(tx.execute(transmissions.select()).all())


@pytest.mark.parametrize("path", BODIES)
def test_au09_a_signed_request_is_taken(site: Site, birch: Caller, path: str) -> None:
    assert post(birch, path, at=now(site)).status == 202
    assert stored(site) == 1


@pytest.mark.parametrize("path", BODIES)
def test_au09_what_is_not_signed_rightly_is_refused_and_nothing_is_taken(site: Site, birch: Caller, path: str) -> None:
    body, kind = BODIES[path]
    refused = {
        "missing": birch.post(path, body, kind),
        "wrong secret": post(birch, path, secret="another secret altogether", at=now(site)),
        "key as secret": post(birch, path, secret=birch.key, at=now(site)),
        "301 seconds old": post(birch, path, at=now(site) - 301),
        "301 seconds ahead": post(birch, path, at=now(site) + 301),
        "another body": post(birch, path, at=now(site), body=body + b" ", signed=body),
        "encoded again": post(birch, path, at=now(site), body=body.replace(b"\n", b"\r\n"), signed=body + b"\n"),
        "no number": birch.post(path, body, kind, X_Hub_Timestamp="soon", X_Hub_Signature="v1=00"),
    }
    for name, answer in refused.items():
        assert answer.status == 401, name
        assert answer.headers["WWW-Authenticate"].startswith("Signature"), name
    assert stored(site) == 0


@pytest.mark.parametrize("path", BODIES)
def test_au09_clocks_may_differ_by_five_minutes(site: Site, birch: Caller, path: str) -> None:
    assert post(birch, path, at=now(site) - 299).status == 202
    assert post(birch, path, at=now(site) + 299).status == 202


@pytest.mark.parametrize("path", BODIES)
def test_au09_a_request_that_is_played_back_is_refused(site: Site, birch: Caller, path: str) -> None:
    at = now(site)
    assert post(birch, path, at=at).status == 202
    for seconds in (0, 200, 99):
        site.clock.pass_by(seconds=seconds)
        answer = post(birch, path, at=at)
        assert (answer.status, "used before" in answer.json["detail"]) == (401, True)
    assert stored(site) == 1
    assert post(birch, path, at=now(site)).status == 202, "signed anew it is told the first answer"


def test_au09_two_secrets_are_live_while_one_is_changed(site: Site, birch: Caller, tmp_path: Path) -> None:
    assert post(birch, "/v1/transmissions", secret=OLD, at=now(site)).status == 202
    assert post(birch, "/v1/transmissions", secret=NEW, at=now(site)).status == 202
    apply(site, f"file:{tmp_path}/new")
    assert post(birch, "/v1/transmissions", secret=OLD, at=now(site) + 1).status == 401
    assert post(birch, "/v1/transmissions", secret=NEW, at=now(site) + 1).status == 202


def test_a_secret_that_cannot_be_read_lets_nothing_pass(site: Site, birch: Caller, tmp_path: Path) -> None:
    apply(site, f"file:{tmp_path}/gone")
    answer = post(birch, "/v1/transmissions", at=now(site))
    assert (answer.status, int(answer.headers["Retry-After"]) > 0) == (503, True)
    assert str(tmp_path) not in answer.text
    assert stored(site) == 0


def test_a_signature_is_noted_once_by_whom_it_came_and_forgotten_when_it_is_old(store: Store) -> None:
    now = datetime.now(UTC)
    until = now + timedelta(minutes=10)
    with store.begin() as tx:
        assert signatures.first_use(tx, "partner:a", "v1=1", now, until)
        assert not signatures.first_use(tx, "partner:a", "v1=1", now, until)
        assert signatures.first_use(tx, "partner:b", "v1=1", now, until)
    with store.begin() as tx:
        assert not signatures.first_use(tx, "partner:a", "v1=1", until, until)
        assert signatures.first_use(tx, "partner:a", "v1=1", until + timedelta(seconds=1), until)
