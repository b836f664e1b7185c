"""Files through the portal: seen before they are sent, sent once, followed to the answer; and what lies ready."""

from __future__ import annotations

import csv
import io
import re
import threading

import pytest

from channels.channel import Codec
from hub.node.arrivals import process_pending
from hub.pipeline.rehearse import PREVIEW_DOCUMENTS
from hub.store.configuration import configurations
from hub.store.questions import search
from hub.store.questions.search import TransmissionFilter
from hub.store.schema.tables import deliveries, portal_drafts, transmissions
from tests.builders import make_purchase_order
from tests.integration.stepping import SteppedHub
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.portal_people import ACME, BIRCH, PAT, Supplier, joined, open_portals
from tests.integration.web.running_hub import Answer, Site
from tests.receiving import Arrival, receive

CASES = SAMPLES / "cases"
INVOICE = (CASES / "invoice-with-freight" / "input.edi").read_bytes()
FAULTY = (CASES / "invoice-rejected" / "input.edi").read_bytes()
MIXED = (CASES / "three-invoices-one-bad" / "input.edi").read_bytes()


@pytest.fixture
def portal(site: Site) -> Site:
    open_portals(site, ACME, BIRCH)
    return site


@pytest.fixture
def jo(portal: Site) -> Supplier:
    return joined(portal)


def arrived(site: Site) -> list[str]:
    with site.store.read() as tx:
        return [row.id for row in search.transmissions(tx, TransmissionFilter(direction="in"))]


def dropped(client: Supplier, name: str, body: bytes) -> tuple[str, Answer]:
    """Where the file waits, below the portal, and the page that shows it."""
    answer = client.drop(name, body)
    assert answer.status == 303, answer.text
    return answer.location.removeprefix("/portal"), client.get(answer.location)


# ---- before it is sent


def test_what_was_recognised_is_shown_before_anything_is_stored(portal: Site, jo: Supplier) -> None:
    _, page = dropped(jo, "invoice.edi", INVOICE)
    for shown in ("Invoice INV-55120", "No problems found", "10045", "3,588.80", "240 BX, 24 EA", "3 lines", "Send it"):
        assert shown in page.text, shown
    with portal.store.read() as tx:
        assert not tx.execute(transmissions.select()).all()


def test_each_problem_stands_at_its_place_and_in_the_list_to_be_saved(jo: Supplier) -> None:
    path, page = dropped(jo, "faulty.edi", FAULTY)
    assert "Mend these 2 points" in page.text
    assert "<code>ST*0001/BIG[1]/BIG01</code>" in page.text
    saved = jo.get(f"/portal{path}/problems")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="faulty.edi.problems.csv"'
    rows = list(csv.DictReader(io.StringIO(saved.body.decode("utf-8-sig"))))
    assert [row["where"] for row in rows] == ["ST*0001/BIG[1]/BIG01", "ST*0001/TDS"]
    assert rows[0]["found"] == "20261340"


def test_a_bad_document_among_good_ones_is_told_apart(portal: Site, jo: Supplier) -> None:
    path, page = dropped(jo, "three.edi", MIXED)
    badges = re.findall(r'<h2>Invoice ([^<]+)</h2><span class="badge tone-(\w+)"', page.text)
    assert [tone for _, tone in badges] == ["bad", "ok", "ok"], "what has to be mended comes first"
    sent = jo.do(f"{path}/commit").location
    process_pending(portal.services, "test")
    answered = re.findall(r'<span class="outcome">997: ([^<]+)<', jo.get(sent).text)
    assert answered == ["not accepted", "no problems", "no problems"], "to each what the 997 says of it"
    for listed in ("/portal", "/portal/sent"):
        assert 'tone-bad" title="Mend and send again.">not all accepted</span>' in jo.get(listed).text


def test_what_is_no_document_at_all_is_not_offered_to_be_sent(portal: Site, jo: Supplier) -> None:
    for name, body in (("notes.txt", b"hello there"), ("order.json", b'{"type": "invoice"'), ("page.html", b"<html>")):
        path, page = dropped(jo, name, body)
        assert "Nothing in this file can be used" in page.text, name
        assert f'action="/portal{path}/commit"' not in page.text
    assert jo.drop("nothing.edi", b"").status == 422
    assert not arrived(portal)


