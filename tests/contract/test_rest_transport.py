"""Polling a partner's API, over real HTTP."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from channels.accounts import Accounts
from channels.errors import CredentialError, PausedError, TransientError
from channels.networks import AllowedNetworks
from channels.rest.client import HttpClient
from channels.rest.settings import RestSettings
from channels.rest.transport import RestTransport
from tests.contract.test_sftp_transport import Noted
from tests.contract.transport_contract import TransportContract, body_of, names, settle
from tests.partner_api import PartnerApi, running_api

LISTED = {
    "list": "{url}/messages?after={{cursor}}", "items": "messages", "name": "name", "size": "bytes", "next": "next",
    "item": "{url}/messages/{{id}}",
}  # fmt: skip
DELETED = {"acknowledge": {"url": "{url}/messages/{{id}}"}}
INLINE = {**LISTED, "item": None, "content": "payload", "encoding": "base64"}
WRAPPED = {**LISTED, "item": "{url}/messages/{{id}}?form=json", "content": "data.payload", "encoding": "base64"}
SINGLE = {"url": "{url}/next", "id_header": "X-Message-Id"}


def at(url: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: at(url, one) for name, one in value.items()}
    return value.format(url=url) if isinstance(value, str) else value


class Mailbox:
    """A partner's API, and the transport that polls it."""

    transport: RestTransport

    def __init__(self, api: PartnerApi, **inbound: Any) -> None:
        self.api, self.ledger = api, Noted()
        self.made: list[RestTransport] = []
        self.put, self.append, self.remove, self.vanish = api.put, api.append, api.remove, api.vanish
        settings = {"name": "api", "kind": "rest", "inbound": at(api.url, inbound)}
        self.settings = RestSettings.model_validate(settings)
        self.transport = self.polling()

    def polling(self, **given: Any) -> RestTransport:
        networks = AllowedNetworks.parse(["loopback"], "hub.yaml's partner_networks")
        client = HttpClient(
            self.settings, lambda: networks, lambda: datetime.now(UTC), timeout=30.0, accounts=Accounts()
        )  # fmt: skip
        assert self.settings.inbound is not None
        made = RestTransport(self.settings.inbound, client, self.ledger, **given)
        self.made.append(made)
        return made

    async def aclose(self) -> None:
        for transport in self.made:
            await transport.close()


@pytest.fixture
def api() -> Iterator[PartnerApi]:
    with running_api() as running:
        yield running


class Mailboxes:
    """Makes a partner's mailbox that is polled with these settings."""

    def __init__(self, api: PartnerApi) -> None:
        self._api = api
        self._made: list[Mailbox] = []

    def __call__(self, **inbound: Any) -> Mailbox:
        self._made.append(Mailbox(self._api, **inbound))
        return self._made[-1]

    async def aclose(self) -> None:
        for mailbox in self._made:
            await mailbox.aclose()


@pytest.fixture
def mailbox(api: PartnerApi) -> Mailboxes:
    return Mailboxes(api)


class TestDeletedMessages(TransportContract):
    @pytest.fixture
    def subject(self, api: PartnerApi) -> Mailbox:
        return Mailbox(api, **LISTED, **DELETED)


class TestMessagesThatAreLeft(TransportContract):
    @pytest.fixture
    def subject(self, api: PartnerApi) -> Mailbox:
        return Mailbox(api, **LISTED)


class TestMessagesInJson(TransportContract):
    @pytest.fixture
    def subject(self, api: PartnerApi) -> Mailbox:
        return Mailbox(api, **WRAPPED, **DELETED)


async def test_nothing_is_acknowledged_before_it_is_confirmed(api: PartnerApi, mailbox: Mailboxes) -> None:
    subject = mailbox(**LISTED, **DELETED)
    api.put("a.edi", b"ISA")
    (found,) = await subject.transport.poll(10)
    assert await body_of(found) == b"ISA"
    assert [method for method, _ in api.requests if method != "GET"] == []
    await found.confirm()
    assert api.requests[-1] == ("DELETE", "/messages/m-0001")
    assert (api.messages, subject.ledger.identities) == ({}, set())


