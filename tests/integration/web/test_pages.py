"""What the pages show, and that what partners sent stays text."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from hub.store.configuration import configurations
from hub.store.traffic import deliveries, interchanges, transmissions
from hub.store.traffic.deliveries import AttemptEnd
from hub.web.words import WORK_ITEMS
from tests.integration.store.rows_for_tests import notification
from tests.integration.web.running_hub import Site
from tests.integration.web.seed import HOSTILE, Seeded
from tests.scenarios.running import sample_profiles

Busy = tuple[Site, Seeded]


def test_overview_tallies_and_pictures(busy: Busy) -> None:
    site, _ = busy
    page = site.signed_in().get("/").text
    assert re.search(r"<b>1</b>Dead letters", page)
    assert re.search(r"<b>1</b>Quarantined files", page)
    assert page.count("<svg") >= 6
    assert "acme-fasteners" in page


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("q=PO-7002", {"PO-7002"}),
        ("q=po-7002", {"PO-7002"}),
        ("q=nothing-like-it", set()),
        ("state=rejected", {"PO-7003"}),
        ("state=held", {"INV-7005"}),
        ("state=rejected&partner=nordic-parts", set()),
        ("q=PO-7004&type=advance_ship_notice&direction=inbound", {"SH-7004"}),
        ("q=PO-7004&until=2001-01-01", set()),
        ("q=PO-7004&since=2001-01-01&until=9999-12-31", {"SH-7004"}),
        ("q=PO-7004&since=yesterday", {"SH-7004"}),
    ],
)
def test_documents_are_found(busy: Busy, query: str, numbers: set[str]) -> None:
    site, _ = busy
    page = site.signed_in().get(f"/documents?{query}").text
    assert set(re.findall(r"<b>([A-Z]+-\d+)</b>", page)) == numbers


@pytest.mark.parametrize(
    ("number", "state"),
    [("PO-7002", "delivered"), ("SH-7004", "dead letter"), ("INV-7005", "held"), ("PO-7003", "rejected")],
)
def test_a_list_says_how_far_each_document_has_come(busy: Busy, number: str, state: str) -> None:
    site, _ = busy
    page = site.signed_in().get("/documents").text
    (row,) = re.findall(rf"<tr>(?:(?!</tr>).)*<b>{number}</b>.*?</tr>", page, re.DOTALL)
    assert re.findall(r"class=\"badge[^>]*>([^<]+)<", row) == [state]


def test_control_number_finds_the_document(busy: Busy) -> None:
    site, seeded = busy
    client = site.signed_in()
    number = re.search(
        r"Interchange control number</dt><dd class=\"mono\">(\d{9})", client.get(f"/documents/{seeded.delivered}").text
    )
    assert number
    assert "PO-7002" in client.get(f"/documents?q={number[1].lstrip('0')}").text


def test_pages_of_a_list_hold_every_document_once(busy: Busy) -> None:
    site, _ = busy
    client, path, seen = site.signed_in(), "/documents", []
    while path:
        page = client.get(path).text
        seen += re.findall(r'href="/documents/(doc_\w+)"', page)
        older = re.search(r'<a href="([^"]+)" rel="next">', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert len(seen) > 50
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("path", ["/documents?before=x", "/documents?before=-1", "/dead-letters?before=" + "9" * 30])
def test_a_page_that_no_page_gave(busy: Busy, path: str) -> None:
    site, _ = busy
    assert site.signed_in().get(path).status == 400


def test_one_document_side_by_side(busy: Busy) -> None:
    site, seeded = busy
    page = site.signed_in().get(f"/documents/{seeded.dead}").text
    for shown in (
        "Received", "Judged", "Answered", "Understood", "Checked", "Routed", "Delivered",
        "dead letter", "wms-north", "503 Service Unavailable", "BOLT-M8", "item crosswalk", "Baseline Item Data", "997",
    ):  # fmt: skip
        assert shown in page, shown


def test_findings_stand_at_their_segment(busy: Busy) -> None:
    site, seeded = busy
    page = site.signed_in().get(f"/documents/{seeded.rejected}").text
    faulty = re.search(r'<li class="faulty tone-bad">.*?</li>', page, re.DOTALL)
    assert faulty
    assert '<mark class="tone-bad">X</mark>' in faulty[0]
    assert "Quantity Ordered must be a number." in faulty[0]
    assert '<span class="at">8</span>' in faulty[0]


def test_what_partners_sent_stays_text(busy: Busy) -> None:
    site, seeded = busy
    client = site.signed_in()
    paths = ["/", "/documents", "/transmissions", "/dead-letters", "/work-items", f"/documents?q={HOSTILE}"]
    paths += [f"/documents/{i}" for i in (seeded.rejected, seeded.dead)] + [f"/transmissions/{seeded.quarantined}"]
    told = ""
    for path in paths:
        page = client.get(path).text
        assert HOSTILE not in page, path
        told += page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told


def test_no_inline_script_style_or_foreign_asset(busy: Busy) -> None:
    site, seeded = busy
    client = site.signed_in()
    for path in ("/", "/documents", f"/documents/{seeded.dead}", "/dead-letters"):
        page = client.get(path).text
        assert not re.search(r"<script(?! src=\"/static/)", page)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_quarantined_bytes_are_shown_in_hexadecimal(busy: Busy) -> None:
    site, seeded = busy
    page = site.signed_in().get(f"/transmissions/{seeded.quarantined}").text
    assert "00000000  50 4b 03 04" in page
    assert "No partner owns the sender" in page


def test_downloads_are_attachments(busy: Busy) -> None:
    site, seeded = busy
    client = site.signed_in()
    downloads = {
        f"/documents/{seeded.dead}/raw": b"ST*850*0001~",
        f"/documents/{seeded.dead}/canonical": b'{"type":"purchase_order"',
        f"/transmissions/{seeded.arrival}/raw": b"ISA*",
        f"/transmissions/{seeded.quarantined}/raw": b"PK\x03\x04",
    }
    for path, start in downloads.items():
        answer = client.get(path)
        assert answer.body.startswith(start), path
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert not set("<>/\\") & set(answer.headers["Content-Disposition"])


def test_find_leads_from_any_id_to_its_page(busy: Busy) -> None:
    site, seeded = busy
    client = site.signed_in()
    assert client.get(f"/find/{seeded.dead}").location == f"/documents/{seeded.dead}"
    assert client.get(f"/find/{seeded.dead_delivery}").location == f"/documents/{seeded.dead}"
    assert client.get(f"/find/{seeded.arrival}").location == f"/transmissions/{seeded.arrival}"
    for path in ("/find/x", "/documents/x", "/documents/x/raw", "/transmissions/x", "/transmissions/x/raw"):
        assert client.get(path).status == 404


def test_lists_are_searchable(busy: Busy) -> None:
    site, _ = busy
    client = site.signed_in()
    assert "SH-7004" in client.get("/dead-letters?q=unknown+ship-to").text
    assert "SH-7004" not in client.get("/dead-letters?q=elsewhere").text
    assert "88-7" in client.get("/work-items?q=bolt-and-nut").text
    assert "88-7" not in client.get("/work-items?q=elsewhere").text
    assert "STRANGER" in client.get("/transmissions?state=quarantined").text


def test_a_document_leads_to_everything_about_its_order(busy: Busy) -> None:
    site, seeded = busy
    client = site.signed_in()
    page = client.get(f"/documents/{seeded.dead}").text
    assert '<a href="/documents?q=PO-7004">everything about PO-7004</a>' in page
    assert '<a href="/documents?partner=acme-fasteners">' in page
    assert seeded.dead in client.get("/documents?q=PO-7004").text


def test_a_transmission_says_from_where_or_to_whom(busy: Busy) -> None:
    site, _ = busy
    page = site.signed_in().get("/transmissions?direction=in").text
    assert re.search(r'<span class="soft">from</span> \S+/folder', page)


def test_a_work_item_says_what_to_do(busy: Busy) -> None:
    site, _ = busy
    page = site.signed_in().get("/work-items").text
    assert "crosswalk entry missing" in page
    assert "Import the missing row, then replay what waits." in page


def test_every_kind_of_work_item_has_words() -> None:
    raised: set[str] = set()
    for source in (Path(__file__).parents[3] / "hub").rglob("*.py"):
        raised |= set(re.findall(r'raise_item\(\s*tx, "([a-z-]+)"', source.read_text(encoding="utf-8")))
    assert raised
    assert raised <= set(WORK_ITEMS)


def test_control_numbers_show_what_is_missing(site: Site) -> None:
    with site.store.begin() as tx:
        arrived = transmissions.record(
            tx,
            direction="in",
            channel="acme-fasteners/files",
            partner="acme-fasteners",
            order_scope="acme-fasteners",
            content_type="application/edi-x12",
            status="processed",
            body=b"ISA",
            now=site.clock() - timedelta(days=10),
        )
        for position, number in enumerate(("000000007", "000000010")):
            interchanges.record_interchange(
                tx,
                transmission_id=arrived.id,
                position=position,
                partner="acme-fasteners",
                sender_qualifier="ZZ",
                sender_id="ACMEFASTENERS",
                receiver_qualifier="ZZ",
                receiver_id="EXAMPLEDIST",
                control_number=number,
                sha256="0" * 64,
                date="260309",
                time="0700",
                version="00401",
                usage_indicator="P",
                note_code="000",
                verdict="accepted",
                reason=None,
                profile_version=1,
                duplicate_of=None,
                findings=[],
            )
    client = site.signed_in()
    assert '<a href="/control-numbers">' in client.get("/transmissions").text
    page = client.get("/control-numbers").text
    assert re.search(r"000000008 to 000000009</span></td>\s*<td[^>]*>2</td>", page)
    assert '<svg class="picture " viewBox="0 0 560 14" role="img" aria-label="1 gap, 2 numbers missing">' in page
    assert "Every number of ours has left." in page
    assert page.count("1 to 999999999") == 2 * len(sample_profiles())
    assert "No number is missing" in client.get("/control-numbers?partner=birch-paper").text
    assert "No number is missing" in client.get("/control-numbers?days=7").text


def test_notifications_are_shown_with_their_attempts_and_sent_again(site: Site) -> None:
    hook = "webhooks: [{name: all, url: 'https://wms.example/', events: ['delivery.*'], secret: 'env:X'}]"
    with site.store.begin() as tx:
        text = f"systems: [{{key: wms, {hook}}}]"
        configurations.apply(tx, "hub", "hub", text, "test", site.clock())
        told = notification(tx, "webhook:system:wms/all", status="due", due_at=site.clock())
        (told,) = deliveries.open_attempts(tx, [told], site.clock())
        end = AttemptEnd(told, told.attempts, "permanent", "410", "<b>gone</b>", site.clock())
        deliveries.close_attempts(tx, [end])
        transmissions.set_status(tx, told, "dead", reason="The webhook is gone.")
    site.services.configuration_changed()
    client = site.signed_in()
    page = client.get("/notifications?target=webhook:system:wms/all").text
    for part in ("delivery dead", "system:wms/all", "The webhook is gone.", "1 attempt", "410"):
        assert part in page, part
    fields = [("action", "resend"), ("id", told.id), ("reason", "mended")]
    asked = client.post("/operations", *fields, token=client.token("/notifications")).text
    assert "Notification of delivery dead to wms/all (webhook)" in asked
    fields.append(("confirmed", "yes"))
    assert ">done<" in client.post("/operations", *fields, token=client.token("/notifications")).text
    assert "to be sent" in client.get("/notifications").text
    assert "/notifications" in client.get("/targets").text
