"""What targets answer, and what becomes of the delivery: each row ER01 to ER09 of the catalogue has its case."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from channels.rest.client import READ_BYTES
from hub.node.confirmations import Confirmations
from hub.operator.operations import resend
from hub.pipeline.confirm import Contradiction, Word, confirm, on_time
from hub.store.coordination import timers
from hub.store.store import Store
from hub.store.trail import events
from tests.integration.outbound import Behaviour, answer, drop, facing, hang, outbound, raw
from tests.prepared import fresh_store

HOUR = timedelta(hours=1)
LOGIN = b"\xef\xbb\xbf \r\n<!DOCTYPE html><html><body><form>Please sign in</form></body></html>"
QUICK = "timeout_seconds: 3, retry: {first_delay_seconds: 10, jitter: 0}"


@pytest.fixture
def lone(migrated_url: str, tmp_path: Path) -> Iterator[Store]:
    """One engine is usually enough where the answer alone decides."""
    opened = fresh_store(migrated_url, tmp_path / "data")
    yield opened
    opened.close()


@pytest.mark.parametrize("trouble", [hang, drop, raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), raw(b"HTTP/1.1 2")])
async def test_er01_timeouts_and_broken_connections_are_tried_again(
    lone: Store, tmp_path: Path, trouble: Behaviour
) -> None:
    async with facing(lone, tmp_path, trouble, trouble, extra=QUICK) as (hub, erp):
        order = hub.order()
        assert await hub.leave_all(HOUR) == timedelta(seconds=30), "pauses of 10 and 20 seconds"
        assert hub.state(order).status == "delivered"
        assert [attempt.outcome for attempt in hub.attempts(order)] == ["transient", "transient", "delivered"]
        assert len({request.key for request in erp.requests}) == 1
        assert len({request.body for request in erp.requests}) == 1


async def test_er01_an_address_that_cannot_be_found_or_connected_to_is_tried_again(lone: Store, tmp_path: Path) -> None:
    settings = """
targets:
  - {key: refused, kind: http, url: "http://127.0.0.1:1/", allow_networks: [loopback]}
  - {key: nowhere, kind: http, url: "http://erp.invalid/", allow_networks: [loopback]}
  - {key: secure, kind: http, url: "https://127.0.0.1:1/", allow_networks: [loopback]}
