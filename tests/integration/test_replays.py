"""Replays of many: shown before anything is written, confirmed as shown, each document once, and told in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import OperationRefused
from hub.operator import operations, replays
from hub.operator.selection import Selection
from hub.pipeline.basis import Basis
from hub.states import DeliveryStatus, DocumentStatus
from hub.store.configuration import crosswalks
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter
from hub.store.schema.records import CrosswalkRow, StoredDelivery, StoredDocument, Transmission
from hub.store.store import Store
from hub.store.traffic import deliveries, documents, order
from hub.store.trail import events
from tests.builders import make_purchase_order
from tests.integration.stepping import SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, group, transaction_set

ACTOR = "operator:mira"
STRICT = profile() + "crosswalk: {item: required}\n"
HELD = Selection(partner="acme", type="invoice", state="held")


def invoice(number: int, item: str = "HB-1", order: str | None = None) -> str:
    lines = [f"IT1*1*2*EA*10**VP*{item}", "TDS*2000", "CTT*1"]
    return transaction_set("810", [f"BIG*20261120*INV-{number}**{order or f'PO-{number}'}", *lines])


def arriving(number: int, item: str = "HB-1", order: str | None = None) -> bytes:
    return Isa(number=f"{number:09}").around(group("IN", invoice(number, item, order), number=str(number)))


def mend(hub: SteppedHub, *items: str, to: str = "OUR-") -> None:
    rows = [CrosswalkRow("item", "", item, f"{to}{item}") for item in items]
    with hub.store.begin() as tx:
        crosswalks.merge(tx, "acme", rows, ACTOR, hub.services.clock())


def invoices(hub: SteppedHub, **wanted: str) -> list[StoredDocument]:
    with hub.store.read() as tx:
        return search.documents(tx, DocumentFilter(type="invoice", limit=500, **wanted))


def statuses(hub: SteppedHub) -> dict[str, int]:
    found: dict[str, int] = {}
    for document in invoices(hub):
        found[document.status] = found.get(document.status, 0) + 1
    return found


def rows_of(hub: SteppedHub) -> dict[str, int]:
    """How many rows each table has, but the events."""
    with hub.store.read() as tx:
        tables = sorted(name for name in search.document_table.metadata.tables if name != "events")
        return {name: len(tx.execute(search.document_table.metadata.tables[name].select()).all()) for name in tables}


def told_of(hub: SteppedHub, id: str) -> list[str]:
    with hub.store.read() as tx:
        return [event.kind for event in events.of_subject(tx, id)]


def effects(hub: SteppedHub) -> list[str]:
    """The idempotency names under which the ERP got something, one file each."""
    return sorted(path.name for path in hub.erp.iterdir())


def test_a_crosswalk_is_mended_then_30_held_invoices_are_replayed_by_filter_and_none_is_sent_twice(
    store: Store, tmp_path: Path
) -> None:
    """28 are routed, 2 name another item that is still missing and stay held."""
    with stepped_hub(store, tmp_path, STRICT) as hub:
        for number in range(1, 31):
            hub.take(arriving(number, "NUT-9" if number in (7, 21) else "HB-1"))
        assert statuses(hub) == {DocumentStatus.HELD: 30}
        hub.leave()
        mend(hub, "HB-1")
        shown = replays.preview(hub.services, HELD, Basis.AS_NOW, actor=ACTOR)
        assert shown.counts() == {"routed": 28, "made": 28, "held": 2}
        assert [line.label for line in shown.lines][:2] == ["invoice INV-1 of acme", "invoice INV-2 of acme"]
        assert statuses(hub) == {DocumentStatus.HELD: 30}
        done = replays.confirm(hub.services, shown.id, reason="the item is imported", actor=ACTOR)
        assert [outcome.done for outcome in done.outcomes] == [True] * 30
        assert statuses(hub) == {DocumentStatus.REPLACED: 30, DocumentStatus.ROUTED: 28, DocumentStatus.HELD: 2}
        hub.leave()
        assert len(effects(hub)) == 28
        again = replays.confirm(hub.services, shown.id, reason="once more", actor=ACTOR)
        assert again.outcomes == []
        hub.leave()
        assert len(effects(hub)) == 28
        (item,) = [one for one in hub.work_items() if one.kind == "crosswalk"]
        assert "NUT-9" in item.summary


def test_a_preview_writes_one_line_of_the_audit_trail_and_nothing_else(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, STRICT) as hub:
        hub.take(arriving(1))
        mend(hub, "HB-1")
        before = rows_of(hub)
        shown = replays.preview(hub.services, HELD, Basis.AS_NOW, actor=ACTOR)
        assert rows_of(hub) == before
        with hub.store.read() as tx:
            (line,) = events.of_subject(tx, shown.id)
        assert (line.kind, line.actor) == ("replay.previewed", ACTOR)
        assert line.data["chosen_by"] == "partner acme, type invoice, state held"
        assert replays.shown(hub.services, shown.id).lines == shown.lines


def test_what_is_shown_says_field_by_field_what_changes_and_what_each_target_would_get(
    store: Store, tmp_path: Path
) -> None:
    with stepped_hub(store, tmp_path) as hub:
        mend(hub, "HB-1", to="OLD-")
        hub.take(arriving(1))
        hub.leave()
        mend(hub, "HB-1", to="NEW-")
        shown = replays.preview(hub.services, Selection(number="INV-1"), Basis.AS_NOW, actor=ACTOR)
        (detail,) = replays.details(hub.services, shown, 0, 1)
        assert [(one.old, one.new) for one in detail.differences] == [("OLD-HB-1", "NEW-HB-1")]
        assert "line 1" in detail.differences[0].where
        (delivery,) = detail.deliveries
        assert (delivery.act, delivery.replaced_status) == ("replaced", "delivered")
        assert delivery.key == str(delivery.replaced_key).replace(".1.", ".2.")
        changed = [(row.left.strip(), row.right.strip()) for row in delivery.rows if row.kind == "changed"]
        assert ('"revision": 1,', '"revision": 2,') in changed
        assert ('"value": "OLD-HB-1"', '"value": "NEW-HB-1"') in changed
        assert (detail.profile_version, detail.crosswalk_revision) == (1, 2)


def test_as_received_takes_the_profile_and_the_crosswalk_of_then(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        mend(hub, "HB-1", to="THEN-")
        hub.take(arriving(1))
        mend(hub, "HB-1", to="NOW-")
        hub.apply(profile() + "crosswalk: {item: 'off'}\n")
        now = replays.preview(hub.services, Selection(number="INV-1"), Basis.AS_NOW, actor=ACTOR)
        then = replays.preview(hub.services, Selection(number="INV-1"), Basis.AS_RECEIVED, actor=ACTOR)
        assert (now.lines[0].fields, now.lines[0].acts) == (1, {"erp": "replaced"})
        assert (then.lines[0].fields, then.lines[0].acts) == (0, {"erp": "kept"})
        (detail,) = replays.details(hub.services, then, 0, 1)
        assert (detail.profile_version, detail.crosswalk_revision) == (1, 1)


@pytest.mark.parametrize("status", [DeliveryStatus.PENDING, DeliveryStatus.COMPOSED, DeliveryStatus.DELIVERED])
def test_an_unchanged_payload_keeps_its_delivery_wherever_that_stands(
    store: Store, tmp_path: Path, status: DeliveryStatus
) -> None:
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.take(arriving(1))
        if status is DeliveryStatus.COMPOSED:
            hub.compose()
        if status is DeliveryStatus.DELIVERED:
            hub.leave()
        (before,) = [one for one in hub.deliveries_of(taken) if one.target == "erp"]
        assert before.status == status
        (outcome,) = operations.replay(hub.services, [before.document_id], reason="look again", actor=ACTOR)
        assert outcome.done, outcome.message
        (after,) = [one for one in hub.deliveries_of(taken) if one.target == "erp"]
        assert after._replace(document_id=before.document_id) == before
        hub.leave()
        hub.leave()
        assert len(effects(hub)) == 1


def test_what_was_delivered_before_a_hold_is_not_sent_again_when_the_hold_is_released(
    store: Store, tmp_path: Path
) -> None:
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.take(arriving(1))
        hub.leave()
        hub.apply(STRICT)
        for _ in range(2):
            (current,) = [one for one in invoices(hub) if one.status != DocumentStatus.REPLACED]
            (outcome,) = operations.replay(hub.services, [current.id], reason="look", actor=ACTOR)
            assert outcome.done, outcome.message
        hub.leave()
        (delivery,) = [one for one in hub.deliveries_of(taken) if one.target == "erp"]
        assert delivery.status == DeliveryStatus.DELIVERED
        assert len(effects(hub)) == 1


def test_a_document_that_would_become_something_else_than_was_shown_is_left_and_told(
    store: Store, tmp_path: Path
) -> None:
    with stepped_hub(store, tmp_path, STRICT) as hub:
        for number in (1, 2):
            hub.take(arriving(number))
        mend(hub, "HB-1")
        shown = replays.preview(hub.services, HELD, Basis.AS_NOW, actor=ACTOR)
        mend(hub, "HB-1", to="ELSE-")
        done = replays.confirm(hub.services, shown.id, reason="imported", actor=ACTOR)
        assert [outcome.done for outcome in done.outcomes] == [False, False]
        assert "look at it again" in done.outcomes[0].message
        assert statuses(hub) == {DocumentStatus.HELD: 2}
        assert told_of(hub, shown.lines[0].id)[-1] == "replay.refused"
        (detail, _) = replays.details(hub.services, shown, 0, 2)
        assert detail.stale
        fresh = replays.preview(hub.services, HELD, Basis.AS_NOW, actor=ACTOR)
        done = replays.confirm(hub.services, fresh.id, reason="imported", actor=ACTOR)
        assert [outcome.done for outcome in done.outcomes] == [True, True]


def test_a_replay_that_was_broken_off_goes_on_where_it_ended(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, STRICT) as hub:
        for number in range(1, 6):
            hub.take(arriving(number))
        mend(hub, "HB-1")
        shown = replays.preview(hub.services, HELD, Basis.AS_NOW, actor=ACTOR)
        first = replays.confirm(hub.services, shown.id, reason="imported", actor=ACTOR, seconds=0)
        assert (len(first.outcomes), first.left) == (1, 4)
        rest = replays.confirm(hub.services, shown.id, reason="imported", actor=ACTOR)
        assert (len(rest.outcomes), rest.left) == (4, 0)
        assert [outcome.done for outcome in replays.done_of(hub.services, shown).outcomes] == [True] * 5
        assert statuses(hub) == {DocumentStatus.REPLACED: 5, DocumentStatus.ROUTED: 5}


def test_each_document_says_who_replayed_it_why_by_which_filter_and_what_came_of_it(
    store: Store, tmp_path: Path
) -> None:
    with stepped_hub(store, tmp_path, STRICT) as hub:
        hub.take(arriving(1))
        mend(hub, "HB-1")
        shown = replays.preview(hub.services, HELD, Basis.AS_NOW, actor=ACTOR)
        replays.confirm(hub.services, shown.id, reason="imported", actor="operator:ben")
        with hub.store.read() as tx:
            trace = search.trace(tx, shown.lines[0].id)
        assert trace is not None
        told = trace.events[-1]
        assert (told.kind, told.actor) == ("document.replayed", "operator:ben")
        new = documents_of_line(hub, shown.lines[0].id)
        assert told.data == {
            "as": new.id,
            "reason": "imported",
            "outcome": "routed",
            "profile": "as-now",
            "deliveries": {"erp": "made"},
            "preview": shown.id,
            "chosen_by": "partner acme, type invoice, state held",
        }


def documents_of_line(hub: SteppedHub, id: str) -> StoredDocument:
    with hub.store.read() as tx:
        (found,) = [one for one in search.documents(tx, DocumentFilter(limit=500)) if one.replay_of == id]
    return found


def test_what_waited_behind_a_dead_letter_waits_behind_what_takes_its_place(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        dead = unfit(hub)
        behind = behind_of(hub, dead.id)
        shown = replays.preview(hub.services, Selection(ids=(dead.id,)), Basis.AS_NOW, actor=ACTOR)
        (detail,) = replays.details(hub.services, shown, 0, 1)
        (delivery,) = detail.deliveries
        assert delivery.act == "replaced"
        assert "does not fit" in delivery.note
        assert (detail.lifted, detail.waiting) == ((), 1)
        replays.confirm(hub.services, shown.id, reason="look again", actor=ACTOR)
        assert not [one for one in hub.work_items() if one.key == f"unfit:{dead.id}"]
        hub.compose()
        with hub.store.read() as tx:
            waiting = deliveries.get(tx, behind)
        assert waiting is not None
        assert waiting.status == DeliveryStatus.PENDING


def test_what_waited_behind_a_dead_letter_that_nothing_replaces_is_named_and_goes_on(
    store: Store, tmp_path: Path
) -> None:
    """An order that does not fit is replayed to nowhere, now that its profile agrees no channel; the next one waits."""
    with stepped_hub(store, tmp_path) as hub:
        dead = unfit(hub)
        behind = behind_of(hub, dead.id)
        hub.apply(profile().replace("  - {type: purchase_order, direction: outbound, channel: files}\n", ""))
        shown = replays.preview(hub.services, Selection(ids=(dead.id,)), Basis.AS_NOW, actor=ACTOR)
        (detail,) = replays.details(hub.services, shown, 0, 1)
        assert [one.act for one in detail.deliveries] == ["ended"]
        assert ([one.id for one in detail.lifted], detail.waiting) == ([behind], 0)
        replays.confirm(hub.services, shown.id, reason="it is not theirs", actor=ACTOR)
        assert not [one for one in hub.work_items() if one.key == f"unfit:{dead.id}"]


def unfit(hub: SteppedHub) -> StoredDelivery:
    """An order that does not fit its partner's form, as a dead letter."""
    order = hub.post(make_purchase_order(purchase_order_number="A PURCHASE ORDER NUMBER THAT IS TOO LONG"))
    hub.compose()
    (dead,) = hub.deliveries_of(order)
    assert dead.status == DeliveryStatus.DEAD
    return dead


