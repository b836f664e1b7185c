"""What every polled Transport promises. An adapter's test module subclasses it and gives it a ``subject`` fixture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pytest

from channels.detached import detached
from channels.errors import TransientError
from channels.ports import Pickup, Transport

POLLS = 4
"""Polls after which an unchanged file must have been found."""


class TransportSubject(Protocol):
    """A transport together with the place that it polls, as its partner sees it."""

    transport: Transport

    def put(self, name: str, body: bytes) -> None:
        """Write a file, or replace it."""

    def append(self, name: str, body: bytes) -> None:
        """Go on writing a file."""

    def remove(self, name: str) -> None: ...

    def vanish(self) -> None:
        """Make the place unreachable."""


class TransportContract:
    async def test_complete_files_are_found_with_their_bytes(self, subject: TransportSubject) -> None:
        subject.put("a.edi", b"ISA*00~")
        subject.put("b.edi", bytes(range(256)) * 1000)
        found = {pickup.name: await body_of(pickup) for pickup in await settle(subject)}
        assert found == {"a.edi": b"ISA*00~", "b.edi": bytes(range(256)) * 1000}

    async def test_an_empty_place_is_empty(self, subject: TransportSubject) -> None:
        assert await settle(subject) == []

    async def test_a_file_that_is_still_being_written_is_not_found(self, subject: TransportSubject) -> None:
        subject.put("slow.edi", b"ISA")
        subject.put("done.edi", b"ISA")
        for _ in range(POLLS):
            subject.append("slow.edi", b"*00")
            assert "slow.edi" not in names(await subject.transport.poll(10))
        assert names(await settle(subject)) == {"slow.edi", "done.edi"}

    @pytest.mark.parametrize("name", ["a.edi.part", "a.edi.PART", "a.tmp", "a.edi.filepart", ".a.edi"])
    async def test_names_of_uploads_in_progress_are_passed_over(self, subject: TransportSubject, name: str) -> None:
        subject.put(name, b"ISA")
        assert await settle(subject) == []

    async def test_unconfirmed_files_are_found_again(self, subject: TransportSubject) -> None:
        subject.put("a.edi", b"ISA")
        first = await settle(subject)
        assert (
            [await body_of(pickup) for pickup in await subject.transport.poll(10)]
            == [b"ISA"]
            == [await body_of(p) for p in first]
        )

    async def test_confirmed_files_are_not_found_again(self, subject: TransportSubject) -> None:
        subject.put("a.edi", b"ISA")
        subject.put("b.edi", b"ISA")
        for pickup in await settle(subject):
            if pickup.name == "a.edi":
                await pickup.confirm()
        assert names(await settle(subject)) == {"b.edi"}

    async def test_a_name_may_come_again(self, subject: TransportSubject) -> None:
        for body in (b"first", b"second", b"second"):
            subject.put("a.edi", body)
            (pickup,) = await settle(subject)
            assert await body_of(pickup) == body
            await pickup.confirm()
        assert await settle(subject) == []

    async def test_content_replaced_before_the_confirmation_is_found(self, subject: TransportSubject) -> None:
        subject.put("a.edi", b"first")
        (pickup,) = await settle(subject)
        subject.put("a.edi", b"newer")
        await pickup.confirm()
        assert [await body_of(pickup) for pickup in await settle(subject)] == [b"newer"]

    async def test_content_replaced_before_it_is_read_is_not_taken_for_what_was_found(
        self, subject: TransportSubject
    ) -> None:
        subject.put("a.edi", b"first")
        (pickup,) = await settle(subject)
        subject.put("a.edi", b"newer and longer")
        with pytest.raises(TransientError):
            await body_of(pickup)
        assert [await body_of(pickup) for pickup in await settle(subject)] == [b"newer and longer"]

    async def test_a_file_keeps_its_identity_and_its_replacement_has_another(self, subject: TransportSubject) -> None:
        subject.put("a.edi", b"first")
        (first,), (again,) = await settle(subject), await settle(subject)
        assert (first.identity, first.size) == (again.identity, 5)
        await again.confirm()
        subject.put("a.edi", b"first")
        (replacement,) = await settle(subject)
        assert replacement.identity != first.identity

    async def test_a_file_that_grew_before_the_confirmation_is_found(self, subject: TransportSubject) -> None:
        subject.put("a.edi", b"first")
        (pickup,) = await settle(subject)
        subject.append("a.edi", b" half")
        await pickup.confirm()
        assert [await body_of(pickup) for pickup in await settle(subject)] == [b"first half"]

    async def test_a_file_that_vanished_before_the_confirmation_does_no_harm(self, subject: TransportSubject) -> None:
        subject.put("a.edi", b"first")
        (pickup,) = await settle(subject)
        subject.remove("a.edi")
        await pickup.confirm()

    async def test_a_poll_returns_no_more_than_asked_and_the_rest_later(self, subject: TransportSubject) -> None:
        expected = {f"{number}.edi" for number in range(5)}
        for name in expected:
            subject.put(name, b"ISA")
        found: set[str] = set()
        await settle(subject)
        while pickups := await subject.transport.poll(2):
            assert len(pickups) <= 2
            found |= names(pickups)
            for pickup in pickups:
                await pickup.confirm()
        assert found == expected

    async def test_an_unreachable_place_is_an_error_not_an_empty_one(self, subject: TransportSubject) -> None:
        subject.put("a.edi", b"ISA")
        await settle(subject)
        subject.vanish()
        with pytest.raises(TransientError) as caught:
            await subject.transport.poll(10)
        assert isinstance(caught.value.__cause__, Exception)


async def settle(subject: TransportSubject) -> Sequence[Pickup]:
    """What is found once the place has come to rest."""
    for _ in range(POLLS - 1):
        await subject.transport.poll(10)
    return await subject.transport.poll(10)


async def body_of(pickup: Pickup) -> bytes:
    return await detached(lambda: b"".join(pickup.blocks()))


def names(pickups: Sequence[Pickup]) -> set[str]:
    return {pickup.name for pickup in pickups}
