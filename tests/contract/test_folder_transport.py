from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.errors import TransientError
from channels.folder.transport import REJECTED, FolderTransport
from channels.ports import Transport
from tests.contract.transport_contract import TransportContract, body_of, names, settle


class PartnerFolder:
    """``acme/in`` below a root, and the transport that polls it. Each file is written at a second of its own: by
    themselves two writes in a row may have the same time, of which many systems count four milliseconds as one."""

    def __init__(self, root: Path, archive: str | None = "acme/archive", size_limit: int = 1_000_000) -> None:
        self.root = root
        self.second = 1_700_000_000
        self.inbound = root / "acme" / "in"
        self.inbound.mkdir(parents=True)
        self.transport: Transport = FolderTransport(root, "acme/in", archive, size_limit=size_limit)

    def put(self, name: str, body: bytes) -> None:
        (self.inbound / name).write_bytes(body)
        self._age(name)

    def append(self, name: str, body: bytes) -> None:
        with (self.inbound / name).open("ab") as file:
            file.write(body)
        self._age(name)

    def _age(self, name: str) -> None:
        self.second += 1
        os.utime(self.inbound / name, (self.second, self.second))

    def remove(self, name: str) -> None:
        (self.inbound / name).unlink()

    def vanish(self) -> None:
        self.inbound.rename(self.root / "unmounted")

    def archived(self) -> list[Path]:
        return sorted((self.root / "acme" / "archive").glob("*"))


