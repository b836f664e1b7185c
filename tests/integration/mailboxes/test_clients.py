"""Clients as partners have them, each of its own kind, on our SFTP server: put, put and rename, go on, list, fetch."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import paramiko
import pytest

from hub.store.people import passwords
from hub.store.store import Store
from tests.external import program
from tests.integration.mailboxes.test_out import offer
from tests.mailboxes import Door, running_door

pytestmark = pytest.mark.sqlite_suffices

PASSWORD = "a password that somebody chose"
LARGE = os.urandom(3_000_000)
FILES = 300


@pytest.fixture
def door(store: Store, tmp_path: Path) -> Iterator[Door]:
    """As it is with partners of every age: with a password besides the key, and what older clients need."""
    (tmp_path / "hash").write_text(passwords.hash_of(PASSWORD))
    more = f', password_hash: "file:{tmp_path / "hash"}"'
    with running_door(store, tmp_path, settings="older_clients: true", more=more) as running:
        (tmp_path / "large.edi").write_bytes(LARGE)
        (tmp_path / "many").mkdir()
        for number in range(FILES):
            (tmp_path / "many" / f"{number:04}.edi").write_text(f"order {number}")
        yield running


def openssh(door: Door, *commands: str) -> str:
    batch = door.folder / "batch"
    batch.write_text("\n".join(commands) + "\n")
    options = ["StrictHostKeyChecking=no", f"UserKnownHostsFile={door.folder / 'known'}", f"IdentityFile={door.key}"]
    options += ["IdentitiesOnly=yes", "BatchMode=yes"]
    command = [program("sftp"), "-q", "-F", "none", "-P", str(door.port), "-b", str(batch)]
    command += [argument for option in options for argument in ("-o", option)]
    done = subprocess.run([*command, "acme@127.0.0.1"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def lftp(door: Door, *commands: str, password: str = "") -> str:
    ssh = f"ssh -a -x -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile={door.folder}/known -i {door.key}"
    settings = ["set sftp:auto-confirm yes", "set net:max-retries 1", "set net:timeout 20", "set cmd:fail-exit yes"]
    settings += [f'set sftp:connect-program "{ssh}"']
    opened = f"open -u acme,{password} -p {door.port} sftp://127.0.0.1"
    script = "; ".join([*settings, opened, *commands])
    done = subprocess.run([program("lftp"), "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def curl(door: Door, path: str, *arguments: str, password: str | None = None) -> bytes:
    sign_in = ["-u", f"acme:{password}"] if password else ["-u", "acme:", "--key", str(door.key)]
    options = ["-q", "-sS", "--insecure", "--noproxy", "*"]  # whatever the machine's own settings say
    command = [program("curl"), *options, *sign_in, *arguments, f"sftp://127.0.0.1:{door.port}{path}"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def bodies(door: Door) -> dict[str, bytes]:
    return {one.transport_id: door.body(one) for one in door.taken() if one.transport_id != "request"}


@pytest.mark.external("sftp")
def test_openssh(door: Door) -> None:
    (ours,) = offer(door, "PO-1")
    large, partial = door.folder / "large.edi", door.folder / "partial.edi"
    partial.write_bytes(LARGE[:1_000_000])
    openssh(door, f"put -p {large} /in/plain.edi", f"put {large} /in/.renamed.edi", "rename /in/.renamed.edi /in/r.edi")
    openssh(
        door, "cd in", f"put {partial} resumed.part", f"reput {large} resumed.part", "rename resumed.part resumed.edi"
    )
    assert bodies(door) == dict.fromkeys(("plain.edi", "r.edi", "resumed.edi"), LARGE)
    assert ours.file_name in openssh(door, "ls -l /out")
    openssh(door, f"get /out/{ours.file_name} {door.folder}/fetched", f"rm /out/{ours.file_name}")
    assert (door.folder / "fetched").read_bytes() == door.body(ours)
    openssh(door, f"put -r {door.folder}/many/* /in/", "ls /in")
    assert len(bodies(door)) == 3 + FILES


@pytest.mark.external("lftp")
def test_lftp(door: Door) -> None:
    (ours,) = offer(door, "PO-1")
    large = door.folder / "large.edi"
    lftp(door, f"put {large} -o /in/plain.edi", "set xfer:use-temp-file yes", f"put {large} -o /in/renamed.edi")
    assert bodies(door) == dict.fromkeys(("plain.edi", "renamed.edi"), LARGE)
    assert ours.file_name in lftp(door, "cls -l /out")
    lftp(door, f"get -E /out/{ours.file_name} -o {door.folder}/fetched")
    assert (door.folder / "fetched").read_bytes() == door.body(ours)
    assert ours.file_name not in lftp(door, "cls /out")
    lftp(door, f"mirror -R {door.folder}/many /in")
    assert len(bodies(door)) == 2 + FILES


@pytest.mark.external("curl")
def test_curl(door: Door) -> None:
    if b"sftp" not in subprocess.run([program("curl"), "--version"], capture_output=True, check=True).stdout:
        pytest.skip("needs the program curl with SFTP")
    (ours,) = offer(door, "PO-1")
    large = str(door.folder / "large.edi")
    curl(door, "/in/plain.edi", "-T", large)
    curl(door, "/in/by-password.edi", "-T", large, password=PASSWORD)
    curl(door, "/in/renamed.edi.part", "-T", large, "-Q", "-rename /in/renamed.edi.part /in/renamed.edi")
    assert bodies(door) == dict.fromkeys(("plain.edi", "by-password.edi", "renamed.edi"), LARGE)
    assert ours.file_name.encode() in curl(door, "/out/")
    fetched = curl(door, f"/out/{ours.file_name}", "-Q", f"-rm /out/{ours.file_name}")
    assert fetched == door.body(ours)


def test_asyncssh(door: Door) -> None:
    (ours,) = offer(door, "PO-1")

    async def trade() -> bytes:
        connection = await door.connect()
        async with connection, connection.start_sftp_client() as client:
            await client.put(str(door.folder / "large.edi"), "/in/plain.edi", preserve=True)
            await client.put(str(door.folder / "large.edi"), "/in/renamed.tmp")
            await client.rename("/in/renamed.tmp", "/in/renamed.edi")
            await client.posix_rename(*await _cut(client, "/in/resumed.part", "/in/resumed.edi"))
            assert await client.listdir("/out") == [ours.file_name]
            await client.mput(f"{door.folder}/many/*", "/in")
            async with client.open(f"/out/{ours.file_name}", "rb") as file:
                return bytes(await file.read())

    assert asyncio.run(trade()) == door.body(ours)
    assert len(bodies(door)) == 3 + FILES
    assert bodies(door)["resumed.edi"] == LARGE


async def _cut(client: asyncssh.SFTPClient, path: str, name: str) -> tuple[str, str]:
    async with client.open(path, "wb") as file:
        await file.write(LARGE[:1_000_000])
    async with client.open(path, "ab") as file:
        await file.write(LARGE[1_000_000:])
    return path, name


def test_paramiko(door: Door) -> None:
    (ours,) = offer(door, "PO-1")
    with door.paramiko() as client:
        client.put(str(door.folder / "large.edi"), "/in/plain.edi")
        client.utime("/in/plain.edi", (1, 1))
        client.chmod("/in/plain.edi", 0o644)
        for number in range(FILES):
            client.put(str(door.folder / "many" / f"{number:04}.edi"), f"/in/{number:04}.edi")
        assert len(client.listdir("/in")) == 1 + FILES
        client.get(f"/out/{ours.file_name}", str(door.folder / "fetched"))
    with door.paramiko(password=PASSWORD) as client:
        client.put(str(door.folder / "large.edi"), "/in/by-password.edi")
    assert (door.folder / "fetched").read_bytes() == door.body(ours)
    assert len(bodies(door)) == 2 + FILES
    assert bodies(door)["plain.edi"] == bodies(door)["by-password.edi"] == LARGE


def test_a_password_opens_nothing_where_the_profile_has_none(store: Store, tmp_path: Path) -> None:
    with (
        running_door(store, tmp_path) as door,
        pytest.raises(paramiko.AuthenticationException),
        door.paramiko(password=PASSWORD),
    ):
        pytest.fail("signed in")