@pytest.mark.parametrize("settings", [INLINE, SINGLE], ids=["in the list", "one by one"])
async def test_messages_that_are_answered_with_the_question_are_taken_and_acknowledged(
    api: PartnerApi, mailbox: Mailboxes, settings: dict[str, Any]
) -> None:
    subject = mailbox(**settings, **DELETED)
    taken = []
    for number in range(5):
        api.put(f"{number}.edi", b"ISA%d" % number)
    for _ in range(6):
        for found in await subject.transport.poll(2):
            taken.append(await body_of(found))
            await found.confirm()
    assert taken == [b"ISA%d" % number for number in range(5)]
    assert api.messages == {}


async def test_a_single_url_without_ids_tells_documents_by_their_content(api: PartnerApi, mailbox: Mailboxes) -> None:
    subject = mailbox(url="{url}/next")
    api.put("a.edi", b"ISA1")
    (found,) = await subject.transport.poll(10)
    await found.confirm()
    assert await subject.transport.poll(10) == []
    api.put("a.edi", b"ISA2")
    (found,) = await subject.transport.poll(10)
    assert await body_of(found) == b"ISA2"


async def test_every_page_is_looked_at_once(api: PartnerApi, mailbox: Mailboxes) -> None:
    subject = mailbox(**LISTED)
    for number in range(10):
        api.put(f"{number}.edi", b"ISA")
    assert len(await subject.transport.poll(100)) == 10
    asked = [path for _, path in api.requests]
    assert asked == [f"/messages?after={after}" for after in ("", "m-0003", "m-0006", "m-0009")]


@pytest.mark.parametrize(
    ("next", "asked", "problem"),
    [
        ("/messages?page=2", 2, None),
        ("?page=2", 2, None),
        ("/messages", 1, None),  # round in a circle
        ("https://elsewhere.example/messages", 1, "goes on at another server"),
        ("//169.254.169.254/", 1, "goes on at another server"),
        ("file:///etc/passwd", 1, "goes on at another server"),
    ],
)
async def test_a_next_page_lies_on_the_same_server(
    api: PartnerApi, mailbox: Mailboxes, next: str, asked: int, problem: str | None
) -> None:
    subject = mailbox(list="{url}/messages", items="m", next="next", item="{url}/messages/{{id}}")
    api.answer = lambda request: web.json_response({"m": [], "next": next if not request.query_string else None})
    if problem is None:
        assert await subject.transport.poll(10) == []
    else:
        with pytest.raises(TransientError, match=problem):
            await subject.transport.poll(10)
    assert len(api.requests) == asked


@pytest.mark.parametrize("id", ["..", ".", "", "x" * 501, "a\nb", None, True, {}, []])
async def test_an_id_that_leads_elsewhere_is_not_used(api: PartnerApi, mailbox: Mailboxes, id: object) -> None:
    subject = mailbox(list="{url}/messages", item="{url}/messages/{{id}}")
    api.answer = lambda request: web.json_response([{"id": id}])
    with pytest.raises(TransientError, match="1 items without an id"):
        await subject.transport.poll(10)


@pytest.mark.parametrize(
    ("id", "path"),
    [
        ("../admin", "/messages/..%2Fadmin"),
        ("a?b#c", "/messages/a%3Fb%23c"),
        ("a%2e", "/messages/a%252e"),
        (7, "/messages/7"),
    ],
)
async def test_an_id_is_one_part_of_the_path(api: PartnerApi, mailbox: Mailboxes, id: object, path: str) -> None:
    subject = mailbox(list="{url}/messages", item="{url}/messages/{{id}}")
    api.answer = lambda request: web.json_response([{"id": id}]) if request.path == "/messages" else None
    (found,) = await subject.transport.poll(10)
    with pytest.raises(TransientError, match="404"):
        await body_of(found)
    assert api.requests[-1] == ("GET", path)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b'{"messages": 7}', b"<html>sign in</html>", b"\xff", b"1" * 9000]
)
async def test_what_is_no_list_is_told(api: PartnerApi, mailbox: Mailboxes, body: bytes) -> None:
    subject = mailbox(**LISTED)
    api.answer = lambda request: web.Response(body=body)
    with pytest.raises(TransientError):
        await subject.transport.poll(10)


