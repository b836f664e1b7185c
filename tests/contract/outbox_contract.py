"""What every Outbox promises. A test module subclasses the contract and gives it a ``subject`` fixture."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from channels.ports import Confirmed, Outbox, OutboxEntry


class OutboxSubject(Protocol):
    """An outbox that something can be put into."""

    outbox: Outbox
    others: Sequence[Outbox]
    """Outboxes of other principals of the same hub."""

    def offer(self, number: str) -> str:
        """Puts a document of this number in; the id of the entry."""
        ...

    def pass_seconds(self, seconds: float) -> None: ...


def ids(entries: Sequence[OutboxEntry]) -> list[str]:
    return [entry.id for entry in entries]


class OutboxContract:
    def test_what_lies_there_is_listed_with_what_tells_it(self, subject: OutboxSubject) -> None:
        id = subject.offer("A-1")
        (entry,) = subject.outbox.page()
        item = subject.outbox.open(id)
        assert item is not None
        assert (entry.id, entry.size, entry.sha256) == (id, len(item.body), sha256(item.body).hexdigest())
        assert (entry.file_name, entry.content_type) == (item.file_name, item.content_type)
        assert entry.idempotency_key == item.idempotency_key
        assert [(one.type, one.number) for one in entry.documents] == [("purchase_order", "A-1")]
        assert b"A-1" in item.body

    def test_pages_are_in_order_and_complete(self, subject: OutboxSubject) -> None:
        put = [subject.offer(f"A-{number}") for number in range(5)]
        read: list[str] = []
        after = 0
        while page := subject.outbox.page(after=after, limit=2):
            assert len(page) <= 2
            read += ids(page)
            after = page[-1].position
        assert read == put
        assert subject.outbox.page(after=after) == []
        later = subject.offer("A-9")
        assert ids(subject.outbox.page(after=after)) == [later]

    def test_one_target_alone(self, subject: OutboxSubject) -> None:
        id = subject.offer("A-1")
        (entry,) = subject.outbox.page()
        assert ids(subject.outbox.page(target=entry.target)) == [id]
        assert subject.outbox.page(target="channel:nobody/none") == []

    def test_being_fetched_takes_nothing_out_and_is_noted_once(self, subject: OutboxSubject) -> None:
        id = subject.offer("A-1")
        assert subject.outbox.page()[0].fetched_at is None
        subject.outbox.fetched(id)
        first = subject.outbox.page()[0].fetched_at
        assert first is not None
        subject.pass_seconds(60)
        subject.outbox.fetched(id)
        assert subject.outbox.page()[0].fetched_at == first

    def test_a_confirmation_takes_it_out_and_may_be_repeated(self, subject: OutboxSubject) -> None:
        first, second = subject.offer("A-1"), subject.offer("A-2")
        for _ in range(2):
            assert subject.outbox.confirm([first]) == {first: Confirmed.DONE}
            assert ids(subject.outbox.page()) == [second]
        assert subject.outbox.open(first) is not None, "what was confirmed can still be read"
        assert subject.outbox.confirm([second, "tr_none"]) == {second: Confirmed.DONE, "tr_none": Confirmed.UNKNOWN}
        assert subject.outbox.page() == []

    def test_two_leases_never_hold_the_same(self, subject: OutboxSubject) -> None:
        put = [subject.offer(f"A-{number}") for number in range(3)]
        one, two, three = (subject.outbox.lease(2, 60) for _ in range(3))
        assert ids(one.entries) + ids(two.entries) == put
        assert three.entries == ()
        assert ids(subject.outbox.page()) == put, "a lease hides nothing"

    def test_a_lease_that_ends_gives_the_same_again_under_the_same_key(self, subject: OutboxSubject) -> None:
        subject.offer("A-1")
        first = subject.outbox.lease(10, 60)
        subject.pass_seconds(59)
        assert subject.outbox.lease(10, 60).entries == ()
        subject.pass_seconds(1)
        again = subject.outbox.lease(10, 60)
        assert again.entries == first.entries
        assert again.name != first.name
        assert again.entries[0].idempotency_key == first.entries[0].idempotency_key

    def test_a_released_lease_is_free_at_once_and_an_old_one_frees_nothing(self, subject: OutboxSubject) -> None:
        put = subject.offer("A-1")
        first = subject.outbox.lease(10, 60)
        subject.outbox.release(first.name)
        second = subject.outbox.lease(10, 60)
        assert ids(second.entries) == [put]
        subject.outbox.release(first.name)
        subject.outbox.release("ls_none")
        assert subject.outbox.lease(10, 60).entries == ()

    def test_what_is_confirmed_is_not_leased_again(self, subject: OutboxSubject) -> None:
        first, second = subject.offer("A-1"), subject.offer("A-2")
        lease = subject.outbox.lease(10, 60)
        subject.outbox.confirm([first])
        subject.outbox.release(lease.name)
        assert ids(subject.outbox.lease(10, 60).entries) == [second]

    def test_nobody_else_sees_or_touches_it(self, subject: OutboxSubject) -> None:
        id = subject.offer("A-1")
        (entry,) = subject.outbox.page()
        for other in subject.others:
            assert other.page() == []
            assert other.page(target=entry.target) == []
            assert other.lease(10, 60).entries == ()
            assert other.open(id) is None
            other.fetched(id)
            assert other.confirm([id]) == {id: Confirmed.UNKNOWN}
        assert subject.outbox.page() == [entry]
        lease = subject.outbox.lease(10, 60)
        for other in subject.others:
            other.release(lease.name)
        assert subject.outbox.lease(10, 60).entries == ()