def behind_of(hub: SteppedHub, delivery_id: str) -> str:
    """Another pending delivery that shares every order key with this one."""
    with hub.store.begin() as tx:
        dead = deliveries.get(tx, delivery_id)
        assert dead is not None
        keys = order.keys_of(tx, [dead.seq])[dead.seq]
        other = documents.get(tx, dead.document_id)
        assert other is not None
        copy = documents.record(
            tx,
            transmission_id=other.transmission_id,
            partner="acme",
            direction="outbound",
            type="purchase_order",
            usage_indicator="P",
            verdict="accepted",
            status="routed",
            canonical=other.canonical,
            canonical_hash=other.canonical_hash,
            created_at=other.created_at,
        )
        made = deliveries.record(
            tx,
            document_id=copy.id,
            partner="acme",
            target=dead.target,
            idempotency_key=f"{copy.id}.1.{dead.target}",
            order_keys=keys,
            now=other.created_at,
        )
    return made.id


def test_an_order_whose_form_changed_leaves_anew_and_draws_no_number_before(store: Store, tmp_path: Path) -> None:
    """The document is the same; what the partner would get is not."""
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.post(make_purchase_order())
        (sent,) = hub.leave()
        chosen = Selection(ids=(hub.documents_of(taken)[0].id,))
        same = replays.preview(hub.services, chosen, Basis.AS_NOW, actor=ACTOR)
        assert same.lines[0].acts == {"channel:acme/files": "kept"}
        mend(hub, "V-0001", to="THEIRS-")
        hub.apply(profile(release="005010"))
        shown = replays.preview(hub.services, chosen, Basis.AS_NOW, actor=ACTOR)
        assert (shown.lines[0].fields, shown.lines[0].acts) == (0, {"channel:acme/files": "replaced"})
        replays.confirm(hub.services, shown.id, reason="they speak 005010 now", actor=ACTOR)
        (again,) = hub.leave()
        assert "*005010~" in again
        number = int(sent.split("*")[13])
        assert int(again.split("*")[13]) == number + 1


