"""Rows SF01 to SF10 of the catalogue on our own SFTP server: names, links, sizes, requests that a mailbox has not.

SF01, SF02, SF05 and SF08 have their cases beside the other arrivals, in tests/integration/mailboxes.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator

import paramiko
import pytest
from paramiko.sftp import CMD_EXTENDED, CMD_OPEN

from hub.node.arrivals import process_pending
from tests.integration.stepping import SETTINGS
from tests.integration.x12_text import Isa, group, purchase_order
from tests.mailboxes import DOOR, Door, mailbox_profile, make_key, running_door, transport_to
from tests.prepared import fresh_store

ORDER = Isa().around(group("PO", purchase_order()))

HOSTILE = [
    b"/in/../../etc/passwd",
    b"/in/..\\..\\windows\\win.ini",
    b"/in/../out/order.edi",
    b"/in/../in/order.edi",
    b"/etc/passwd",
    b"//etc//passwd",
    b"/in/sub/order.edi",
    b"/in/order\x00.edi",
    b"/in/order\n.edi",
    b"/in/order\r.edi",
    b"/in/\x1b[2Jorder.edi",
    "/in/order\u202eide.exe".encode(),
    "/in/order\u200b.edi".encode(),
    b"/in/\xff\xfe.edi",
    b"/in/" + b"n" * 255,
    b"/in/" + "\N{SNOWMAN}".encode() * 90,
    b"/in/con",
    b"/in/CON.edi",
    b"/in/nul.tar.gz",
    b"/in/lpt1",
    b"/in/.htaccess",
    b"/in/order.edi ",
    b"/in/ order.edi",
    b"/in/order.",
    b"/in",
    b"/in/",
    b"/",
    b"",
    b"/in/a" * 2000,
]
LITERAL = [
    *("{{7*7}}.edi", "${x}.edi", "%(x)s.edi", "{0.__class__}.edi", "'; DROP TABLE transmissions; --.edi"),
    *("<script>.edi", "`id`.edi", "$(id).edi", "-rf.edi", "~root.edi", "файл.edi", "a b.edi", "n" * 250 + ".edi"),
]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, module_url: str) -> Iterator[Door]:
    """Shared by cases that look each at its own arrivals."""
    folder = tmp_path_factory.mktemp("mailbox")
    store = fresh_store(module_url, folder / "data")
    with running_door(store, folder) as running:
        yield running
    store.close()


def raw_open(client: paramiko.SFTPClient, path: bytes, mode: int) -> None:
    """An open for which no client has made the path harmless."""
    client._request(CMD_OPEN, path, mode, paramiko.SFTPAttributes())


@pytest.mark.parametrize("path", HOSTILE, ids=range(len(HOSTILE)))
def test_sf03_a_hostile_path_is_refused_and_told_of(door: Door, path: bytes, caplog: pytest.LogCaptureFixture) -> None:
    before = len(door.taken())
    inside = {entry for entry in door.folder.rglob("*") if entry.is_file()}
    with door.paramiko() as client, caplog.at_level(logging.WARNING):
        for mode in (0x02 | 0x08 | 0x10, 0x02 | 0x08 | 0x20, 0x01):
            with pytest.raises(OSError, match=r"\w"):
                raw_open(client, path, mode)
        assert client.listdir("/in") == []
    assert len(door.taken()) == before
    made = {entry for entry in door.folder.rglob("*") if entry.is_file()} - inside
    assert [entry for entry in made if "hub.db" not in entry.name] == []
    assert all("\n" not in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("name", LITERAL)
def test_cve_2024_4040_a_name_is_taken_to_the_letter_and_never_as_anything_else(door: Door, name: str) -> None:
    with door.paramiko() as client:
        with client.open(f"/in/{name}", "wb") as file:
            file.write(ORDER)
        assert client.listdir("/in") == [name]
    assert door.names()[-1] == name
    assert not any(name in str(path) for path in door.folder.rglob("*"))


def test_cve_2025_47812_sessions_are_nothing_that_a_name_could_reach(door: Door) -> None:
    with door.paramiko() as client:
        with pytest.raises(OSError, match="printable"):
            raw_open(client, b"/in/order.edi\x00]]..lua", 0x1A)
        assert client.listdir("/") == ["in", "out", "archive"]


CHANGES: dict[str, Callable[[paramiko.SFTPClient], object]] = {
    "symlink": lambda client: client.symlink("/etc/passwd", "/in/link"),
    "readlink": lambda client: client.readlink("/in/kept.part"),
    "hard link": lambda client: client._request(CMD_EXTENDED, "hardlink@openssh.com", b"/in/kept.part", b"/in/link"),
    "rename out of the folder": lambda client: client.rename("/in/kept.part", "/out/order.edi"),
    "rename over the root": lambda client: client.rename("/in/kept.part", "/"),
    "chown": lambda client: client.chown("/in/kept.part", 0, 0),
    "mkdir": lambda client: client.mkdir("/in/sub"),
    "rmdir": lambda client: client.rmdir("/in"),
    "remove a folder": lambda client: client.remove("/in"),
    "grow by truncating": lambda client: client.truncate("/in/kept.part", 10_000),
}


@pytest.mark.parametrize("change", CHANGES)
def test_sf04_what_a_mailbox_has_not_is_refused(door: Door, change: str) -> None:
    with door.paramiko() as client:
        client.open("/in/kept.part", "wb").close()
        with pytest.raises(OSError, match=r"\w"):
            CHANGES[change](client)
        client.chmod("/in/kept.part", 0o777)
        client.utime("/in/kept.part", (1, 1))
        assert client.listdir("/in") == ["kept.part"]
        client.remove("/in/kept.part")


def test_sf04_a_partner_sees_and_touches_nothing_of_another(door: Door) -> None:
    other = make_key(door.folder / "other")
    door.hub.apply(
        mailbox_profile(f'"{door.public_key}"'),
        mailbox_profile(f'"{other}"', "beta", "beta"),
        settings=SETTINGS + DOOR.format(more=""),
    )
    before = len(door.taken())
    with door.paramiko() as client:
        with client.open("/in/secret.part", "wb") as file:
            file.write(ORDER)
        with client.open("/in/sent.edi", "wb") as file:
            file.write(ORDER)
        archived = client.listdir("/archive")
        transport = transport_to(door.port)
        transport.connect(username="beta", pkey=paramiko.Ed25519Key.from_private_key_file(str(door.folder / "other")))
        foreign = paramiko.SFTPClient.from_transport(transport)
        assert foreign is not None
        assert [foreign.listdir(folder) for folder in ("/in", "/out", "/archive")] == [[], [], []]
        for path in ("/in/secret.part", "/in/sent.edi", f"/archive/{archived[0]}", "/acme/in/secret.part"):
            with pytest.raises(OSError, match=r"\w"):
                foreign.stat(path)
            with pytest.raises(OSError, match=r"\w"):
                foreign.open(path, "rb")
            with pytest.raises(OSError, match=r"\w"):
                foreign.remove(path)
        with foreign.open("/in/secret.part", "wb") as file:
            file.write(b"of another")
        assert client.stat("/in/secret.part").st_size == len(ORDER)
        foreign.rename("/in/secret.part", "/in/own.edi")
        transport.close()
        client.remove("/in/secret.part")
    assert [(one.partner, one.transport_id) for one in door.taken()[before:]] == [
        ("acme", "sent.edi"),
        ("beta", "own.edi"),
    ]


def test_sf04_a_key_opens_only_the_mailbox_of_its_own_user(door: Door) -> None:
    for user in ("beta", "ACME", "acme ", "acme/../beta", "root", "\u0430cme"):
        with pytest.raises((paramiko.SSHException, EOFError)), door.paramiko(user):
            pytest.fail("signed in")


def test_sf06_a_file_that_is_too_large_is_given_up_and_told_of(door: Door) -> None:
    process_pending(door.hub.services, "test")
    door.apply(", quota: {file_bytes: 100000, bytes: 250000, files: 4}")
    with door.paramiko() as client:
        with pytest.raises(OSError, match="larger than 100,000 bytes"):
            _put(client, "/in/large.edi", 100_001)
        assert client.listdir("/in") == []
        with pytest.raises(OSError, match="larger than 100,000 bytes"):
            _seek(client, "/in/far.edi", 1 << 62)
        _put(client, "/in/1.part", 100_000)
        _put(client, "/in/2.part", 100_000)
        with pytest.raises(OSError, match="250,000 bytes wait in it"):
            _put(client, "/in/3.part", 100_000)
        client.open("/in/4.part", "wb").close()
        with pytest.raises(OSError, match="4 files wait in it"):
            client.open("/in/5.part", "wb")
        for name in client.listdir("/in"):
            client.remove(f"/in/{name}")
        _put(client, "/in/3.part", 100_000)
        client.remove("/in/3.part")
    kinds = [item.kind for item in door.hub.work_items()]
    assert kinds.count("refused-file") == 2
    door.apply()


def test_sf06_a_hub_without_room_says_so_and_takes_it_later(door: Door) -> None:
    before = len(door.taken())
    door.hub.apply(settings=SETTINGS + DOOR.format(more="") + f"intake: {{disk_floor_bytes: {1 << 60}}}\n")
    with door.paramiko() as client, pytest.raises(OSError, match="disk has only"):
        client.open("/in/order.edi", "wb")
    assert len(door.taken()) == before
    door.hub.apply(settings=SETTINGS + DOOR.format(more=""))
    with door.paramiko() as client:
        _put(client, "/in/order.edi", 10)
    assert len(door.taken()) == before + 1


def test_sf07_many_small_files_in_one_session_and_their_listing_in_pages(door: Door) -> None:
    count, before = int(os.environ.get("MAILBOX_FILES", "1000")), len(door.taken())
    with door.paramiko() as client:
        for number in range(count):
            with client.open(f"/in/{number:05}.edi", "wb") as file:
                file.write(b"ISA")
        assert sorted(client.listdir("/in")) == [f"{number:05}.edi" for number in range(count)]
        assert len(list(client.listdir_iter("/in", read_aheads=5))) == count
    assert len(door.taken()) == before + count


def test_sf09_requests_that_a_mailbox_has_not_are_refused(door: Door) -> None:
    with door.paramiko() as client:
        with client.open("/in/order.part", "wb") as file:
            file.write(ORDER)
            with pytest.raises(OSError, match="nothing like that"):
                file.check("sha256", offset=10_000, length=10_000)
        for request in (
            "statvfs@openssh.com",
            "copy-data",
            "lsetstat@openssh.com",
            "users-groups@openssh.com",
            "x" * 1000,
        ):
            with pytest.raises(OSError, match="nothing like that"):
                client._request(CMD_EXTENDED, request, b"/in/order.part")
        with pytest.raises(OSError, match="nothing like that"):
            client._request(250)
        client.remove("/in/order.part")


def _put(client: paramiko.SFTPClient, path: str, size: int) -> None:
    with client.open(path, "wb") as file:
        file.write(b"x" * size)


def _seek(client: paramiko.SFTPClient, path: str, offset: int) -> None:
    with client.open(path, "wb") as file:
        file.seek(offset)
        file.write(b"x")