def test_pm05_a_hostile_name_or_content_is_shown_as_text_and_saved_as_a_file(jo: Supplier) -> None:
    name = "..%2f'><img onerror=alert(1)>\u202egnp.html"
    path, page = dropped(jo, name, b"<script>alert(1)</script>")
    assert "<img" not in page.text
    assert "<script>" not in page.text
    saved = jo.get(f"/portal{path}/problems")
    assert saved.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+"', saved.headers["Content-Disposition"])


def test_a_file_of_canonical_json_is_seen_and_sent_as_any_other(portal: Site) -> None:
    pat = joined(portal, BIRCH, PAT)
    path, page = dropped(pat, "ack.json", (SAMPLES / "documents/birch-acknowledgment-10046.json").read_bytes())
    assert "Purchase order acknowledgment 10046" in page.text
    sent = pat.do(f"{path}/commit").location
    process_pending(portal.services, "test")
    assert "Purchase order acknowledgment 10046" in pat.get(sent).text


# ---- sent once


def test_one_arrival_however_often_the_button_is_pressed(portal: Site, jo: Supplier) -> None:
    path, _ = dropped(jo, "invoice.edi", INVOICE)
    token, answers = jo.token("/portal/account"), []

    def press() -> None:
        answers.append(jo.post(f"/portal{path}/commit", token=token))

    presses = [threading.Thread(target=press) for _ in range(6)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    press()
    (id,) = arrived(portal)
    assert {(answer.status, answer.location) for answer in answers} == {(303, f"/portal/sent/{id}")}
    assert jo.get(f"/portal{path}").location == f"/portal/sent/{id}", "whoever goes back sees what has become of it"
    with portal.store.read() as tx:
        (row,) = tx.execute(transmissions.select()).all()
        assert not tx.execute(portal_drafts.select()).all()
    assert row.channel == f"{ACME}/portal"


def test_who_leaves_a_file_sends_nothing(portal: Site, jo: Supplier) -> None:
    path, _ = dropped(jo, "invoice.edi", INVOICE)
    assert jo.do(f"{path}/discard").location == "/portal"
    assert jo.do(f"{path}/commit").status == 410
    assert not arrived(portal)


def test_what_waits_is_bound_to_its_session_and_its_company_and_ends(portal: Site, jo: Supplier) -> None:
    path, _ = dropped(jo, "invoice.edi", INVOICE)
    colleague, pat = joined(portal, ACME, "kim@acme.example"), joined(portal, BIRCH, PAT)
    for other in (colleague, pat):
        assert other.get(f"/portal{path}").status == 410
        assert other.do(f"{path}/commit").status == 410
        other.do(f"{path}/discard")
    assert jo.get(f"/portal{path}").status == 200
    for _ in range(4):
        portal.clock.pass_by(minutes=15)
        jo.get("/portal/account")
    assert jo.do(f"{path}/commit").status == 410
    waiting = []
    for number in range(6):
        portal.clock.pass_by(seconds=1)
        waiting.append(dropped(jo, f"{number}.edi", INVOICE)[0])
    assert [jo.get(f"/portal{one}").status for one in waiting] == [410] + [200] * 5, "five wait at one time"
    jo.do("/sign-out")
    with portal.store.read() as tx:
        assert not tx.execute(portal_drafts.select()).all()
    assert not arrived(portal)


def test_the_same_content_again_is_told_before_and_after(portal: Site, jo: Supplier) -> None:
    path, _ = dropped(jo, "invoice.edi", INVOICE)
    first = jo.do(f"{path}/commit").location
    process_pending(portal.services, "test")
    again, page = dropped(jo, "copy.edi", INVOICE)
    assert "The same content was received already" in page.text
    assert f'href="{first}"' in page.text
    second = jo.do(f"{again}/commit").location
    process_pending(portal.services, "test")
    assert f'href="{first}"' in jo.get(second).text
    with portal.store.read() as tx:
        assert len({row.document_id for row in tx.execute(deliveries.select()) if row.target == "erp"}) == 1


def test_a_file_beyond_the_limits_is_refused_in_plain_words(portal: Site, jo: Supplier) -> None:
    answer = jo.drop("big.edi", b"x" * 10_000_001)
    assert answer.status == 413
    assert "larger than 10 MB" in answer.text
    _, page = dropped(jo, "large.edi", INVOICE + b" " * 1_000_000)
    assert "could not be looked into beforehand" not in page.text


def test_of_a_file_with_very_many_documents_the_first_are_shown_and_the_others_counted(
    portal: Site, jo: Supplier
) -> None:
    count = PREVIEW_DOCUMENTS + 3
    head, _, rest = INVOICE.partition(b"ST*810")
    one, _, tail = rest.partition(b"GE*1*")
    sets = b"".join((b"ST*810" + one).replace(b"*0001", b"*%04d" % n) for n in range(1, count + 1))
    _, page = dropped(jo, "many.edi", head + sets + b"GE*%d*" % count + tail)
    assert f"Only the first {PREVIEW_DOCUMENTS} documents of {count} were looked into" in page.text
    assert "The other 3 are looked into when you send the file" in page.text


# ---- afterwards


def test_its_way_is_followed_to_the_buyers_answer(portal: Site, jo: Supplier) -> None:
    path, _ = dropped(jo, "invoice.edi", INVOICE)
    sent = jo.do(f"{path}/commit").location
    waits = jo.get(sent).text
    assert "safely stored" in waits
    assert 'http-equiv="refresh"' in waits
    process_pending(portal.services, "test")
    steps = re.findall(r'<b>(\w[\w ]+)</b><span class="outcome">([^<]+)</span>', jo.get(sent).text)
    assert steps == [
        ("Received", "safely stored"),
        ("Read", "no problems"),
        ("Checked", "accepted"),
        ("Answered", "997: no problems"),
        ("Taken over", "on its way"),
    ]
    with portal.store.begin() as tx:
        tx.execute(deliveries.update().where(deliveries.c.target == "erp").values(status="delivered"))
    page = jo.get(sent).text
    assert "taken by the buyer&#39;s system" in page
    assert "erp" not in page, "which systems the buyer has is told to nobody"
    assert 'http-equiv="refresh"' not in page


def test_what_was_sent_is_found_by_number_and_by_name_and_paged(portal: Site, jo: Supplier) -> None:
    path, _ = dropped(jo, "invoice.edi", INVOICE)
    first = jo.do(f"{path}/commit").location
    for number in range(21):
        arrival = Arrival(f"{ACME}/portal", f"nothing {number}".encode(), Codec.X12.content_type, f"note-{number}.txt")
        receive(portal.store, arrival, partner=ACME, actor="test", now=portal.clock())
    process_pending(portal.services, "test")
    for wanted in ("INV-55120", "10045", "invoice.edi"):
        assert re.findall(r'<a href="(/portal/sent/tr_\w+)">', jo.get(f"/portal/sent?q={wanted}").text) == [first]
    assert "Nothing that was sent fits" in jo.get("/portal/sent?q=elsewhere").text
    seen, page = [], "/portal/sent"
    while page:
        text = jo.get(page).text
        seen += re.findall(r'<a href="/portal/sent/(tr_\w+)">', text)
        older = re.search(r'<a href="([^"]+)" rel="next">', text)
        page = older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == 22
    assert jo.get("/portal/sent?before=x").status == 400


# ---- what is there for the supplier


def orders_for(site: Site, partner: str, *numbers: str) -> None:
    """The ERP sends purchase orders, which lie ready in the portal."""
    with site.store.read() as tx:
        row = configurations.current(tx, "partner", partner)
    assert row is not None
    hub = SteppedHub(site.services)
    hub.apply(
        re.sub(r"(type: purchase_order,? *\n? *direction: outbound,? *\n? *channel:) \w+", r"\1 portal", row.text)
    )
    for number in numbers:
        hub.post(make_purchase_order(purchase_order_number=number), partner)
    hub.leave()


def test_an_order_is_read_found_and_fetched_as_a_file(portal: Site, jo: Supplier) -> None:
    orders_for(portal, ACME, "PO-1", "PO-2")
    home = jo.get("/portal").text
    assert "2 new" in home
    assert "Purchase order PO-2" in home
    page = jo.get("/portal/for-you?q=PO-1").text
    (path,) = set(re.findall(r'<a href="(/portal/for-you/tr_\w+)">', page))
    shown = jo.get(path).text
    assert "Purchase order PO-1" in shown
    assert "not fetched yet" in shown
    file = jo.get(f"{path}/file")
    assert file.body.startswith(b"ISA*")
    assert b"PO-1" in file.body
    assert file.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "1 new" in jo.get("/portal").text
    assert "fetched 20" in jo.get(path).text
    assert jo.get(f"{path}/file").body == file.body, "as often as one likes"


def test_an_example_of_each_agreed_document_can_be_sent_just_so(portal: Site, jo: Supplier) -> None:
    with portal.store.begin() as tx:
        row = configurations.current(tx, "partner", ACME)
        assert row is not None
        text = row.text.replace("usage_indicator: production", "usage_indicator: test")
        configurations.apply(tx, "partner", ACME, text, "test", portal.clock())
    portal.services.configuration_changed()
    page = jo.get("/portal/templates").text
    paths = re.findall(r'href="(/portal/templates/[^"]+)"', page)
    assert "/portal/templates/810.edi" in paths
    assert "/portal/templates/850.edi" not in paths, "they are sent orders, and send none"
    for path in paths:
        _, seen = dropped(jo, "example.edi", jo.get(path).body)
        assert "to be mended" not in seen.text, path
        assert "This is test traffic" in seen.text, path
    assert jo.get("/portal/templates/850.edi").status == 404


MAPPED = """
mappings:
  invoices-csv:
    document: invoice
    names: ["inv*.csv"]
    format: {kind: csv}
    group: [invoice_number]
    fields:
      invoice_number: {column: Invoice, required: true}
      invoice_date: {column: Date, required: true}
      purchase_order_number: {column: PO}
      total_amount: {column: Total}
    lists:
      lines:
        fields:
          line_number: {column: Line}
          quantity.value: {column: Qty, required: true}
          quantity.unit_of_measure: {column: Unit, default: EA}
          unit_price: {column: Price}
          "identifiers[vendor_item_number].value": {column: Item, required: true}
"""
"""A CSV invoice beside X12."""

CSV = b"""Invoice,Date,PO,Line,Item,Qty,Price,Total
R1,2026-01-31,10045,1,00012,5,1.50,32.50
R1,2026-01-31,10045,2,00013,10,2.50,32.50
R2,2026-02-01,10045,1,00012,one,1.50,1.50
"""


def test_a_table_of_the_suppliers_own_is_seen_cell_by_cell_and_its_empty_file_is_there(
    portal: Site, jo: Supplier
) -> None:
    with portal.store.begin() as tx:
        row = configurations.current(tx, "partner", ACME)
        assert row is not None
        text = row.text.replace("kind: portal}", "kind: portal}\n  - {name: tables, kind: api, codec: files}")
        old, new = "direction: inbound\n    channel: files\n", "direction: inbound\n    channel: tables\n"
        text = text.replace(f"  - type: invoice\n    {old}", f"  - type: invoice\n    {new}    mapping: invoices-csv\n")
        configurations.apply(tx, "partner", ACME, text + MAPPED, "test", portal.clock())
    portal.services.configuration_changed()
    path, page = dropped(jo, "invoices.csv", CSV)
    badges = re.findall(r'<h2>Invoice ([^<]+)</h2><span class="badge tone-(\w+)"', page.text)
    assert badges == [("R2", "bad"), ("R1", "ok")], "what has to be mended comes first"
    assert "Read by mapping invoices-csv" in page.text
    assert re.search(r"<code>[^<]*4[^<]*</code>", page.text), "the line is named"
    given_back = jo.get(f"/portal{path}/marked")
    rows = list(csv.reader(io.StringIO(given_back.body.decode("utf-8-sig"))))
    assert [row[-1] for row in rows[:3]] == ["Problems", "", ""]
    assert rows[3][-1].startswith("Qty: ")
    assert [row[:-1] for row in rows] == list(csv.reader(io.StringIO(CSV.decode())))
    assert jo.do(f"{path}/commit").status == 303
    assert '"/portal/templates/invoices-csv.csv"' in jo.get("/portal/templates").text
    empty = jo.get("/portal/templates/invoices-csv.csv")
    assert empty.body.decode("utf-8-sig").strip() == "Invoice,Date,PO,Total,Line,Qty,Unit,Price,Item"
