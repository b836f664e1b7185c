"""Resend, replay and give up from the pages: asked twice, told each outcome, kept with the reason."""

from __future__ import annotations

import re

import pytest

from hub.store.traffic import deliveries
from hub.store.trail import events
from tests.integration.store.rows_for_tests import dead_letter
from tests.integration.web.running_hub import Client, Site
from tests.integration.web.seed import Seeded, seed


@pytest.fixture
def seeded(site: Site) -> Seeded:
    return seed(site.store, site.clock(), days=1)


def choose(client: Client, action: str, *ids: str, **more: str) -> str:
    fields = [("action", action), ("back", "/dead-letters"), ("reason", "the ERP knows the dock now"), *more.items()]
    answer = client.post("/operations", *fields, *(("id", one) for one in ids), token=client.token("/documents"))
    assert answer.status == 200, answer.text
    return answer.text


def status_of(site: Site, delivery: str) -> str:
    with site.store.read() as tx:
        found = deliveries.get(tx, delivery)
    assert found is not None
    return found.status


def test_nothing_happens_before_the_confirmation(site: Site, seeded: Seeded) -> None:
    page = choose(site.signed_in(), "give_up", seeded.dead_delivery)
    assert "Yes, give up" in page
    assert "Ship notice SH-7004 of acme-fasteners to erp" in page
    assert "the ERP knows the dock now" in page
    assert status_of(site, seeded.dead_delivery) == "dead"


@pytest.mark.parametrize(("action", "status"), [("give_up", "given_up"), ("resend", "composed")])
def test_confirmed_it_is_done_and_kept_with_reason_and_name(
    site: Site, seeded: Seeded, action: str, status: str
) -> None:
    client = site.signed_in()
    page = choose(client, action, seeded.dead_delivery, confirmed="yes")
    assert re.search(r"tone-ok\">done", page)
    assert status_of(site, seeded.dead_delivery) == status
    with site.store.read() as tx:
        told = events.of_subject(tx, seeded.dead_delivery)[-1]
    assert told.actor == "operator:mira"
    assert told.data["reason"] == "the ERP knows the dock now"
    again = choose(client, action, seeded.dead_delivery, confirmed="yes")
    assert "not done" in again, "a page loaded again must not do it twice"


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://{host}/dead-letters?q=x", "/dead-letters?q=x"),
        ("http://{host}//elsewhere", "/elsewhere"),
        ("http://[", ""),
    ],
)
def test_a_form_without_a_choice_leads_back_to_its_page_of_ours(site: Site, page: str, back: str) -> None:
    client = site.signed_in()
    form = f"csrf={client.token('/documents')}&action=resend&reason=x".encode()
    headers = {"Origin": f"http://{client.host}", "Content_Type": "application/x-www-form-urlencoded"}
    answer = client.ask("POST", "/operations", form, Referer=page.format(host=client.host), **headers)
    assert (answer.status, "Choose at least one entry." in answer.text) == (422, True)
    assert re.findall(r'<a class="button" href="([^"]*)">Back', answer.text) == ([back] if back else [])


def test_each_of_many_has_its_outcome(site: Site, seeded: Seeded) -> None:
    page = choose(site.signed_in(), "give_up", seeded.dead_delivery, "dl_nowhere", confirmed="yes")
    assert page.count(">done<") == 1
    assert page.count(">not done<") == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([("action", "resend"), ("id", "x")], 422),
        ([("action", "resend"), ("reason", "because")], 422),
        ([("action", "drop"), ("id", "x"), ("reason", "because")], 400),
        ([("action", "resend"), ("id", "x"), ("reason", "   ")], 422),
    ],
)
def test_incomplete_forms_change_nothing(site: Site, fields: list[tuple[str, str]], status: int) -> None:
    client = site.signed_in()
    assert client.post("/operations", *fields, token=client.token("/documents")).status == status


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_here(site: Site, back: str) -> None:
    client = site.signed_in()
    fields = [("action", "resend"), ("id", "x"), ("reason", "because"), ("back", back)]
    page = client.post("/operations", *fields, token=client.token("/documents")).text
    assert 'href="/">Back' in page
    assert "evil" not in page


def test_all_that_fit_a_filter_are_shown_then_given_up_together(site: Site) -> None:
    with site.store.begin() as tx:
        ids = [dead_letter(tx, site.clock()).id for _ in range(3)]
    client = site.signed_in()
    page = client.get("/deliveries?target=erp&state=dead").text
    assert all(one in page for one in ids)
    assert "No delivery fits" in client.get("/deliveries?target=erp&state=delivered").text
    assert "the one that is not was left out" in client.get("/deliveries?since=yesterday").text
    fields = [("action", "give_up"), ("back", "/deliveries"), ("reason", "by telephone"), ("all", "yes")]
    fields += [("target", "erp"), ("state", "dead")]
    token = client.token("/deliveries")
    page = client.post("/operations", *fields, token=token).text
    assert "Give up: 3 entries" in page
    assert "All deliveries that fit: state dead, target erp." in page
    assert {status_of(site, one) for one in ids} == {"dead"}
    confirmed = client.post("/operations", *fields, ("confirmed", "yes"), *(("id", one) for one in ids), token=token)
    assert confirmed.text.count(">done<") == 3
    assert {status_of(site, one) for one in ids} == {"given_up"}
    with site.store.read() as tx:
        told = events.of_subject(tx, ids[0])[-1]
    assert (told.actor, told.data["reason"], "target erp" in told.data["chosen_by"]) == (
        "operator:mira",
        "by telephone",
        True,
    )
    nothing = client.post("/operations", *fields, token=token)
    assert (nothing.status, "No delivery fits" in nothing.text) == (422, True)