class TestArchivingFolder(TransportContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> PartnerFolder:
        return PartnerFolder(tmp_path)

    async def test_every_confirmed_file_is_archived_under_a_name_of_its_own(self, subject: PartnerFolder) -> None:
        for body in (b"first", b"second"):
            subject.put("orders.edi", body)
            for pickup in await settle(subject):
                await pickup.confirm()
        assert sorted(path.read_bytes() for path in subject.archived()) == [b"first", b"second"]
        assert all(path.name.startswith("orders.") and path.suffix == ".edi" for path in subject.archived())
        assert list(subject.inbound.iterdir()) == []

    async def test_the_oldest_file_comes_first(self, subject: PartnerFolder) -> None:
        for age, name in enumerate(["new.edi", "middle.edi", "old.edi"]):
            subject.put(name, b"ISA")
            os.utime(subject.inbound / name, (1_700_000_000 - age, 1_700_000_000 - age))
        assert [pickup.name for pickup in await settle(subject)] == ["old.edi", "middle.edi", "new.edi"]

    async def test_a_replacement_of_the_same_size_and_time_is_told_by_its_inode(self, subject: PartnerFolder) -> None:
        subject.put("a.edi", b"first")
        (pickup,) = await settle(subject)
        before = (subject.inbound / "a.edi").stat()
        subject.put("b.edi", b"newer")
        os.utime(subject.inbound / "b.edi", ns=(before.st_atime_ns, before.st_mtime_ns))
        (subject.inbound / "b.edi").rename(subject.inbound / "a.edi")
        await pickup.confirm()
        assert [await body_of(pickup) for pickup in await settle(subject)] == [b"newer"]

    async def test_links_pipes_and_subfolders_are_passed_over(self, subject: PartnerFolder, tmp_path: Path) -> None:
        (tmp_path / "other-partner.edi").write_bytes(b"not theirs")
        (subject.inbound / "link.edi").symlink_to(tmp_path / "other-partner.edi")
        (subject.inbound / "folder.edi").mkdir()
        os.mkfifo(subject.inbound / "pipe.edi")
        assert await settle(subject) == []

    @pytest.mark.parametrize(
        ("entry", "shown"),
        [
            (b"..edi\n", None),
            (b"a\nb\x1b[2J.edi", r"a\nb\x1b[2J.edi"),
            (b"caf\xe9.edi", r"caf\xe9.edi"),
            ("Aufträge 1.edi".encode(), "Aufträge 1.edi"),
            (b"-rf *.edi", "-rf *.edi"),
            (b"x" * 251 + b".edi", "x" * 251 + ".edi"),
            (b"y." + b"z" * 253, "y." + "z" * 253),
        ],
    )
    async def test_a_hostile_name_is_only_a_label(
        self, subject: PartnerFolder, entry: bytes, shown: str | None
    ) -> None:
        Path(os.fsdecode(os.path.join(os.fsencode(subject.inbound), entry))).write_bytes(b"ISA")  # noqa: PTH118
        found = await settle(subject)
        assert [pickup.name for pickup in found] == ([] if shown is None else [shown])
        for pickup in found:
            await pickup.confirm()
            assert [path.read_bytes() for path in subject.archived()] == [b"ISA"]

    async def test_an_archive_that_cannot_be_written_leaves_the_file(self, subject: PartnerFolder) -> None:
        subject.put("a.edi", b"ISA")
        (pickup,) = await settle(subject)
        (subject.root / "acme" / "archive").write_text("in the way")
        with pytest.raises(TransientError, match=r"does not let go of 'a\.edi'"):
            await pickup.confirm()
        assert names(await settle(subject)) == {"a.edi"}

    async def test_only_what_was_handed_over_is_archived_while_the_partner_replaces_it(
        self, subject: PartnerFolder
    ) -> None:
        handed_over: set[bytes] = set()
        for number in range(50):
            subject.put("a.edi", b"%d" % (2 * number))
            newer = subject.inbound / ".newer"
            newer.write_bytes(b"%d" % (2 * number + 1))
            (pickup,) = await settle(subject)
            handed_over.add(await body_of(pickup))
            await asyncio.gather(pickup.confirm(), asyncio.to_thread(newer.rename, subject.inbound / "a.edi"))
            assert await body_of((await settle(subject))[0]) == b"%d" % (2 * number + 1)
        assert {path.read_bytes() for path in subject.archived()} <= handed_over

    @pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
    async def test_a_file_replaced_at_the_very_moment_of_the_move_is_given_back(
        self, subject: PartnerFolder, monkeypatch: pytest.MonkeyPatch, again: bool
    ) -> None:
        rename = os.rename

        def partner_is_quicker(*paths: str, **folders: int) -> None:
            subject.remove("a.edi")
            subject.put("a.edi", b"newer")
            rename(*paths, **folders)
            if again:
                subject.put("a.edi", b"newest")

        subject.put("a.edi", b"first")
        (pickup,) = await settle(subject)
        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", partner_is_quicker)
            await pickup.confirm()
        found = [await body_of(pickup) for pickup in await settle(subject)]
        assert found == ([b"newer", b"newest"] if again else [b"newer"])
        assert subject.archived() == []


class TestDeletingFolder(TransportContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> PartnerFolder:
        return PartnerFolder(tmp_path, archive=None)

    async def test_a_confirmed_file_is_gone(self, subject: PartnerFolder) -> None:
        subject.put("a.edi", b"ISA")
        (pickup,) = await settle(subject)
        await pickup.confirm()
        assert list(subject.inbound.iterdir()) == []


async def test_an_oversize_file_is_refused_unread_and_put_aside_with_the_reason(tmp_path: Path) -> None:
    subject = PartnerFolder(tmp_path, size_limit=10)
    subject.put("fits.edi", b"x" * 10)
    subject.put("large.edi", b"x" * 11)
    fits, large = sorted(await settle(subject), key=lambda pickup: pickup.name)
    assert (await body_of(fits), fits.refusal) == (b"x" * 10, None)
    assert large.refusal == "The file has 11 bytes; at most 10 are accepted."
    await large.confirm()
    reason, rejected = sorted((subject.inbound / REJECTED).iterdir(), key=lambda path: path.suffix, reverse=True)
    assert rejected.read_bytes() == b"x" * 11
    assert reason.name == f"{rejected.name}.reason.txt"
    assert reason.read_text() == f"{large.refusal}\n"
    assert names(await settle(subject)) == {"fits.edi"}


async def test_a_file_that_looks_incomplete_is_left_to_its_writer_for_a_while(tmp_path: Path) -> None:
    subject = PartnerFolder(tmp_path)

    def polling(patience: float) -> FolderTransport:
        return FolderTransport(tmp_path, "acme/in", whole=lambda _, end: b"IEA" in end, patience=patience)

    subject.transport = polling(60)
    subject.put("paused.edi", b"ISA*00~GS~")
    subject.put("done.edi", b"ISA*00~IEA*1~" + b"\n" * 100)
    assert names(await settle(subject)) == {"done.edi"}
    subject.append("paused.edi", b"IEA*1~")
    assert names(await settle(subject)) == {"done.edi", "paused.edi"}
    subject.put("paused.edi", b"ISA*00~GS~")
    subject.transport = polling(0)
    assert names(await settle(subject)) == {"done.edi", "paused.edi"}, "in the end it is taken, and judged as it is"


async def test_only_matching_names_are_taken_in_any_letter_case(tmp_path: Path) -> None:
    subject = PartnerFolder(tmp_path)
    subject.transport = FolderTransport(tmp_path, "acme/in", patterns=("*.EDI", "po_*"))
    for name in ("a.edi", "B.Edi", "PO_1.txt", "readme.txt"):
        subject.put(name, b"ISA")
    assert names(await settle(subject)) == {"a.edi", "B.Edi", "PO_1.txt"}


@pytest.fixture
def other_partner(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "beta" / "in"
    folder.mkdir(parents=True)
    (folder / "secret.edi").write_bytes(b"beta's")
    yield folder
    assert (folder / "secret.edi").read_bytes() == b"beta's"


async def test_a_folder_replaced_by_a_link_is_not_followed(tmp_path: Path, other_partner: Path) -> None:
    subject = PartnerFolder(tmp_path)
    subject.vanish()
    subject.inbound.symlink_to(other_partner)
    with pytest.raises(TransientError, match="cannot be read"):
        await subject.transport.poll(10)


async def test_an_archive_replaced_by_a_link_is_not_followed(tmp_path: Path, other_partner: Path) -> None:
    subject = PartnerFolder(tmp_path)
    subject.put("a.edi", b"ISA")
    (pickup,) = await settle(subject)
    (tmp_path / "acme" / "archive").symlink_to(other_partner)
    with pytest.raises(TransientError, match="does not let go"):
        await pickup.confirm()
    assert len(list(other_partner.iterdir())) == 1


async def test_an_unreadable_file_holds_up_no_other_and_does_not_stay_unnoticed(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("needs a user whom file permissions bind")
    subject = PartnerFolder(tmp_path)
    subject.put("locked.edi", b"ISA")
    (subject.inbound / "locked.edi").chmod(0)
    subject.put("open.edi", b"ISA")
    (pickup,) = await settle(subject)
    assert pickup.name == "open.edi"
    await pickup.confirm()
    with pytest.raises(TransientError, match=r"locked\.edi"):
        await subject.transport.poll(10)
