"""A replay from the pages: seen first, side by side, confirmed with a reason, then told one by one."""

from __future__ import annotations

import re

import pytest

from hub.store.trail import events
from hub.web.pages import replays as pages
from tests.integration.web.held import hold_invoices, invoices, mend
from tests.integration.web.running_hub import Answer, Client, Site


def looked(client: Client, *fields: tuple[str, str]) -> str:
    """The address of the preview."""
    answer = client.post("/replays", *fields, token=client.token("/documents"))
    assert answer.status == 303, answer.text
    return answer.location


def confirmed(client: Client, path: str, reason: str = "units imported") -> Answer:
    return client.post(path, ("reason", reason), token=client.token(path))


def statuses(site: Site) -> list[str]:
    return [document.status for document in invoices(site)]


def test_all_that_fit_a_filter_are_seen_then_replayed_as_seen(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROUND_SECONDS", 60.0)  # all of them in one
    hold_invoices(site, 3)
    mend(site)
    client = site.signed_in()
    path = looked(client, ("all", "yes"), ("partner", "acme-fasteners"), ("state", "held"))
    page = client.get(path).text
    assert "Partner acme-fasteners, state held" in page
    assert re.search(r"<b>3</b><span>routed", page)
    assert re.search(r"<del>BX</del>.*<ins>CA</ins>", page)
    assert statuses(site) == ["held"] * 3
    assert confirmed(client, path).status == 303
    assert statuses(site) == ["replaced"] * 3 + ["routed"] * 3
    page = client.get(path).text
    assert "<b>3</b> replayed" in page
    assert "mira: units imported" in page
    assert page.count(">done<") == 3


def test_only_those_chosen_are_replayed(site: Site) -> None:
    first, second = hold_invoices(site, 2)
    mend(site)
    client = site.signed_in()
    path = looked(client, ("id", second.id))
    confirmed(client, path)
    assert [document.status for document in invoices(site)][:2] == ["held", "replaced"]
    assert first.id not in client.get(path).text


def test_what_has_changed_since_it_was_seen_is_left_as_it_is_and_told(site: Site) -> None:
    (document,) = hold_invoices(site, 1)
    mend(site)
    client = site.signed_in()
    path = looked(client, ("id", document.id))
    mend(site, case="BX")
    assert "It has changed since this was shown" in client.get(path).text
    confirmed(client, path)
    assert statuses(site) == ["held"]
    page = client.get(path).text
    assert "not done" in page
    assert "look at it again" in page


def test_the_profile_is_chosen_on_the_preview(site: Site) -> None:
    (document,) = hold_invoices(site, 1)
    mend(site)
    client = site.signed_in()
    path = looked(client, ("id", document.id))
    then = looked(client, ("again", path.rpartition("/")[2]), ("profile", "as-received"))
    page = client.get(then).text
    assert "profile as received" in page
    assert re.search(r"crosswalk revision 0", page)


def test_a_reason_must_be_given(site: Site) -> None:
    (document,) = hold_invoices(site, 1)
    client = site.signed_in()
    path = looked(client, ("id", document.id))
    assert confirmed(client, path, reason="  ").status == 422
    assert statuses(site) == ["held"]


@pytest.mark.parametrize(
    "fields",
    [[], [("id", "doc_nowhere"), ("profile", "odd")], [("again", "pv_x")], [("all", "yes"), ("state", "held")]],
)
def test_what_makes_no_sense_is_refused_in_words(site: Site, fields: list[tuple[str, str]]) -> None:
    client = site.signed_in()
    answer = client.post("/replays", *fields, token=client.token("/documents"))
    assert answer.status == 422
    assert "Nothing was changed." in answer.text


def test_a_preview_that_is_none_is_not_found(site: Site) -> None:
    assert site.signed_in().get("/replays/pv_nothing").status == 404


def test_the_name_of_who_looked_and_who_confirmed_is_kept(site: Site) -> None:
    (document,) = hold_invoices(site, 1)
    mend(site)
    client = site.signed_in()
    path = looked(client, ("id", document.id))
    confirmed(client, path)
    with site.store.read() as tx:
        (seen,) = events.of_subject(tx, path.rpartition("/")[2])
        done = events.of_subject(tx, document.id)[-1]
    assert (seen.actor, done.actor) == ("operator:mira", "operator:mira")
    assert done.data["preview"] == seen.subject_id
    assert f'href="{path}"' in client.get(f"/documents/{document.id}").text, "its page leads to what was shown"
