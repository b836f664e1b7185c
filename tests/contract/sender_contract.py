"""What every Sender promises. An adapter's test module subclasses a contract and gives it a ``subject`` fixture."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

import pytest

from channels.errors import (
    ChannelError,
    CredentialError,
    InProgressError,
    MisdirectedError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from channels.ports import Departure, Sender

BODY = b'{"type":"purchase_order","purchase_order_number":"4500012345"}'


def departure(body: bytes = BODY, name: str = "01J0000000.json") -> Departure:
    return Departure(
        id="01J0000000",
        body=body,
        content_type="application/json",
        file_name=name,
        idempotency_key="doc-1:1:erp",
        headers={"X-Hub-Document-Type": "purchase_order"},
    )


class SenderSubject(Protocol):
    """A sender together with the other side that it sends to."""

    sender: Sender
    secrets: tuple[str, ...]
    """What no error may show."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def arrived(self) -> list[tuple[str, bytes]]:
        """Each attempt that arrived, as what tells repetitions (a key, a file name) and the body."""

    async def vanish(self) -> None:
        """Make the other side unreachable."""


class SenderContract:
    async def test_a_departure_arrives_unchanged(self, subject: SenderSubject) -> None:
        async with subject:
            result = await subject.sender.send(departure())
            assert result.status
            assert [body for _, body in subject.arrived()] == [BODY]

    async def test_a_repeated_attempt_can_be_told_from_a_new_departure(self, subject: SenderSubject) -> None:
        async with subject:
            for _ in range(3):
                await subject.sender.send(departure())
            assert len(set(subject.arrived())) == 1

    async def test_empty_and_large_bodies_arrive_unchanged(self, subject: SenderSubject) -> None:
        async with subject:
            bodies = [b"", bytes(range(256)) * 8192]
            for number, body in enumerate(bodies):
                await subject.sender.send(departure(body, name=f"{number}.json"))
            assert sorted(body for _, body in subject.arrived()) == bodies

    async def test_an_unreachable_side_is_transient_and_the_cause_is_kept(self, subject: SenderSubject) -> None:
        async with subject:
            await subject.vanish()
            with pytest.raises(TransientError) as caught:
                await subject.sender.send(departure())
        assert isinstance(caught.value.__cause__, Exception)
        assert caught.value.detail
        assert_hidden(subject, caught.value)

    async def test_closing_twice_does_no_harm(self, subject: SenderSubject) -> None:
        async with subject:
            await subject.sender.send(departure())
            await subject.sender.close()
            await subject.sender.close()


class HttpSubject(SenderSubject, Protocol):
    """The other side answers as told."""

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] = {}) -> None: ...

    def echo(self, status: int) -> None:
        """From now on answer with the request's own headers as the body."""

    def requests(self) -> int: ...


class HttpSenderContract(SenderContract):
    """For senders that speak HTTP."""

    @pytest.mark.parametrize("status", [200, 201, 202, 204, 208])
    async def test_any_2xx_is_success_whatever_it_says(self, subject: HttpSubject, status: int) -> None:
        async with subject:
            subject.answer(status, b"whatever" if status != 204 else b"")
            assert str(status) in (await subject.sender.send(departure())).status

    async def test_a_page_to_sign_in_at_is_no_success(self, subject: HttpSubject) -> None:
        error = await self.failure(subject, 200, b"<html>log in</html>")
        assert type(error) is TransientError
        assert "HTML page" in error.detail

    @pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 599])
    async def test_a_temporary_answer_is_transient(self, subject: HttpSubject, status: int) -> None:
        error = await self.failure(subject, status)
        assert isinstance(error, TransientError)
        assert error.retry_after is None

    async def test_retry_after_is_handed_on(self, subject: HttpSubject) -> None:
        error = await self.failure(subject, 503, headers={"Retry-After": "120"})
        assert isinstance(error, TransientError)
        assert error.retry_after == 120

    async def test_a_wish_for_patience_concerns_everything(self, subject: HttpSubject) -> None:
        assert type(await self.failure(subject, 429)) is ThrottledError

    async def test_maintenance_with_an_end_concerns_everything(self, subject: HttpSubject) -> None:
        assert type(await self.failure(subject, 503, headers={"Retry-After": "120"})) is ThrottledError

    @pytest.mark.parametrize("status", [401, 403])
    async def test_a_closed_door_is_a_credential_error(self, subject: HttpSubject, status: int) -> None:
        assert type(await self.failure(subject, status)) is CredentialError

    @pytest.mark.parametrize("status", [400, 404, 405, 409, 410, 413, 415, 422, 451])
    async def test_a_refusal_is_permanent_and_repeats_the_reason(self, subject: HttpSubject, status: int) -> None:
        error = await self.failure(subject, status, b"unknown ship-to 4711")
        assert type(error) is (MisdirectedError if status in (404, 405, 410) else PermanentError)
        assert str(status) in error.detail
        assert "unknown ship-to 4711" in error.detail

    async def test_an_attempt_still_at_work_there_is_transient(self, subject: HttpSubject) -> None:
        error = await self.failure(subject, 409, b"in progress", {"Retry-After": "5"})
        assert isinstance(error, InProgressError)
        assert error.retry_after == 5

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
    async def test_a_redirect_is_refused_and_named(self, subject: HttpSubject, status: int) -> None:
        error = await self.failure(subject, status, headers={"Location": "http://127.0.0.1:9/elsewhere?token=t0ken"})
        assert type(error) is MisdirectedError
        assert "http://127.0.0.1:9/elsewhere" in error.detail
        assert "t0ken" not in error.detail
        assert subject.requests() == 1

    @pytest.mark.parametrize("status", [200, 400, 401, 500])
    async def test_answers_are_cut_and_made_harmless(self, subject: HttpSubject, status: int) -> None:
        hostile = b"\x1b[2J\r\nlevel=info forged\x00\xff" + b"A" * 300_000
        async with subject:
            subject.answer(status, hostile)
            try:
                shown = (await subject.sender.send(departure())).response
            except ChannelError as error:
                shown = error.detail
                assert len(shown) < 1000
        assert shown.isprintable()
        assert len(shown) < 70_000
        assert "forged" in shown

    @pytest.mark.parametrize("status", [200, 302, 400, 401, 503])
    async def test_secrets_stay_hidden_even_when_echoed(self, subject: HttpSubject, status: int) -> None:
        async with subject:
            subject.echo(status)
            try:
                shown = (await subject.sender.send(departure())).response
            except ChannelError as error:
                shown = error.detail
                assert_hidden(subject, error)
        assert shown
        assert not any(secret in shown for secret in subject.secrets)

    async def failure(
        self, subject: HttpSubject, status: int, body: bytes = b"", headers: Mapping[str, str] = {}
    ) -> ChannelError:
        async with subject:
            subject.answer(status, body, headers)
            with pytest.raises(ChannelError) as caught:
                await subject.sender.send(departure())
        return caught.value


def assert_hidden(subject: SenderSubject, error: BaseException | None) -> None:
    """No secret in the error or in any cause of it."""
    while error is not None:
        assert not any(secret in f"{error} {error!r}" for secret in subject.secrets)
        error = error.__cause__ or error.__context__
