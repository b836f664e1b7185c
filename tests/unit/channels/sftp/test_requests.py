"""Requests as nobody would write them: each is answered or ends the session, and none is a fault of ours."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sftp.server.requests import Requests
from channels.sftp.server.settings import MailboxSettings
from channels.sftp.server.tree import Tree
from channels.sftp.server.wire import Answer, Malformed
from hub.mailboxes.desk import MailboxDesk
from hub.services import HubServices
from hub.store.configuration import configurations
from hub.store.store import Store
from tests.integration.stepping import SETTINGS
from tests.mailboxes import CHANNEL, mailbox_profile
from tests.prepared import migrated_sqlite
from tests.unit.channels.sftp.keys import ED25519

PATHS = st.sampled_from([b"/", b"", b".", b"/in", b"/in/a.edi", b"/in/b.part", b"/out/x", b"/archive/y", b"in/../in/c"])
NUMBERS = st.sampled_from([0, 1, 2, 3, 8, 0x1A, 0x2A, 0x3F, 0xFF, 1 << 31, (1 << 32) - 1]) | st.integers(
    0, (1 << 32) - 1
)
KINDS = st.integers(3, 20) | st.sampled_from([1, 200, 0, 255])


@st.composite
def fields(draw: st.DrawFn) -> bytes:
    """Strings, numbers and what is neither, in any order."""
    parts: list[bytes] = []
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.integers(0, 3))
        if kind == 0:
            path = draw(PATHS | st.binary(max_size=30))
            parts.append(len(path).to_bytes(4) + path)
        elif kind == 1:
            parts.append(draw(NUMBERS).to_bytes(4))
        elif kind == 2:
            parts.append(struct.pack(">I", 8) + draw(st.integers(1, 6)).to_bytes(8))  # a handle that may be open
        else:
            parts.append(draw(st.binary(max_size=12)))
    return b"".join(parts)


PACKETS = st.lists(st.tuples(KINDS, fields()), max_size=12)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailboxDesk]:
    data = tmp_path_factory.mktemp("requests") / "data"
    data.mkdir(mode=0o700)
    (data / "hub.db").write_bytes(migrated_sqlite())
    store = Store("", data)
    with ThreadPoolExecutor(1) as executor:
        services = HubServices(store=store, data_dir=data, executor=executor)
        with store.begin() as tx:
            configurations.apply(tx, "hub", "hub", SETTINGS, "test", services.clock())
            profile = mailbox_profile(f'"{ED25519}"')
            configurations.apply(tx, "partner", "acme", profile, "test", services.clock())
        settings = next(c for _, c in services.catalog().channels() if isinstance(c, MailboxSettings))
        yield MailboxDesk(services, "acme", CHANNEL, settings)
    store.close()


@given(packets=PACKETS)
def test_any_request_is_answered_or_ends_the_session(desk: MailboxDesk, packets: list[tuple[int, bytes]]) -> None:
    requests = Requests(Tree(desk, keep=False), lambda what: None)
    for number, (kind, body) in enumerate(packets):
        packet = bytes([kind]) + number.to_bytes(4) + body
        try:
            answer = requests.answer(packet)
        except Malformed:
            continue
        assert int.from_bytes(answer[:4]) == len(answer) - 4
        assert answer[4] in set(Answer)
        assert kind == 1 or answer[5:9] == number.to_bytes(4)
        assert b"The hub failed" not in answer, packet
    requests.abandon()
