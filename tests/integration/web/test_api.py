"""Version 1 of the API: accepted means stored, a key sees its own, and every error is a problem document."""

from __future__ import annotations

import json
import socket
import time

import pytest

from hub.store.schema.tables import refusals as refusal_table
from hub.store.traffic import transmissions
from hub.web.app import make_app
from tests.integration.web.caller import JSON, Caller
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.running_hub import LIMITS, Site, serving_app
from tests.integration.web.seed import Seeded
from tests.integration.web.wire import connect

Busy = tuple[Site, Seeded]

BIRCH = (SAMPLES / "documents/birch-acknowledgment-10046.json").read_bytes()
ERP_ORDER = (SAMPLES / "documents/erp-purchase-order-10045.json").read_bytes()


@pytest.fixture
def birch(site: Site) -> Caller:
    return Caller(site, "partner", "birch-paper")


def test_raw_x12_is_stored_before_202(site: Site, birch: Caller) -> None:
    body = b"ISA*this is judged later~"
    answer = birch.post("/v1/transmissions", body, "application/edi-x12")
    assert answer.status == 202
    assert answer.location == answer.json["status_url"] == f"/v1/transmissions/{answer.json['id']}"
    with site.store.read() as tx:
        stored = transmissions.get(tx, answer.json["id"])
    assert stored is not None
    assert transmissions.body(site.store, stored) == body
    assert (stored.partner, stored.status) == ("birch-paper", "received")
    assert birch.get(answer.location).json["status"] == "received"


def test_a_partner_posts_a_document_bare_and_a_system_with_the_partner(site: Site, birch: Caller) -> None:
    assert birch.post("/v1/documents", BIRCH).status == 202
    erp = Caller(site, "system", "erp")
    accepted = erp.post("/v1/documents", ERP_ORDER)
    assert accepted.status == 202
    assert erp.get(accepted.location).json["partner"] == "acme-fasteners"


def test_a_document_that_is_not_valid_is_refused_with_every_finding(site: Site, birch: Caller) -> None:
    answer = birch.post("/v1/documents", b'{"type": "invoice", "surprise": 1}')
    assert answer.status == 422
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json["status"] == 422
    assert len(answer.json["findings"]) >= 3
    assert all({"code", "severity", "locator", "message"} <= set(finding) for finding in answer.json["findings"])
    with site.store.read() as tx:
        rows = tx.execute(refusal_table.select()).all()
    assert [row.subject for row in rows] == ["partner:birch-paper"]


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b'{"type":"invoice","type":"invoice"}', b"[" * 5000 + b"]" * 5000, b'{"a":NaN}', b"\xff\xfe"],
)
def test_ra04_what_is_no_strict_json_is_refused(birch: Caller, body: bytes) -> None:
    answer = birch.post("/v1/documents", body)
    assert answer.status == 422
    assert answer.json["findings"]


@pytest.mark.parametrize(
    ("path", "content_type", "headers", "status"),
    [
        ("/v1/transmissions", "image/png", {}, 415),
        ("/v1/documents", "text/plain", {}, 415),
        ("/v1/documents", JSON, {"Content_Encoding": "gzip"}, 415),
        ("/v1/transmissions", "text/plain", {"Content_Encoding": "deflate"}, 415),
        ("/v1/documents", JSON, {"Idempotency_Key": "k" * 201}, 422),
    ],
)
def test_requests_that_are_not_taken(
    birch: Caller, path: str, content_type: str, headers: dict[str, str], status: int
) -> None:
    answer = birch.post(path, BIRCH, content_type, **headers)
    assert answer.status == status
    assert answer.json["title"]


