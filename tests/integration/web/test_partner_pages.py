"""What partner managers do on pages: a partner from a few answers, its profile checked, tried and put in force, its
people invited, and an unknown sender given to it."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from channels.channel import Codec
from hub.node.arrivals import process_pending
from hub.operator import administration, scheduled
from hub.store.configuration import configurations
from hub.store.coordination import timers
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter, TransmissionFilter
from hub.store.schema.tables import transmissions
from hub.store.trail import work_items
from partners.starts import STARTS
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.portal_people import ACME, SECRET, Supplier, joined, link_in
from tests.integration.web.running_hub import Answer, Client, Site
from tests.integration.web.seed import Seeded
from tests.integration.web.test_portal_files import dropped
from tests.receiving import Arrival, receive
from tests.unit.channels.sftp.keys import ED25519

DRAFT = "/profiles/draft"
VALUES: dict[str, object] = {
    "Invoice Number": "N-1",
    "Invoice Date": "2026-03-07",
    "PO Number": "10045",
    "Ship To Code": "EAST",
    "Invoice Total": 25,
    "Line": "1",
    "Quantity": 10,
    "Unit": "EA",
    "Unit Price": 2.5,
    "Vendor Item": "NP-7",
}
INVOICE = (SAMPLES / "cases" / "invoice-with-freight" / "input.edi").read_bytes()


@pytest.fixture
def mira(site: Site) -> Client:
    return site.signed_in()


def in_force(site: Site, partner: str) -> tuple[int, str]:
    with site.store.read() as tx:
        row = configurations.current(tx, "partner", partner)
    return (row.version, row.text) if row else (0, "")


def text_in(answer: Answer) -> str:
    found = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL)
    assert found
    return html.unescape(found[1])


def say(client: Client, action: str, text: str, based_on: int = 0, **more: str) -> Answer:
    fields = ("action", action), ("text", text), ("based_on", str(based_on)), *more.items()
    return client.post(DRAFT, *fields, token=client.token("/profiles/new?start=portal"))


def begun(client: Client, start: str = "portal", **more: str) -> Answer:
    """The draft that a few answers make."""
    given = {"start": start, "partner": "nova-parts", "name": 'Nova "Parts" & Co', "zone": "America/Chicago"}
    given |= {"qualifier": "ZZ", "identifier": "NOVAPARTS"} | more
    documents = [("document", one) for one in ("purchase_order", "invoice", "advance_ship_notice")]
    return client.post("/profiles/new", *given.items(), *documents, token=client.token(f"/profiles/new?start={start}"))


def test_a_partner_comes_live_from_a_few_answers_and_its_people_sign_in(site: Site, mira: Client) -> None:
    assert "A supplier in the portal" in mira.get("/profiles/new").text
    draft = begun(mira)
    assert "No problems. It can be put in force." in draft.text
    text = text_in(draft)
    assert 'partner: nova-parts\nname: "Nova \\"Parts\\" & Co"' in text
    tried = say(mira, "try", text, kind="invoice")
    assert "It would go to <b>erp</b>" not in tried.text, "in test nothing reaches a production target"
    assert "Invoice" in tried.text
    assert in_force(site, "nova-parts") == (0, "")
    assert say(mira, "apply", text).location == "/partners/nova-parts"
    assert in_force(site, "nova-parts") == (1, text)
    page = mira.post(
        "/partners/nova-parts/users",
        ("action", "invite"),
        ("email", "ana@nova.example"),
        ("manages", "yes"),
        token=mira.token("/partners/nova-parts"),
    )
    path, ana = link_in(page.text), Supplier(site.port)
    assert ana.post(path, ("password", SECRET), token=ana.token(path)).status == 303
    assert "Nova &#34;Parts&#34; &amp; Co" in ana.get("/portal").text
    assert "ana@nova.example" in mira.get("/partners/nova-parts").text


def test_every_way_to_begin_makes_a_sound_profile(mira: Client) -> None:
    for start in STARTS:
        draft = begun(mira, start, key=f"{ED25519} nova")
        assert "No problems. It can be put in force." in draft.text, start


def test_a_supplier_with_tables_goes_from_an_empty_file_to_the_answer(site: Site, mira: Client) -> None:
    text = text_in(begun(mira, "tables")).replace("usage_indicator: test", "usage_indicator: production")
    assert say(mira, "apply", text).status == 303
    ana = joined(site, "nova-parts", "ana@nova.example")
    empty = ana.get("/portal/templates/xlsx-invoice.xlsx")
    book = load_workbook(io.BytesIO(empty.body))
    page = book.worksheets[0]
    names = [cell.value for cell in page[1]]
    assert set(VALUES) <= set(names)
    page.append([VALUES.get(str(name)) for name in names])
    out = io.BytesIO()
    book.save(out)
    path, seen = dropped(ana, "bill.xlsx", out.getvalue())
    assert "Invoice N-1" in seen.text, seen.text
    assert "No problems found" in seen.text or "It can be sent" in seen.text
    sent = ana.do(f"{path}/commit").location
    process_pending(site.services, "test")
    assert '<b>Taken over</b><span class="outcome">on its way' in ana.get(sent).text
    page[2][names.index("Quantity")].value = "many"
    out = io.BytesIO()
    book.save(out)
    path, seen = dropped(ana, "bill.xlsx", out.getvalue())
    place = re.search(r"<code>(\w+)!([A-Z]+2)</code>", seen.text)
    assert place, "the cell is named"
    marked = load_workbook(io.BytesIO(ana.get(f"/portal{path}/marked").body))
    assert marked[place[1]][place[2]].comment is not None


def test_what_the_page_exports_is_what_the_command_exports(site: Site, mira: Client) -> None:
    with site.store.read() as tx:
        row = configurations.current(tx, "partner", ACME)
    assert row is not None
    assert mira.get(f"/partners/{ACME}/profile.yaml").body == administration.exported(row).encode()
    assert text_in(mira.get(f"/partners/{ACME}/edit")) == row.text
    assert say(mira, "apply", row.text, row.version).status == 303
    assert in_force(site, ACME)[0] == row.version, "the same text is the same version"


def test_every_problem_is_told_with_its_line_and_nothing_is_in_force(site: Site, mira: Client) -> None:
    text = text_in(begun(mira)).replace("role: supplier", "roll: supplier").replace("type: invoice", "type: invoyce")
    text = text.replace("NOVAPARTS", "ACMEFASTENERS")
    for action in ("check", "apply", "try"):
        answer = say(mira, action, text)
        assert answer.status == (422 if action == "apply" else 200)
        for told in ("did you mean role?", "did you mean invoice?", "line 4"):
            assert told in html.unescape(answer.text), told
    clash = say(mira, "apply", text_in(begun(mira)).replace("NOVAPARTS", "ACMEFASTENERS"))
    assert "ZZ ACMEFASTENERS belongs to acme-fasteners already" in html.unescape(clash.text)
    assert in_force(site, "nova-parts") == (0, "")


def test_the_difference_to_the_version_in_force_is_shown_and_a_newer_one_is_not_overwritten(
    site: Site, mira: Client
) -> None:
    version, text = in_force(site, ACME)
    changed = text.replace("name: Acme Fasteners", "name: Acme Fasteners Inc")
    page = say(mira, "check", changed, version).text
    assert re.search(r'class="row changed".*name: Acme Fasteners<.*name: Acme Fasteners Inc<', page)
    assert "unchanged lines" in page
    wrong = say(mira, "check", changed.replace("role: supplier", "roll: supplier"), version).text
    assert f"Difference to version {version}" in wrong, "also of what cannot be in force"
    assert say(mira, "apply", changed, version).status == 303
    late = say(mira, "apply", text.replace("Acme", "ACME"), version)
    assert late.status == 409
    assert "newer than version" in late.text
    assert in_force(site, ACME) == (version + 1, changed)


def test_a_button_changes_the_text_and_leaves_its_comments(site: Site, mira: Client) -> None:
    version, text = in_force(site, ACME)
    for action, line in (
        ("portal", "  - {name: portal, kind: portal}"),
        ("suspend", "suspended: true"),
        ("test", "usage_indicator: test"),
    ):
        changed = text_in(say(mira, action, text, version))
        assert [one for one in changed.splitlines() if one not in text.splitlines()] == [line]
        assert changed.count("#") == text.count("#")
    assert text_in(say(mira, "suspend", "partner: [", version)) == "partner: [", "what cannot be read stays"


def test_the_form_says_of_the_text_what_a_person_answered(site: Site, mira: Client) -> None:
    version, text = in_force(site, ACME)
    page = mira.get(f"/partners/{ACME}/edit").text
    assert '<input id="f-name" name="f:name" value="Acme Fasteners"' in page
    assert 'value="remove:documents/3"' in page
    answers = {"view": "form", "f:name": "Acme Bolts", "f:contacts/0/name": "Jo"}
    answers["f:documents/0/acknowledgment_due_minutes"] = "90"
    changed = text_in(say(mira, "remove:aliases/0", text, version, **answers))
    assert [one for one in changed.splitlines() if one not in text.splitlines()] == [
        "name: Acme Bolts",
        "contacts:",
        "  - {name: Jo}",
        "    acknowledgment_due_minutes: 90",
    ]
    assert "id: ACME}" not in changed
    wrong = say(mira, "check", changed, version, **{"view": "form", "f:time_zone": "Mars/Base"}).text
    assert re.search(r'<a href="#f-time_zone">Time zone</a>: .*is no time zone', wrong)
    assert '<label for="text"' in say(mira, "text", changed, version, view="form").text, "the text itself"
    assert say(mira, "apply", changed, version, **{"view": "form", "f:name": "Acme"}).status == 303
    assert in_force(site, ACME) == (version + 1, changed.replace("Acme Bolts", "Acme"))
    assert "Jo" in mira.get(f"/partners/{ACME}").text


def test_partners_are_found_and_their_last_documents_told(busy: tuple[Site, Seeded]) -> None:
    mira = busy[0].signed_in()
    listed = {
        query: re.findall(r'<a href="/partners/([a-z-]+)">', mira.get(f"/partners?{query}").text)
        for query in ("q=elm", "q=V-1002", "q=%2B1+555", "role=customer", "use=test", "q=ACME&use=production")
    }
    assert list(listed.values()) == [["elm-garden"], ["birch-paper"], ["elm-garden"], ["corner-hardware"], [], [ACME]]
    assert "No partner fits" in mira.get("/partners?use=test").text
    page = mira.get(f"/partners/{ACME}").text
    assert re.search(r'direction=inbound">Ship notice</a>(?:(?!</tr>).)*<b>SH-7004</b>(?:(?!</tr>).)* ago<', page, re.S)
    assert "<b>PO-7003</b>" in page, "what was not agreed is told too"
    assert "none yet" in page


@pytest.mark.both_stores
def test_a_trial_tells_what_the_draft_would_make_of_a_document_and_stores_nothing(site: Site, mira: Client) -> None:
    version, text = in_force(site, ACME)
    good = say(mira, "try", text, version, kind="invoice").text
    assert "It would go to <b>erp</b>" in good
    assert "answered by a 997" in good
    pasted = say(mira, "try", text, version, kind="invoice", body=INVOICE.decode()).text
    assert "Invoice INV-55120" in pasted
    assert "Choose which document to try" in say(mira, "try", text, version, kind="purchase_order").text
    with site.store.read() as tx:
        assert not tx.execute(transmissions.select()).all()


def test_a_change_waits_for_its_moment_and_is_in_force_then(site: Site, mira: Client) -> None:
    version, text = in_force(site, ACME)
    changed = text.replace("name: Acme Fasteners", "name: Acme Fasteners Inc")
    assert say(mira, "schedule", changed, version, at="2001-01-01T00:00").status == 409
    assert say(mira, "schedule", changed, version, at="tomorrow").status == 409
    at = (site.clock() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    assert say(mira, "schedule", changed, version, at=at).status == 303
    assert "A change waits" in mira.get(f"/partners/{ACME}").text
    assert in_force(site, ACME) == (version, text)
    site.clock.pass_by(days=4)
    come_due(site)
    assert in_force(site, ACME) == (version + 1, changed)
    mira = site.signed_in()
    assert "A change waits" not in mira.get(f"/partners/{ACME}").text
    later = (site.clock() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    say(mira, "schedule", text, version + 1, at=later)
    mira.post(f"/partners/{ACME}/scheduled", token=mira.token(f"/partners/{ACME}"))
    assert "A change waits" not in mira.get(f"/partners/{ACME}").text


def test_a_change_that_was_overtaken_meanwhile_is_a_work_item_and_not_in_force(site: Site, mira: Client) -> None:
    version, text = in_force(site, ACME)
    at = (site.clock() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    say(mira, "schedule", text.replace("Acme Fasteners", "Old Name"), version, at=at)
    newer = text.replace("Acme Fasteners", "New Name")
    say(mira, "apply", newer, version)
    site.clock.pass_by(days=4)
    come_due(site)
    assert in_force(site, ACME) == (version + 1, newer)
    with site.store.read() as tx:
        (item,) = work_items.open_items(tx)
    assert item.kind == "scheduled-profile"
    assert "newer than version" in item.summary
    assert "profile not in force" in site.signed_in().get(f"/partners/{ACME}").text


def come_due(site: Site) -> None:
    """The timekeeper's turn."""
    with site.store.begin() as tx:
        timer = timers.claim_due(tx, "test", site.clock(), 60)
    assert timer is not None
    scheduled.apply_due(site.services, timer)
    with site.store.read() as tx:
        assert timers.get(tx, scheduled.TIMER, ACME) is None