"""
    with outbound(lone, tmp_path, settings) as hub:
        orders = [hub.order(target=target) for target in ("refused", "nowhere", "secure")]
        await hub.leave()
        for order in orders:
            assert hub.departure(order).status == "due"
            assert hub.attempts(order)[0].outcome == "transient"
        await hub.senders.close()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_er02_passing_trouble_is_tried_again(lone: Store, tmp_path: Path, status: int) -> None:
    async with facing(lone, tmp_path, answer(status), extra=QUICK) as (hub, _):
        order = hub.order()
        assert await hub.leave_all(HOUR) == timedelta(seconds=10)
        assert hub.state(order).status == "delivered"


async def test_er02_a_wish_for_patience_is_obeyed_as_seconds_or_date_up_to_a_cap(lone: Store, tmp_path: Path) -> None:
    extra = "retry: {first_delay_seconds: 1, jitter: 0, retry_after_cap_seconds: 1800}"
    async with facing(lone, tmp_path, extra=extra) as (hub, erp):
        wishes = {
            "120": 120,
            format_datetime(hub.clock() + timedelta(seconds=120 + 300), usegmt=True): 300,
            "99999999999": 1800,
            "soon": 1,
            "-5": 1,
        }
        waited = []
        for wish in wishes:
            erp.script = [answer(429, Retry_After=wish)]
            order = hub.order(f"PO-{wish}")
            waited.append((await hub.leave_all(HOUR)).total_seconds())
            assert hub.state(order).status == "delivered"
        assert waited == list(wishes.values())


async def test_er02_patience_is_shown_to_everything_that_goes_there(lone: Store, tmp_path: Path) -> None:
    async with facing(lone, tmp_path, answer(503, Retry_After="60")) as (hub, _):
        hub.order("PO-1")
        await hub.leave()
        hub.order("PO-2")
        hub.clock.pass_by(seconds=59)
        assert await hub.leave() == 0
        hub.clock.pass_by(seconds=1)
        assert await hub.leave() == 2


@pytest.mark.parametrize("status", [400, 404, 409, 410, 422])
async def test_er03_a_refusal_is_a_dead_letter_with_an_excerpt(lone: Store, tmp_path: Path, status: int) -> None:
    body = b"unknown ship-to \x1b[2J<script>4711</script>" + b"." * 5000
    async with facing(lone, tmp_path, answer(status, body)) as (hub, erp):
        order = hub.order()
        await hub.leave_all(HOUR)
        state = hub.state(order)
        assert state.status == "dead"
        assert state.reason is not None
        assert f"HTTP {status}: unknown ship-to" in state.reason
        assert state.reason.isprintable()
        assert len(state.reason) < 800
        assert len(erp.requests) == 1, "the same bytes would be refused again"
        assert [item.kind for item in hub.items()] == ["dead-letter"]


@pytest.mark.parametrize(("key", "status"), [("{ours}", "delivered"), ("another", "dead"), ("", "dead")])
async def test_er03_a_conflict_that_names_our_key_is_a_delivery(
    lone: Store, tmp_path: Path, key: str, status: str
) -> None:
    async with facing(lone, tmp_path, extra="success: {exists_key: existing.key}") as (hub, erp):
        order = hub.order()
        named = key.replace("{ours}", order.idempotency_key)
        erp.script = [answer(409, f'{{"existing": {{"key": "{named}"}}}}'.encode())]
        await hub.leave_all(HOUR)
        assert hub.state(order).status == status


@pytest.mark.parametrize("status", [401, 403])
async def test_er04_a_closed_door_opens_the_breaker_and_keeps_the_backlog(
    lone: Store, tmp_path: Path, status: int
) -> None:
    async with facing(lone, tmp_path, *[answer(status)] * 4) as (hub, erp):
        orders = [hub.order(f"PO-{n}") for n in range(10)]
        first = await hub.leave()
        assert first <= 4, "no more than were under way together"
        assert [item.kind for item in hub.items()] == ["credentials"]
        assert await hub.leave() == 0
        erp.script = []
        await hub.leave_all(HOUR)
        assert [hub.state(order).status for order in orders] == ["delivered"] * 10
        assert hub.items() == []
        assert len(erp.effects) == 10


RULE = """success: {content_type: application/json, expression: "status == 'ok' && id != `0`"}"""


@pytest.mark.parametrize(
    ("body", "type", "why"),
    [
        (LOGIN, "application/json", "HTML page"),
        (LOGIN, "text/html", "HTML page"),
        (b"", "application/json", "it is empty"),
        (b'{"status":"ok","id":7}', "text/plain", "text/plain, not application/json"),
        (b"ok", "application/json", "no JSON"),
        (b"[" * 100_000, "application/json", "no JSON"),
        (b'{"status":"error"}', "application/json", "is not true"),
        (b'{"status":"ok","id":0}', "application/json", "is not true"),
        (b'{"status":"ok"}' + b" " * READ_BYTES, "application/json", "too long"),
    ],
)
async def test_er05_a_200_that_breaks_the_rule_is_no_success(
    lone: Store, tmp_path: Path, body: bytes, type: str, why: str
) -> None:
    good = answer(200, b'{"status":"ok","id":7}', Content_Type="application/json")
    async with facing(lone, tmp_path, answer(200, body, Content_Type=type), good, extra=RULE) as (hub, _):
        order = hub.order()
        await hub.leave()
        departure = hub.departure(order)
        assert departure.status == "due"
        assert departure.reason is not None
        assert why in departure.reason
        assert departure.reason.isprintable()
        await hub.leave_all(HOUR)
        assert hub.state(order).status == "delivered"


async def test_er05_without_any_rule_an_html_page_is_no_success(lone: Store, tmp_path: Path) -> None:
    async with facing(lone, tmp_path, answer(200, LOGIN)) as (hub, _):
        order = hub.order()
        await hub.leave()
        assert hub.departure(order).status == "due"


async def test_er05_an_answer_can_be_a_refusal_by_rule(lone: Store, tmp_path: Path) -> None:
    extra = "success: {expression: \"status == 'ok'\", otherwise: refuse}"
    async with facing(lone, tmp_path, answer(200, b'{"status":"error","why":"no such item"}'), extra=extra) as (
        hub,
        _,
    ):
        order = hub.order()
        await hub.leave_all(HOUR)
        state = hub.state(order)
        assert state.status == "dead"
        assert "no such item" in (state.reason or "")


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_er06_a_redirect_is_not_followed_and_its_target_is_named(
    lone: Store, tmp_path: Path, status: int
) -> None:
    async with facing(lone, tmp_path, answer(status, Location="http://127.0.0.1:9/other?token=x")) as (hub, erp):
        order = hub.order()
        await hub.leave_all(HOUR)
        state = hub.state(order)
        assert state.status == "dead"
        assert "http://127.0.0.1:9/other" in (state.reason or "")
        assert "token" not in (state.reason or "")
        assert len(erp.requests) == 1


async def test_er07_an_answer_after_our_timeout_is_repeated_under_the_same_key(lone: Store, tmp_path: Path) -> None:
    async with facing(lone, tmp_path, hang, extra=QUICK) as (hub, erp):
        erp.commits = True
        order = hub.order()
        await hub.leave_all(HOUR)
        assert hub.state(order).status == "delivered"
        assert len(erp.requests) == 2
        assert len(erp.effects) == 1


@pytest.mark.parametrize(
    ("behaviour", "shown"),
    [
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\npart"), "part [the body broke off]"),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3 * READ_BYTES, then_hang=True), "[cut after 65536 bytes]"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nslow", then_hang=True), "slow [the body broke off]"),
        (answer(200, gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip"), "gzip, not decompressed]"),
    ],
)
async def test_er07_bodies_without_end_or_sense_are_cut(
    lone: Store, tmp_path: Path, behaviour: Behaviour, shown: str
) -> None:
    async with facing(lone, tmp_path, behaviour, extra="timeout_seconds: 3") as (hub, _):
        order = hub.order()
        await hub.leave()
        (attempt,) = hub.attempts(order)
        assert attempt.outcome == "delivered"
        assert (attempt.detail or "").endswith(shown)
        assert len(attempt.detail or "") < 70_000


async def test_er08_answers_lost_after_the_commit_have_one_effect_each(lone: Store, tmp_path: Path) -> None:
    count = 25
    async with facing(lone, tmp_path, *[drop] * count, extra="breaker_failures: 1000") as (hub, erp):
        erp.commits = True
        orders = [hub.order(f"PO-{n}") for n in range(count)]
        await hub.leave_all(HOUR)
        assert {hub.state(order).status for order in orders} == {"delivered"}
        assert len(erp.requests) == 2 * count
        assert len(erp.effects) == count
        bodies: dict[str, set[bytes]] = {}
        for request in erp.requests:
            bodies.setdefault(request.key, set()).add(request.body)
        assert {len(each) for each in bodies.values()} == {1}


async def test_er08_a_change_never_overtakes_its_order_whatever_fails(store: Store, tmp_path: Path) -> None:
    chance = random.Random(20261126)
    troubles = [answer(503), answer(429, Retry_After="3"), drop, answer(200, LOGIN), answer(500)]
    async with facing(store, tmp_path, extra=f"{QUICK}, breaker_failures: 3") as (hub, erp):
        erp.script = [chance.choice(troubles) for _ in range(60)]
        numbers = [f"PO-{n}" for n in range(30)]
        for number in numbers:
            hub.order(number)
        for number in numbers:
            hub.order(number, change=True)
        await hub.leave_all(timedelta(days=1))
        taken = erp.numbers()
        assert len(taken) == len(erp.effects) == 60
        for number in numbers:
            assert taken.index(f"purchase_order {number}") < taken.index(f"purchase_order_change {number}")


CONFIRMED = "confirmation: {system: erp, within_seconds: 600}"
SYSTEMS = "systems: [{key: erp, documents: [purchase_order]}, {key: other, documents: [purchase_order]}]"


async def test_a_202_waits_for_its_confirmation_and_so_does_what_comes_behind(store: Store, tmp_path: Path) -> None:
    async with facing(store, tmp_path, answer(202), extra=CONFIRMED, rest=SYSTEMS) as (hub, erp):
        order, change = hub.order(), hub.order(change=True)
        await hub.leave()
        assert (hub.state(order).status, hub.departure(order).status) == ("awaiting", "awaiting")
        assert hub.state(change).status == "pending"
        assert confirm(hub.services, "other", order.idempotency_key, Word.ACCEPTED, "") is None
        for _ in range(2):
            told = confirm(hub.services, "erp", order.idempotency_key, Word.ACCEPTED, "")
            assert told is not None
            assert told.status == "delivered"
        with pytest.raises(Contradiction):
            confirm(hub.services, "erp", order.idempotency_key, Word.REFUSED, "no")
        await hub.leave_all(HOUR)
        assert hub.state(change).status == "delivered"
        assert len(erp.requests) == 2
        with store.read() as tx:
            assert timers.get(tx, "confirm", hub.departure(order).id) is None
            told_by = {event.kind: event.actor for event in events.of_subject(tx, order.id)}
        assert told_by["delivery.confirmed"] == "system:erp"


async def test_a_refusal_that_comes_later_is_a_dead_letter_with_its_reason(store: Store, tmp_path: Path) -> None:
    async with facing(store, tmp_path, answer(202), extra=CONFIRMED, rest=SYSTEMS) as (hub, _):
        order, change = hub.order(), hub.order(change=True)
        await hub.leave()
        confirm(hub.services, "erp", order.idempotency_key, Word.REFUSED, "ship-to 4711 is closed\x1b[2J")
        state = hub.state(order)
        assert state.status == "dead"
        assert "ship-to 4711 is closed" in (state.reason or "")
        assert (state.reason or "").isprintable()
        await hub.leave()
        assert hub.state(change).status == "pending", "it waits behind the dead letter"
        (outcome,) = resend(hub.services, [order.id], reason="opened again", actor="operator:mira")
        assert outcome.done
        await hub.leave_all(HOUR)
        assert {hub.state(order).status, hub.state(change).status} == {"delivered"}


async def test_what_is_not_confirmed_in_time_is_sent_again_under_its_key(store: Store, tmp_path: Path) -> None:
    async with facing(store, tmp_path, answer(202), answer(202), extra=CONFIRMED, rest=SYSTEMS) as (hub, erp):
        order = hub.order()
        await hub.leave()
        for _ in range(2):
            hub.clock.pass_by(seconds=600)
            with store.begin() as tx:
                timer = timers.claim_due(tx, "node-1", hub.clock(), 60)
            assert timer is not None
            on_time(hub.services, timer)
            assert await hub.leave() == 1
        assert hub.state(order).status == "delivered", "the third answer was 200"
        assert len({request.key for request in erp.requests}) == 1
        assert [a.outcome for a in hub.attempts(order)] == ["awaiting", "awaiting", "delivered"]


async def test_what_is_not_confirmed_in_time_can_be_a_persons_matter(store: Store, tmp_path: Path) -> None:
    extra = CONFIRMED.replace("600", "600, overdue: raise")
    async with facing(store, tmp_path, answer(202), extra=extra, rest=SYSTEMS) as (hub, erp):
        order = hub.order()
        await hub.leave()
        hub.clock.pass_by(seconds=600)
        with store.begin() as tx:
            timer = timers.claim_due(tx, "node-1", hub.clock(), 60)
        assert timer is not None
        on_time(hub.services, timer)
        assert [item.kind for item in hub.items()] == ["unconfirmed"]
        assert hub.state(order).status == "awaiting"
        confirm(hub.services, "erp", order.idempotency_key, Word.ACCEPTED, "late, but taken")
        assert hub.items() == []
        assert len(erp.requests) == 1


ASKED = """confirmation: {within_seconds: 100, status: {url: "@erp/status/{key}", every_seconds: 30,
  accepted: "state == 'posted'", refused: "state == 'failed'", reason: error.text}}"""


@pytest.mark.parametrize(
    ("told", "status", "reason"),
    [
        ([b"{}", b'{"state":"working"}', b'{"state":"posted"}'], "delivered", ""),
        ([b"<html>", b'{"state":"failed","error":{"text":"ship-to closed"}}'], "dead", "ship-to closed"),
        ([b"[" * 50_000, b'{"state":["posted"]}', b"", b'{"state":"posted"}'], "delivered", ""),
    ],
)
async def test_a_target_is_asked_what_became_of_it(
    lone: Store, tmp_path: Path, told: list[bytes], status: str, reason: str
) -> None:
    async with facing(lone, tmp_path, answer(202), extra=ASKED) as (hub, erp):
        erp.told = list(told)
        order = hub.order()
        await hub.leave()
        confirmations = Confirmations(hub.services)
        waited = 0
        while hub.state(order).status == "awaiting":
            with lone.begin() as tx:
                timer = timers.get(tx, "confirm", hub.departure(order).id)
                assert timer is not None
                hub.clock.now = timer.due_at
                timer = timers.claim_due(tx, "node-1", hub.clock(), 60)
            assert timer is not None
            await confirmations.on_time(timer)
            waited += 1
        await confirmations.close()
        assert waited == len(told)
        assert (hub.state(order).status, reason in (hub.state(order).reason or "")) == (status, True)
        assert set(erp.questions) == {f"/status/{order.idempotency_key.lower()}"}
        assert len(erp.requests) == 1


async def test_a_target_that_tells_nothing_in_time_is_sent_it_again(lone: Store, tmp_path: Path) -> None:
    async with facing(lone, tmp_path, answer(202), extra=ASKED) as (hub, erp):
        order = hub.order()
        await hub.leave()
        confirmations = Confirmations(hub.services)
        for _ in range(4):
            hub.clock.pass_by(seconds=30)
            with lone.begin() as tx:
                timer = timers.claim_due(tx, "node-1", hub.clock(), 60)
            assert timer is not None
            await confirmations.on_time(timer)
        await confirmations.close()
        assert hub.departure(order).status == "due"
        await hub.leave_all(HOUR)
        assert hub.state(order).status == "delivered"
        assert len({request.key for request in erp.requests}) == 1


async def test_a_confirmation_that_is_quicker_than_our_record_stands(store: Store, tmp_path: Path) -> None:
    async with facing(store, tmp_path, extra=f"{CONFIRMED}, {QUICK}", rest=SYSTEMS) as (hub, erp):
        order = hub.order()
        confirm_it = lambda: confirm(hub.services, "erp", order.idempotency_key, Word.ACCEPTED, "")  # noqa: E731
        late = answer(202)

        async def confirm_first(request: object, writer: object) -> None:
            confirm_it()
            await late(request, writer)  # type: ignore[arg-type]

        erp.script = [confirm_first]
        await hub.leave_all(HOUR)
        assert (hub.state(order).status, hub.departure(order).status) == ("delivered", "sent")

        other = hub.order("PO-2")

        async def confirm_and_drop(request: object, writer: object) -> None:
            confirm(hub.services, "erp", other.idempotency_key, Word.ACCEPTED, "")

        erp.script = [confirm_and_drop]
        await hub.leave_all(HOUR)
        assert (hub.state(other).status, hub.departure(other).status) == ("delivered", "sent")
        assert len(erp.requests) == 2, "neither is sent again"