# ---- cut off, packed, too large


BODY = b"ISA*00*" + b"x" * 3000 + b"~IEA*1*000000001~"


@pytest.mark.parametrize("packing", ["plain", "chunked", "gzip"])
async def test_a_download_that_is_cut_off_is_never_a_document(
    api: PartnerApi, mailbox: Mailboxes, packing: str
) -> None:
    sent = gzip.compress(BODY) if packing == "gzip" else BODY
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/edi-x12\r\n"
    if packing == "chunked":
        chunks = b"".join(
            b"%x\r\n%s\r\n" % (len(sent[i : i + 500]), sent[i : i + 500]) for i in range(0, len(sent), 500)
        )
        whole = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    else:
        more = b"Content-Encoding: gzip\r\n" if packing == "gzip" else b""
        whole = head + more + b"Content-Length: %d\r\n\r\n" % len(sent) + sent
    subject = mailbox(**{name: value for name, value in LISTED.items() if name != "size"}, **DELETED)
    api.put("a.edi", BODY)
    (found,) = await subject.transport.poll(10)
    for offset in sorted({round(i * (len(whole) - 1) / 99) for i in range(100)}):
        api.raw["/messages/m-0001"] = whole[:offset]
        with pytest.raises(TransientError):
            await body_of(found)
    api.raw["/messages/m-0001"] = whole
    assert await body_of(found) == BODY
    assert "DELETE" not in {method for method, _ in api.requests}


async def test_an_answer_that_ends_with_its_connection_cannot_be_told_from_one_cut_off(
    api: PartnerApi, mailbox: Mailboxes
) -> None:
    subject = mailbox(**LISTED)
    api.put("a.edi", BODY)
    (found,) = await subject.transport.poll(10)
    api.raw["/messages/m-0001"] = b"HTTP/1.0 200 OK\r\n\r\n" + BODY
    with pytest.raises(TransientError, match="does not say how long it is"):
        await body_of(found)


async def test_another_length_than_is_listed_is_not_taken(api: PartnerApi, mailbox: Mailboxes) -> None:
    subject = mailbox(**LISTED)
    api.put("a.edi", BODY)
    (found,) = await subject.transport.poll(10)
    api.messages["m-0001"].body = BODY + b"more"
    with pytest.raises(TransientError, match="are listed"):
        await body_of(found)


@pytest.mark.parametrize(
    ("encoding", "packed", "problem"),
    [
        ("gzip", gzip.compress(BODY), None),
        ("deflate", zlib.compress(BODY), None),
        ("gzip", BODY, "cannot be unpacked"),
        ("gzip", gzip.compress(BODY) + b"more", "followed by something else"),
        ("br", BODY, "not asked for"),
        ("gzip", gzip.compress(bytes(60_000_000)), "more than 5000 bytes"),
    ],
    ids=["gzip", "deflate", "none at all", "more behind it", "another", "a bomb"],
)
async def test_a_packed_answer_is_unpacked_as_far_as_is_allowed(
    api: PartnerApi, mailbox: Mailboxes, encoding: str, packed: bytes, problem: str | None
) -> None:
    subject = mailbox(list="{url}/messages", items="messages", item="{url}/messages/{{id}}")
    subject.transport = subject.polling(size_limit=5000)
    api.put("a.edi", BODY)
    (found,) = await subject.transport.poll(10)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(packed)}\r\n\r\n"
    api.raw["/messages/m-0001"] = head.encode() + packed
    if problem is None:
        assert await body_of(found) == BODY
    else:
        with pytest.raises(TransientError, match=problem):
            await body_of(found)