def test_one_click_gives_an_unknown_sender_to_a_partner_and_works_what_it_sent(site: Site, mira: Client) -> None:
    body = INVOICE.replace(b"ACMEFASTENERS  ", b"ACMENEWPLANT   ")
    arrival = Arrival("ingest", body, Codec.X12.content_type, "from-nobody.edi")
    taken = receive(site.store, arrival, partner=None, actor="test", now=site.clock())
    process_pending(site.services, "test")
    page = mira.get(f"/transmissions/{taken.id}").text
    assert "Whose is it?" in page
    assert "<code>ZZ ACMENEWPLANT</code>" in page
    version, text = in_force(site, ACME)
    path, token = f"/transmissions/{taken.id}/assign", mira.token(f"/transmissions/{taken.id}")
    assert mira.post(path, ("partner", "nobody"), token=token).status == 409
    done = mira.post(path, ("partner", ACME), token=token)
    assert "It is acme-fasteners" in done.text
    assert in_force(site, ACME) == (
        version + 1,
        text.replace("\n\nx12:", "\n  - {qualifier: ZZ, id: ACMENEWPLANT}\n\nx12:"),
    )
    process_pending(site.services, "test")
    with site.store.read() as tx:
        (document,) = search.documents(tx, DocumentFilter(partner=ACME, type="invoice"))
        first = search.transmissions(tx, TransmissionFilter(text=taken.id))
    assert document.status == "routed"
    assert first
    assert mira.post(path, ("partner", ACME), token=token).status == 409, "known now"


def test_cf05_template_marks_and_markup_in_a_profile_stay_what_they_are(site: Site, mira: Client) -> None:
    odd = "{{7*7}} ${x} %(x)s {0.__class__} <b>bold</b>"
    draft = begun(mira, name=odd)
    assert odd in text_in(draft)
    assert "<b>bold</b>" not in draft.text
    assert say(mira, "apply", text_in(draft)).status == 303
    for path in ("/partners", "/partners/nova-parts"):
        page = mira.get(path).text
        assert html.escape(odd) in page
        assert "49" not in re.findall(r"<h1>(.*?)</h1>", page)[0]