def test_ra05_bodies_are_counted_as_they_come(site: Site, birch: Caller) -> None:
    assert birch.post("/v1/documents", b" " * (LIMITS.document + 1)).status == 413
    assert birch.post("/v1/transmissions", b"x" * (LIMITS.transmission + 1), "text/plain").status == 413
    head = f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {birch.key}\r\n"
    head += f"Content-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(head.encode())
        chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
        for _ in range(LIMITS.document // 0x8000 + 1):
            connection.sendall(chunk)
        assert connection.recv(64).startswith(b"HTTP/1.1 413")


def test_ra11_a_body_that_never_ends_is_given_up(site: Site, birch: Caller) -> None:
    head = f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {birch.key}\r\n"
    head += f"Content-Type: {JSON}\r\nContent-Length: 100\r\n\r\n{{"
    with socket.create_connection(("127.0.0.1", site.port), timeout=LIMITS.seconds + 20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(64).startswith(b"HTTP/1.1 408")


def test_ra08_the_same_key_and_body_get_the_first_answer(site: Site, birch: Caller) -> None:
    first = birch.post("/v1/documents", BIRCH, Idempotency_Key="order-1")
    again = birch.post("/v1/documents", BIRCH, Idempotency_Key="order-1")
    assert (first.status, first.json) == (again.status, again.json)
    assert again.location == first.location
    assert birch.post("/v1/documents", BIRCH + b" ", Idempotency_Key="order-1").status == 422
    erp = Caller(site, "system", "erp")
    assert erp.post("/v1/documents", ERP_ORDER, Idempotency_Key="order-1").status == 202, "keys of others never meet"


def test_a_refusal_is_repeated_too(birch: Caller) -> None:
    first = birch.post("/v1/documents", b"{}", Idempotency_Key="bad")
    again = birch.post("/v1/documents", b"{}", Idempotency_Key="bad")
    assert first.status == again.status == 422
    assert first.body == again.body
    assert again.headers["Content-Type"].startswith("application/problem+json")


def test_ra08_a_key_at_work_asks_for_patience(site: Site, birch: Caller) -> None:
    head = f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {birch.key}\r\nIdempotency-Key: k\r\n"
    head += f"Content-Type: {JSON}\r\nContent-Length: {len(BIRCH)}\r\n\r\n"
    with serving_app(make_app(site.services)) as port, connect(port) as connection:  # which waits longer for the rest
        connection.sendall(head.encode() + BIRCH[:100])
        while not site.services.intake._at_work:  # until its head has been read
            time.sleep(0.01)
        busy = birch.post("/v1/documents", BIRCH, Idempotency_Key="k")
        assert busy.status == 409
        assert int(busy.headers["Retry-After"]) > 0
        connection.sendall(BIRCH[100:])
        assert connection.recv(64).startswith(b"HTTP/1.1 202")
    assert birch.post("/v1/documents", BIRCH, Idempotency_Key="k").status == 202


def test_the_same_bytes_get_the_first_answer_whatever_key_they_come_under(site: Site, birch: Caller) -> None:
    first = birch.post("/v1/documents", BIRCH, Idempotency_Key="one")
    for headers in ({}, {"Idempotency_Key": "two"}, {"Idempotency_Key": "two"}):
        again = birch.post("/v1/documents", BIRCH, **headers)
        assert (again.status, again.body, again.location) == (first.status, first.body, first.location)
    marked = birch.post("/v1/documents", BIRCH).headers["Duplicate-Transmission"]
    assert marked != first.json["id"]
    with site.store.read() as tx:
        assert transmissions.get(tx, marked) is not None, "it is shown under an id of its own"


def test_a_credential_without_a_door_is_told_so(site: Site) -> None:
    assert Caller(site, "partner", "acme-fasteners").post("/v1/transmissions", b"ISA", "text/plain").status == 403
    assert Caller(site, "system", "gone").post("/v1/documents", ERP_ORDER).status == 403


def test_ra02_a_partner_sees_only_its_own(busy: Busy) -> None:
    site, seeded = busy
    acme = Caller(site, "partner", "acme-fasteners")
    birch = Caller(site, "partner", "birch-paper")
    erp = Caller(site, "system", "erp")
    own, foreign = (
        [f"/v1/documents/{seeded.delivered}", f"/v1/transmissions/{seeded.arrival}"],
        [
            f"/v1/documents/{seeded.other_partner}",
            f"/v1/transmissions/{seeded.other_arrival}",
            f"/v1/transmissions/{seeded.quarantined}",
            "/v1/documents/doc_nowhere",
        ],
    )
    for path in own:
        assert acme.get(path).status == 200
        assert birch.get(path).status == 404
        assert erp.get(path).status == 404
    answers = [acme.get(path) for path in foreign]
    assert [answer.status for answer in answers] == [404] * 4
    assert answers[0].body == answers[3].body, "another's document looks like none"


def test_what_one_has_sent_is_given_back_as_it_came(site: Site, birch: Caller) -> None:
    body = b"ISA*\x00\xff this is judged later~\r\n"
    sent = birch.post("/v1/transmissions", body, "application/octet-stream").location
    answer = birch.get(f"{sent}/content")
    assert (answer.status, answer.body, answer.headers.get_content_type()) == (200, body, "application/edi-x12")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    for kind, subject in (("partner", "acme-fasteners"), ("system", "erp"), ("gateway", "van")):
        status = Caller(site, kind, subject).get(f"{sent}/content").status
        assert status == (200 if subject == "van" else 404), "birch-paper is one of the gateway's partners"


def test_a_document_has_everything_beside_it(busy: Busy) -> None:
    site, seeded = busy
    acme = Caller(site, "partner", "acme-fasteners")
    answer = acme.get(f"/v1/documents/{seeded.delivered}").json
    assert answer["document"]["purchase_order_number"] == "PO-7002"
    assert [set(delivery) for delivery in answer["deliveries"]] == [{"status"}] * 2
    assert answer["acknowledgments"][0]["kind"] == "997"
    assert acme.get(f"/v1/documents/{seeded.rejected}").json["findings"][0]["locator"] == "ST*0001/PO1[2]/PO102"


def test_the_list_holds_each_own_document_once(busy: Busy) -> None:
    site, _ = busy
    acme = Caller(site, "partner", "acme-fasteners")
    path, seen = "/v1/documents", []
    while path:
        page = acme.get(path).json
        seen += page["documents"]
        path = page.get("next", "")
    assert {row["partner"] for row in seen} == {"acme-fasteners"}
    assert len({row["id"] for row in seen}) == len(seen) > 10


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("purchase_order=PO-7002", ["PO-7002"]),
        ("purchase_order=PO-7001", []),
        ("invoice=PO-7002", []),
        ("shipment=nothing", []),
        (
            "purchase_order=PO-7002&type=purchase_order&status=routed&direction=inbound&partner=acme-fasteners",
            ["PO-7002"],
        ),
        ("purchase_order=PO-7002&status=held", []),
        ("purchase_order=PO-7002&type=invoice", []),
        ("purchase_order=PO-7002&partner=nordic-parts", []),
        ("purchase_order=PO-7002&invoice=PO-7002", []),
        ("purchase_order=PO-7002&until=2020-01-01T00:00:00Z", []),
        ("purchase_order=PO-7002&since=2020-01-01T00:00:00%2B01:00", ["PO-7002"]),
    ],
)
def test_the_search_is_by_kind_of_number(busy: Busy, query: str, numbers: list[str]) -> None:
    site, _ = busy
    answer = Caller(site, "partner", "acme-fasteners").get(f"/v1/documents?{query}")
    assert [row["number"] for row in answer.json["documents"]] == numbers


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("cursor=x", "/query/cursor"),
        ("cursor=-1", "/query/cursor"),
        ("cursor=1_0", "/query/cursor"),
        ("page_size=1e9", "/query/page_size"),
        ("page_size=1000000000", "/query/page_size"),
        ("page_size=0", "/query/page_size"),
        ("offset=-5", "/query/offset"),
        ("sort=password", "/query/sort"),
        ("purchase_order=", "/query/purchase_order"),
        ("purchase_order=a%00b", "/query/purchase_order"),
        ("invoice=1&invoice=2", "/query/invoice"),
        ("status=odd", "/query/status"),
        ("direction=sideways", "/query/direction"),
        ("since=1700000000", "/query/since"),
        ("until=2026-01-01", "/query/until"),
    ],
)
def test_a_search_that_makes_no_sense(busy: Busy, query: str, pointer: str) -> None:
    site, _ = busy
    answer = Caller(site, "partner", "acme-fasteners").get(f"/v1/documents?{query}")
    assert answer.status == 422
    assert [finding["locator"] for finding in answer.json["findings"]] == [pointer]