@pytest.mark.parametrize("told", [True, False], ids=["listed so", "found so"])
async def test_an_item_that_is_too_large_is_refused_once_and_left(
    api: PartnerApi, mailbox: Mailboxes, told: bool
) -> None:
    settings = dict(LISTED) if told else {name: value for name, value in LISTED.items() if name != "size"}
    subject = mailbox(**settings, **DELETED)
    subject.transport = subject.polling(size_limit=100)
    api.put("large.edi", b"x" * 101)
    (found,) = await subject.transport.poll(10)
    if not told:
        with pytest.raises(TransientError, match="more than 100 bytes"):
            await body_of(found)
        (found,) = await subject.transport.poll(10)
    assert found.refusal is not None
    await found.confirm()
    assert await subject.transport.poll(10) == []
    assert list(api.messages) == ["m-0001"], "it is theirs to remove"


async def test_a_page_to_sign_in_at_is_no_document(api: PartnerApi, mailbox: Mailboxes) -> None:
    subject = mailbox(list="{url}/messages", items="messages", item="{url}/messages/{{id}}")
    api.put("a.edi", b"<!DOCTYPE html><title>Sign in</title>")
    (found,) = await subject.transport.poll(10)
    with pytest.raises(TransientError, match="HTML page"):
        await body_of(found)


# ---- when it does not work


@pytest.mark.parametrize("status", [401, 403])
async def test_an_api_that_does_not_let_us_in_is_left_alone(api: PartnerApi, mailbox: Mailboxes, status: int) -> None:
    subject = mailbox(**LISTED)
    api.answer = lambda request: web.Response(status=status)
    with pytest.raises(CredentialError):
        await subject.transport.poll(10)
    for _ in range(5):
        with pytest.raises(PausedError, match="left alone"):
            await subject.transport.poll(10)
    assert len(api.requests) == 1


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
async def test_an_api_that_fails_is_asked_again_after_a_while_only(
    api: PartnerApi, mailbox: Mailboxes, status: int
) -> None:
    subject = mailbox(**LISTED)
    api.answer = lambda request: web.Response(status=status, headers={"Location": "http://169.254.169.254/"})
    with pytest.raises(TransientError, match=f"HTTP {status}"):
        await subject.transport.poll(10)
    with pytest.raises(PausedError, match="left alone"):
        await subject.transport.poll(10)
    assert len(api.requests) == 1


@pytest.mark.parametrize("status", [403, 405, 409, 501])
async def test_what_cannot_be_acknowledged_is_noted_and_not_fetched_again(
    api: PartnerApi, mailbox: Mailboxes, status: int
) -> None:
    subject = mailbox(**LISTED, **DELETED)
    api.put("a.edi", b"ISA")
    api.answer = lambda request: web.Response(status=status) if request.method == "DELETE" else None
    (found,) = await subject.transport.poll(10)
    if status == 501:
        with pytest.raises(TransientError, match="cannot be acknowledged"):
            await found.confirm()
        assert names(await subject.transport.poll(10)) == {"a.edi"}
    else:
        await found.confirm()
        assert await settle(subject) == []
        assert len(api.messages) == 1


async def test_an_item_that_fails_holds_up_no_other(api: PartnerApi, mailbox: Mailboxes) -> None:
    subject = mailbox(**LISTED, **DELETED)
    for name in ("bad.edi", "good.edi"):
        api.put(name, b"ISA")
    api.answer = lambda request: web.Response(status=500) if request.path.endswith("m-0001") else None
    bad, good = await subject.transport.poll(10)
    with pytest.raises(TransientError, match="HTTP 500"):
        await body_of(bad)
    assert await body_of(good) == b"ISA"


async def test_a_version_is_asked_for_and_acknowledged_as_such(api: PartnerApi, mailbox: Mailboxes) -> None:
    subject = mailbox(
        list="{url}/messages", items="messages", version="name", item="{url}/messages/{{id}}", **DELETED
    )  # fmt: skip
    api.put("v7", b"ISA")
    (found,) = await subject.transport.poll(10)
    await body_of(found)
    await found.confirm()
    assert [headers.get("If-Match") for headers in api.headers] == [None, '"v7"', '"v7"']
