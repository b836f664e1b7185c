"""What happened to other servers, tried on ours: MOVEit's injection (CVE-2023-34362), CrushFTP's sign-in that was
given up half way (CVE-2025-31161) and its second door (CVE-2025-54309)."""

from __future__ import annotations

import random
import re
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from hub.entry import credentials
from hub.principal import Scope
from hub.store.people import access
from hub.store.schema.tables import metadata
from hub.web.api.routes import TABLE
from hub.web.pages import deliveries, documents
from tests.integration.web.caller import Caller
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.running_hub import Site
from tests.integration.web.wire import head, said, statuses

INJECTED = (
    "' OR '1'='1", "'; DROP TABLE documents; --", '" OR ""="', "') UNION SELECT plain FROM access_keys--",
    "1; SELECT pg_sleep(9)", "\\'; DELETE FROM documents; --", "%' AND 1=CAST((SELECT version()) AS int)--",
    "$$;COPY x TO PROGRAM 'id'$$", "x'||(SELECT 1)||'", ":limit", "%(limit)s", "{0}", "*/ OR 1=1 /*", "0x27",
    "\u02bc OR 1=1", "%27%20OR%201%3D1",
)  # fmt: skip
ODD = 10_000
X12 = (SAMPLES / "cases/shipment-pallets/input.edi").read_bytes()


def rows(site: Site, *without: str) -> dict[str, list[Any]]:
    with site.store.read() as tx:
        return {
            name: sorted(map(repr, tx.execute(select(table)).all()))
            for name, table in metadata.tables.items()
            if name not in without
        }


@pytest.mark.both_stores
def test_cve_2023_34362_what_is_injected_is_a_value_like_any_other(site: Site) -> None:
    """In every parameter, path and header of the API, and in every field that a page of the console searches by."""
    erp, mira = Caller(site, "system", "erp"), site.signed_in()
    mira.get("/documents")
    before = rows(site, "access_keys", "sessions")
    for operation in (one for one in TABLE if one.method == "GET"):
        for text in INJECTED:
            value = quote(text, safe="")
            asked = [re.sub(r"\{\w+\}", value, operation.full_path)] if "{" in operation.path else []
            fields = operation.query.model_fields if operation.query is not None else ()
            asked += [f"{operation.full_path}?{name}={value}" for name in fields if "{" not in operation.path]
            for path in asked:
                assert erp.get(path).status in (200, 400, 404, 422), path
    for text in INJECTED:
        sent = text.encode("utf-8").decode("latin-1")
        headers = {"Authorization": f"Bearer {erp.key}", "If-None-Match": sent, "X-Request-Id": sent}
        assert erp.client.ask("GET", "/v1/documents", **headers).status == 200
        assert erp.client.ask("GET", "/v1/documents", Authorization=f"Bearer {sent}").status in (400, 401, 429)
        if text not in INJECTED[:5]:
            continue
        for page, names in (("/documents", documents.FILTERS), ("/deliveries", deliveries.FILTERS)):
            for name in names:
                assert mira.get(f"{page}?{name}={quote(text)}").status == 200, (page, name, text)
        for page in ("/transmissions?q=", "/dead-letters?q=", "/outbox?target=", "/notifications?target="):
            assert mira.get(f"{page}{quote(text)}").status == 200, (page, text)
    assert rows(site, "access_keys", "sessions") == before


@pytest.mark.both_stores
def test_cve_2023_34362_in_a_document_and_its_key_it_stays_what_was_sent(site: Site) -> None:
    van = Caller(site, "gateway", "van")
    for number, text in enumerate(INJECTED):
        shipment = re.sub(r"[^ -~]|[*~>:^]", "", text)[:20].strip()
        body = X12.replace(b"000000301", b"%09d" % (400 + number)).replace(b"SH88123", shipment.encode())
        answer = van.post("/v1/transmissions", body, "application/edi-x12", Idempotency_Key=shipment)
        assert answer.status == 202, answer.text
        with site.store.read() as tx:
            kept = tx.execute(select(metadata.tables["idempotency_keys"].c.key)).scalars().all()
        assert shipment in kept