@pytest.fixture
def three(store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path, STRICT) as hub:
        for number in (1, 2, 3):
            hub.take(arriving(number, item="NUT-9" if number == 3 else "HB-1", order="PO-77"))
        yield hub


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Selection(finding="CROSSWALK-MISSING"), 3),
        (Selection(purchase_order="PO-77", type="invoice"), 3),
        (Selection(invoice="INV-2"), 1),
        (Selection(control_number="000000003", type="invoice"), 1),
        (Selection(partner="acme", state="held"), 3),
    ],
    ids=lambda value: value.in_words() if isinstance(value, Selection) else str(value),
)
def test_documents_are_chosen_by_the_filters_of_the_list(three: SteppedHub, wanted: Selection, count: int) -> None:
    shown = replays.preview(three.services, wanted, Basis.AS_NOW, actor=ACTOR)
    assert len(shown.lines) == count


@pytest.mark.parametrize(
    "wanted",
    [Selection(), Selection(target="erp"), Selection(finding="NO-SUCH"), Selection(partner="nobody")],
    ids=lambda value: value.in_words(),
)
def test_a_choice_of_nothing_is_refused(three: SteppedHub, wanted: Selection) -> None:
    with pytest.raises(OperationRefused):
        replays.preview(three.services, wanted, Basis.AS_NOW, actor=ACTOR)


