"""Control numbers on the whole way: drawn with the bytes they stand in, wrapped, set by hand, and missed."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from channels.x12.envelope import scan
from hub.errors import OperationRefused
from hub.numbering import find_gaps, numberings
from hub.operator.administration import set_control_number
from hub.pipeline.compose import compose_due
from hub.states import DepartureStatus
from hub.store.configuration import control_numbers
from hub.store.configuration.control_numbers import Drawing
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.store.trail import events
from tests.builders import make_purchase_order
from tests.integration.cli.commands import Cli, case
from tests.integration.stepping import SteppedHub, profile, stepped_hub

LAST = 999_999_999


def numbers(text: str) -> tuple[str, str]:
    """ISA13 and GS06, as every trailer repeats them."""
    (interchange,) = scan(text.encode()).interchanges
    (group,) = interchange.groups
    assert interchange.note_code == "000"
    assert not group.errors
    return interchange.control_number, group.control_number


def set_number(hub: SteppedHub, number: int | None, kind: str = "interchange", *, confirmed: bool = False) -> str:
    done = set_control_number(
        hub.services, "acme", kind, number, identity=None, reason="a test", confirmed=confirmed, actor="operator:jo"
    )
    return done.warning


def test_nine_digits_wrap_to_the_first_number_in_what_is_sent(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        set_number(hub, LAST)
        set_number(hub, LAST, "group")
        for number in range(2):
            hub.post(make_purchase_order(purchase_order_number=f"PO-{number}"))
        assert [numbers(text) for text in hub.compose()] == [("999999999", "999999999"), ("000000001", "1")]


def test_nodes_that_compose_at_the_same_time_share_no_number(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        for number in range(24):
            hub.post(make_purchase_order(purchase_order_number=f"PO-{number}"))

        def compose(_: int) -> None:
            while compose_due(hub.services):
                pass

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(compose, range(4)))
        drawn = [numbers(hub.text(departure)) for departure in hub.departures(DepartureStatus.DUE)]
        assert sorted(drawn) == [(f"{n:09}", f"{n}") for n in range(1, 25)]


def test_what_is_listed_is_what_is_drawn_next(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, profile(control_numbers={"group": {"first": 50, "last": 99}})) as hub:
        hub.post(make_purchase_order())
        hub.compose()
        with store.read() as tx:
            listed = numberings(tx, hub.services.catalog())
    assert [(n.partner, n.identity, n.kind, n.next, n.first, n.last) for n in listed] == [
        ("acme", "main", "interchange", 2, 1, LAST),
        ("acme", "main", "group", 51, 50, 99),
    ]


def test_going_back_needs_to_be_meant_and_every_change_is_kept(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        assert "1 to 41 are skipped" in set_number(hub, 42)
        with pytest.raises(OperationRefused, match=r"7 to 41 may have been used.*--yes"):
            set_number(hub, 7)
        assert "7 to 41 may have been used" in set_number(hub, 7, confirmed=True)
        assert set_number(hub, 7) == ""
        assert "1 to 6 may have been used" in set_number(hub, None, confirmed=True)
        with pytest.raises(OperationRefused, match="is outside"):
            set_number(hub, LAST + 1)
        with pytest.raises(OperationRefused, match="There is no partner nobody"):
            set_control_number(
                hub.services, "nobody", "group", 1, identity=None, reason="x", confirmed=True, actor="operator:jo"
            )
        with pytest.raises(OperationRefused, match="identity"):
            set_control_number(
                hub.services, "acme", "group", 1, identity="other", reason="x", confirmed=True, actor="operator:jo"
            )
        with pytest.raises(OperationRefused, match="Say why"):
            set_control_number(
                hub.services, "acme", "group", 1, identity=None, reason=" ", confirmed=True, actor="operator:jo"
            )
        with store.read() as tx:
            kept = [(e.actor, e.data["before"], e.data["next"]) for e in events.of_subject(tx, "acme")]
    assert kept == [("operator:jo", *change) for change in ((1, 42), (42, 7), (7, 7), (7, 1))]


def test_numbers_that_never_left_are_told_with_the_reason(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        for number in range(4):
            hub.post(make_purchase_order(purchase_order_number=f"PO-{number}"))
        hub.compose()
        with store.begin() as tx:
            first, second, third, _ = (transmissions.get(tx, d.id) for d in hub.departures(DepartureStatus.DUE))
            assert first
            assert second
            assert third
            transmissions.set_status(tx, first, DepartureStatus.SENT)
            transmissions.set_status(tx, second, DepartureStatus.DEAD, reason="550 mailbox is full")
            transmissions.set_status(tx, third, DepartureStatus.DEAD, reason="550 mailbox is full")
            transmissions.set_status(tx, transmissions.get(tx, third.id), DepartureStatus.GIVEN_UP)
        with store.read() as tx:
            found = find_gaps(tx)
        assert [(u.interchange_control_number, u.group_control_number, u.status, u.reason) for u in found.unsent] == [
            ("000000002", "000000002", "dead", "550 mailbox is full"),
            ("000000003", "000000003", "given_up", "550 mailbox is full"),
            ("000000004", "000000004", "due", None),
        ]
        assert find_gaps_of(store, "nobody") == ([], [], [])


def find_gaps_of(store: Store, partner: str) -> tuple[list[object], list[object], list[object]]:
    with store.read() as tx:
        found = find_gaps(tx, partner)
    return list(found.unsent), list(found.skipped), list(found.lost)


def test_numbers_skipped_by_hand_are_told_unless_the_counter_went_back(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        set_number(hub, 100)
        set_number(hub, 60, confirmed=True)
        set_number(hub, 10, "group")
        with store.read() as tx:
            skipped = find_gaps(tx, "acme").skipped
    assert [(s.kind, s.first, s.last, s.actor, s.reason) for s in skipped] == [
        ("interchange", 1, 59, "operator:jo", "a test"),
        ("group", 1, 9, "operator:jo", "a test"),
    ]


def test_acknowledgments_draw_numbers_that_are_accounted_for_too(store: Store, tmp_path: Path) -> None:
    invoice = case("invoice-with-freight").read_bytes().replace(b"ACMEFASTENERS  ", b"ACME           ")
    invoice = invoice.replace(b"EXAMPLEDIST    ", b"BUYER          ")
    with stepped_hub(store, tmp_path) as hub:
        hub.take(invoice)
        (text,) = hub.compose()
        with store.read() as tx:
            (unsent,) = find_gaps(tx).unsent
    assert (unsent.set_type, unsent.interchange_control_number) == ("997", numbers(text)[0])


def test_a_missing_number_of_a_partner_is_a_lost_file(store: Store, tmp_path: Path) -> None:
    invoice = case("invoice-with-freight").read_bytes().replace(b"ACMEFASTENERS  ", b"ACME           ")
    invoice = invoice.replace(b"EXAMPLEDIST    ", b"BUYER          ")
    (control_number,) = [i.control_number for i in scan(invoice).interchanges]
    with stepped_hub(store, tmp_path) as hub:
        for number in (7, 8, 12, 10):
            changed = invoice.replace(control_number.encode(), f"{number:09}".encode())
            hub.take(re.sub(rb"BIG\*(\d+)\*[^*~]+", rb"BIG*\1*INV-%d" % number, changed))
        with store.read() as tx:
            lost = find_gaps(tx, "acme").lost
    assert [(one.sender_id, one.receiver_id, one.gap.first, one.gap.last) for one in lost] == [
        ("ACME", "BUYER", 9, 9),
        ("ACME", "BUYER", 11, 11),
    ]


def test_the_command_lists_sets_resets_and_reports(tmp_path: Path, migrated_url: str) -> None:
    cli = Cli.on(migrated_url, tmp_path / "data").configured()
    (listed,) = [c for c in cli.json("control-numbers", "list", "--partner", "acme-fasteners") if c["kind"] == "group"]
    assert listed["next"] == 1
    told = cli.ok("control-numbers", "set", "acme-fasteners", "5001", "--reason", "taken over")
    assert "Warning: The numbers 1 to 5000 are skipped" in told
    refused = cli.run("control-numbers", "reset", "acme-fasteners", "--reason", "again")
    assert refused.returncode == 1
    assert "Say --yes if that is meant" in refused.stderr
    done = cli.json("control-numbers", "reset", "acme-fasteners", "--yes", "--reason", "again")
    assert (done["before"], done["next"]) == (5001, 1)
    assert "Every number of ours has left." in cli.ok("control-numbers", "gaps")
    first = case("three-invoices-one-bad").read_bytes()
    (number,) = [i.control_number for i in scan(first).interchanges]
    cli.ok("ingest", case("three-invoices-one-bad"))
    later = tmp_path / "later.edi"
    later.write_bytes(first.replace(number.encode(), f"{int(number) + 3:09}".encode()))
    cli.ok("ingest", later)
    report = cli.json("control-numbers", "gaps", "--partner", "acme-fasteners", "--days", "1", code=1)
    assert [(lost["gap"]["first"], lost["gap"]["count"]) for lost in report["lost"]] == [(int(number) + 1, 2)]
    assert cli.json("control-numbers", "gaps", "--partner", "birch-paper") == {"unsent": [], "skipped": [], "lost": []}


def test_the_store_alone_tells_every_counter(store: Store) -> None:
    with store.begin() as tx:
        with Drawing(tx) as numbers:
            numbers.draw("acme", "A", "group", 1, 9)
        control_numbers.reset(tx, "acme", "B", "interchange", 5)
        found = [(c.partner, c.identity, c.kind, c.next) for c in control_numbers.counters(tx)]
    assert found == [("acme", "A", "group", 2), ("acme", "B", "interchange", 5)]
