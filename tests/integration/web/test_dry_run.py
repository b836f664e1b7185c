"""A dry run tells what would become of something, and leaves nothing behind but a line of the audit trail."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest

from hub.compute.port import ChildDied, InProcess
from hub.node.arrivals import process_pending
from hub.pipeline.computing import TASKS
from hub.pipeline.rehearse import LIMIT_BYTES, LIMIT_DOCUMENTS
from hub.store.engine.columns import metadata
from hub.store.schema.tables import events as event_table
from hub.store.traffic import deliveries
from tests.integration.store.rows_for_tests import dead_letter
from tests.integration.web.caller import JSON, Caller
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.running_hub import Answer, Site

X12 = "application/edi-x12"
CASES = sorted(
    folder.name
    for folder in (SAMPLES / "cases").iterdir()
    if (folder / "input.edi").read_bytes()[35:50].strip() in (b"ACMEFASTENERS", b"BIRCHPAPER")
)
TOLD = (
    "type",
    "number",
    "partner",
    "direction",
    "status",
    "reason",
    "verdict",
    "revision",
    "document",
    "findings",
    "changes",
    "provenance",
)


def stored(site: Site) -> dict[str, int]:
    """How many rows each table has."""
    with site.store.read() as tx:
        return {table.name: len(tx.execute(table.select()).all()) for table in metadata.sorted_tables}


def last_event(site: Site) -> tuple[str, str]:
    with site.store.read() as tx:
        row = tx.execute(event_table.select().order_by(event_table.c.seq.desc()).limit(1)).one()
    return row.kind, row.actor


def case(name: str) -> bytes:
    return (SAMPLES / "cases" / name / "input.edi").read_bytes()


def essence(documents: list[dict[str, Any]]) -> list[Any]:
    """What is told of documents, without ids and instants."""
    told = [
        {name: one.get(name) for name in TOLD}
        | {"kept_for": sorted((d["status"], d.get("target", "")) for d in one["deliveries"])}
        | {"answered": [(a["kind"], a["verdict"]) for a in one["acknowledgments"]]}
        for one in documents
    ]
    return sorted(told, key=lambda one: json.dumps(one, sort_keys=True))


@pytest.mark.parametrize("name", CASES)
def test_it_tells_what_then_comes_true_and_leaves_nothing(site: Site, name: str) -> None:
    van = Caller(site, "gateway", "van")
    before = stored(site)
    rehearsal = van.post("/v1/transmissions?dry_run=true", case(name), X12)
    assert rehearsal.status == 200, rehearsal.text
    would_be = rehearsal.json
    assert would_be["dry_run"] is True
    assert stored(site) == before | {"events": before["events"] + 1}
    assert last_event(site) == ("dry_run.made", "gateway:van")
    accepted = van.post("/v1/transmissions", case(name), X12)
    process_pending(site.services, "test")
    told = van.get(accepted.location).json
    assert (would_be["status"], would_be.get("reason")) == (told["status"], told.get("reason"))
    assert [one["verdict"] for one in would_be["interchanges"]] == [one["verdict"] for one in told["interchanges"]]
    assert len(told["documents"]) >= 1
    real = essence(
        [van.get(one["url"]).json for one in told["documents"] if one["type"] != "functional_acknowledgment"]
    )
    assert essence([d for d in would_be["documents"] if d["type"] != "functional_acknowledgment"]) == real
    assert [(a["kind"], a["verdict"]) for a in would_be["acknowledgments"]] == [
        (a["kind"], a["verdict"]) for a in told["acknowledgments"]
    ]
    for answer in would_be["acknowledgments"]:
        if answer["kind"] == "997":
            assert any(segment.startswith("AK9*") for segment in answer["segments"])


def test_of_the_same_bytes_it_tells_that_they_are_a_duplicate(site: Site) -> None:
    van = Caller(site, "gateway", "van")
    van.post("/v1/transmissions", case("invoice-with-freight"), X12)
    process_pending(site.services, "test")
    would_be = van.post("/v1/transmissions?dry_run=true", case("invoice-with-freight"), X12).json
    assert would_be["status"] == "duplicate"
    assert "already" in would_be["reason"] or would_be["interchanges"]


def test_what_is_no_x12_is_told_so(site: Site) -> None:
    would_be = Caller(site, "gateway", "van").post("/v1/transmissions?dry_run=true", b"hello", X12).json
    assert would_be["status"] == "rejected"
    assert would_be["reason"]


@pytest.mark.parametrize("valid", [True, False])
def test_a_canonical_document(site: Site, valid: bool) -> None:
    birch = Caller(site, "partner", "birch-paper")
    body = json.loads((SAMPLES / "documents/birch-acknowledgment-10046.json").read_bytes())
    if not valid:
        body["surprise"] = 1
    before = stored(site)
    answer = birch.post("/v1/documents?dry_run=true", json.dumps(body).encode(), Idempotency_Key="k")
    if valid:
        (one,) = answer.json["documents"]
        assert (answer.status, one["status"], one["number"]) == (200, "routed", "10046")
        assert one["document"]["lines"][0]["line_number"] == body["lines"][0]["line_number"]
        assert [set(delivery) for delivery in one["deliveries"]] == [{"status"}], "a partner is not told our targets"
        assert stored(site) == before | {"events": before["events"] + 1}
    else:
        assert answer.status == 422
        assert [finding["locator"] for finding in answer.json["findings"]] == ["/surprise"]
        assert stored(site) == before
    assert birch.post("/v1/documents", b"{}", Idempotency_Key="k").json["detail"].startswith("The document"), (
        "no key used"
    )


def test_it_is_bounded(site: Site) -> None:
    van = Caller(site, "gateway", "van")
    assert van.post("/v1/transmissions?dry_run=true", b"I" * (LIMIT_BYTES + 1), X12).status == 413
    body = case("invoice-with-freight").replace(b"GE*1*103", b"GE*51*103")
    head, _, rest = body.partition(b"ST*810")
    one, _, tail = rest.partition(b"GE*")
    many = b"".join((b"ST*810" + one).replace(b"*0001", b"*%04d" % n) for n in range(1, LIMIT_DOCUMENTS + 2))
    answer = van.post("/v1/transmissions?dry_run=true", head + many + b"GE*" + tail, X12)
    assert (answer.status, answer.json["detail"]) == (422, f"A dry run takes at most {LIMIT_DOCUMENTS} documents.")


@pytest.mark.parametrize("query", ["dry_run=yes", "dry_run=1", "dry_run=", "dry_run=true&dry_run=true", "dryrun=true"])
def test_an_unclear_wish_is_refused_before_anything_is_done(site: Site, query: str) -> None:
    van = Caller(site, "gateway", "van")
    before = stored(site)
    answer = van.post(f"/v1/transmissions?{query}", case("invoice-with-freight"), X12)
    assert (answer.status, stored(site)) == (422, before)


def test_who_may_not_send_may_not_rehearse(site: Site) -> None:
    assert Caller(site, "partner", "acme-fasteners").post("/v1/transmissions?dry_run=true", b"ISA", X12).status == 403
    assert site.client().ask("POST", "/v1/transmissions?dry_run=true", b"ISA").status == 401


class Dying(InProcess):
    """Reads envelopes, and dies over the first document."""

    def ask(self, task: str, *args: Any, **more: Any) -> Any:
        if task == "work":
            return dying()
        return super().ask(task, *args, **more)


def dying() -> Generator[Any]:
    raise ChildDied("it was killed")
    yield


def test_over_what_a_child_dies_is_told_and_not_tried_for_ever(site: Site) -> None:
    site.services.computing = Dying(TASKS)
    van = Caller(site, "gateway", "van")
    before = stored(site)
    would_be = van.post("/v1/transmissions?dry_run=true", case("three-invoices-one-bad"), X12)
    inbound = [one for one in would_be.json["documents"] if one["direction"] == "inbound"]
    assert [one["status"] for one in inbound] == ["quarantined"] * 3
    assert "it was killed" in inbound[0]["reason"]
    assert stored(site) == before | {"events": before["events"] + 1}


def test_a_confirmation_and_a_resend_are_looked_at(site: Site) -> None:
    with site.store.begin() as tx:
        made = dead_letter(tx, site.clock())
    key = made.idempotency_key
    erp, before = Caller(site, "system", "erp"), stored(site)

    def ask(what: str, **said: str) -> Answer:
        return erp.post(f"/v1/deliveries/{key}/{what}?dry_run=true", json.dumps(said).encode(), JSON)

    told = ask("resend", reason="lost")
    assert (told.status, told.json["status"], told.json["dry_run"]) == (200, "composed", True)
    with site.store.read() as tx:
        after = deliveries.get(tx, made.id)
        assert after is not None
        assert after.status == "dead"
    assert stored(site) == before | {"events": before["events"] + 1}
    assert ask("resend").status == 422
    real = erp.post(f"/v1/deliveries/{key}/resend", b'{"reason": "lost"}', JSON)
    assert (real.status, real.json["status"]) == (202, "composed")
    assert "dry_run" not in real.json