def test_a_filter_finds_what_goes_to_a_target(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        hub.take(arriving(1))
        shown = replays.preview(hub.services, Selection(target="erp"), Basis.AS_NOW, actor=ACTOR)
        assert [line.label for line in shown.lines] == ["invoice INV-1 of acme"]


def test_an_arrival_that_was_refused_whole_arrives_once_more_and_only_once(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        refused = hub.take(b"this is no X12")
        shown = replays.preview(hub.services, Selection(ids=(refused.id,)), Basis.AS_NOW, actor=ACTOR)
        assert shown.lines[0].becomes == "arrives once more"
        (outcome,) = replays.confirm(hub.services, shown.id, reason="try", actor=ACTOR).outcomes
        assert outcome.done, outcome.message
        assert replays.confirm(hub.services, shown.id, reason="try", actor=ACTOR).outcomes == []


def test_all_of_an_arrival_are_replayed_by_its_id(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        taken = several(hub)
        shown = replays.preview(hub.services, Selection(ids=(taken.id,)), Basis.AS_NOW, actor=ACTOR)
        assert [line.label for line in shown.lines] == ["invoice INV-1 of acme", "invoice INV-2 of acme"]
        assert shown.counts() == {"routed": 2, "kept": 2}


def several(hub: SteppedHub) -> Transmission:
    return hub.take(Isa().around(group("IN", invoice(1), invoice(2).replace("0001", "0002"))))