def test_a_pattern_is_a_word_like_any_other(busy: Busy) -> None:
    site, _ = busy
    answer = Caller(site, "partner", "acme-fasteners").get("/v1/documents?purchase_order=PO-.*%25")
    assert answer.json == {"documents": []}


def test_a_page_is_as_long_as_was_asked_for(busy: Busy) -> None:
    site, _ = busy
    page = Caller(site, "partner", "acme-fasteners").get("/v1/documents?page_size=3").json
    assert len(page["documents"]) == 3
    assert "page_size=3" in page["next"]


def test_what_is_asked_for_again_is_sent_again_only_when_it_has_changed(busy: Busy) -> None:
    site, seeded = busy
    acme = Caller(site, "partner", "acme-fasteners")
    path = f"/v1/documents/{seeded.delivered}"
    tag = acme.get(path).headers["ETag"]
    again = acme.client.get(path, Authorization=f"Bearer {acme.key}", If_None_Match=tag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    other = acme.client.get(path, Authorization=f"Bearer {acme.key}", If_None_Match='"other"')
    assert other.status == 200


def test_schemas(busy: Busy) -> None:
    site, _ = busy
    acme = Caller(site, "partner", "acme-fasteners")
    rows = acme.get("/v1/schemas").json["schemas"]
    assert "invoice" in {row["type"] for row in rows}
    for row in rows:
        assert acme.get(row["url"]).json["$id"] == row["id"]
    assert acme.get("/v1/schemas/nothing").status == 404


def test_ra13_other_methods_are_problems_too(busy: Busy) -> None:
    site, _ = busy
    acme = Caller(site, "partner", "acme-fasteners")
    answer = acme.client.ask("DELETE", "/v1/documents", Authorization=f"Bearer {acme.key}")
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]
    assert json.loads(answer.body)["title"] == "Method Not Allowed"