def test_cve_2025_31161_nothing_but_the_key_itself_is_a_credential(site: Site) -> None:
    """Cut, mended and turned in 10,000 ways."""
    key, chance = site.key("partner", "birch-paper"), random.Random(5)
    known = site.services.credentials
    token = known.draw(*_drawn(site))
    assert token is not None
    tried = 0
    for secret in (key, token.plain):
        for _ in range(ODD // 2):
            odd = _odd(secret, chance)
            if odd not in (key, token.plain):
                assert known.remembered(odd) is None
                assert known.find(odd) is None, odd
                tried += 1
    assert tried > ODD * 0.9
    assert known.find(key) is not None


def _drawn(site: Site) -> tuple[str, str, list[Scope]]:
    with site.store.begin() as tx:
        id, key = access.create(tx, "partner", "birch-paper", "client", site.clock())
    return id, key, [Scope.DOCUMENTS_READ]


def _odd(secret: str, chance: random.Random) -> str:
    at = chance.randrange(len(secret))
    other = chance.choice("aA0_-\x00 '%\u212a\udc80")
    return chance.choice(
        [
            secret[:at],
            secret[at:],
            secret[:at] + other + secret[at + 1 :],
            secret[:at] + other + secret[at:],
            secret.swapcase() if at % 2 else secret.upper(),
            secret + other,
            other + secret,
            secret[:5] + "".join(chance.choices(secret[5:], k=len(secret) - 5)),
            secret.replace("hubk_", "hubt_").replace("hubt_", "hubk_", at % 2),
        ]
    )


@pytest.mark.parametrize(
    "line",
    [
        "", "Bearer", "Bearer ", "Bearer  ", "bearer {key}x", "Bearer {key} {key}", "Bearer {key},", "Bearer\t{half}",
        "Basic {key}", "Basic Og==", "AWS4-HMAC-SHA256 Credential=crushadmin/", "Bearer crushadmin", "Digest {key}",
        "Bearer {half}", "{key}", "Bearer:{key}", "Negotiate {key}", "Bearer ''", "Bearer null", "Bearer {key}\x7f",
    ],
)  # fmt: skip
def test_cve_2025_31161_an_odd_authorization_opens_nothing(site: Site, line: str) -> None:
    key = site.key("partner", "birch-paper")
    sent = line.format(key=key, half=key[: len(key) // 2])
    received = said(site.port, head("GET /v1/documents HTTP/1.1", f"Authorization: {sent}", "Connection: close"))
    assert statuses(received) in ([401], [400]), received[:200]
    assert b"documents" not in received


@pytest.mark.parametrize("step", [(access, "find"), (credentials, "_standing"), (credentials, "_principal")])
def test_cve_2025_31161_a_fault_on_the_way_in_lets_nobody_in(
    site: Site, monkeypatch: pytest.MonkeyPatch, step: tuple[Any, str]
) -> None:
    birch = Caller(site, "partner", "birch-paper")

    def fails(*_: object) -> object:
        raise RuntimeError("a fault")

    monkeypatch.setattr(*step, fails)
    for _ in range(2):
        answer = birch.get("/v1/documents")
        assert answer.status == 500
        assert "a fault" not in answer.text


def test_cve_2025_54309_the_api_has_no_second_way_in(site: Site) -> None:
    """Every operation but those that say so asks for a credential; in test_isolation.py every route is one of them."""
    assert {one.name for one in TABLE if one.public} == {"draw_token", "get_openapi", "get_asyncapi"}
    client = site.signed_in()
    for operation in (one for one in TABLE if not one.public):
        path = re.sub(r"\{\w+\}", "x", operation.full_path)
        for way in (
            path,
            path.replace("/v1/", "/v1//"),
            path.replace("/v1/", "/v1/./"),
            f"{path};a=b",
            f"/%76{path[2:]}",
        ):
            answer = client.ask(operation.method, way, b"{}" if operation.method == "POST" else None)
            assert answer.status in (400, 401, 404, 405), (operation.name, way)
