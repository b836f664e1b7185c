"""Files that appear whole or not at all. On a real file system: what is tested is what it does."""

from __future__ import annotations

import resource
import threading
from pathlib import Path

import pytest

from channels.errors import PermanentError, TransientError
from channels.file_names import is_plain_name
from channels.folder.atomic import deliver_file


def test_the_file_alone_is_left_in_the_folder(tmp_path: Path) -> None:
    assert deliver_file(tmp_path, ".", "a.json", b"{}")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", b"{}")]


def test_the_same_bytes_again_are_already_delivered(tmp_path: Path) -> None:
    deliver_file(tmp_path, ".", "a.json", b"{}")
    before = (tmp_path / "a.json").stat()
    assert not deliver_file(tmp_path, ".", "a.json", b"{}")
    assert (tmp_path / "a.json").stat().st_ino == before.st_ino
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("other", [b"", b"[]", b"{}\n"])
def test_other_bytes_are_never_replaced(tmp_path: Path, other: bytes) -> None:
    (tmp_path / "a.json").write_bytes(other)
    with pytest.raises(TransientError, match=r"a\.json already exists"):
        deliver_file(tmp_path, ".", "a.json", b"{}")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", other)]


def test_a_link_or_folder_of_that_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"{}")
    (tmp_path / "link.json").symlink_to("target")
    (tmp_path / "dangling.json").symlink_to("nowhere")
    (tmp_path / "folder.json").mkdir()
    for name in ("link.json", "dangling.json", "folder.json"):
        with pytest.raises(TransientError, match="already exists"):
            deliver_file(tmp_path, ".", name, b"{}")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "/a", "a/b", "a\\b", ".hidden", "a\x00b", "a\nb", "\udce9.json"]
)
def test_only_plain_names_are_taken(tmp_path: Path, name: str) -> None:
    assert not is_plain_name(name)
    with pytest.raises(PermanentError, match="not a plain file name"):
        deliver_file(tmp_path, ".", name, b"{}")
    assert list(tmp_path.iterdir()) == []


def test_a_name_too_long_for_the_file_system_is_permanent(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="name too long"):
        deliver_file(tmp_path, ".", "a" * 300, b"{}")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="No such file or directory"):
        deliver_file(tmp_path, "acme/out", "a.json", b"{}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["link", "link/out", "acme/out", "acme/out/..", "..", "acme/../../other", "/"])
def test_no_component_below_the_root_may_be_a_link(tmp_path: Path, path: str) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    (root / "acme").mkdir(parents=True)
    (other / "out").mkdir(parents=True)
    (root / "link").symlink_to(other)
    (root / "acme" / "out").symlink_to(other)
    with pytest.raises(TransientError, match="cannot be written"):
        deliver_file(root, path, "a.json", b"{}")
    assert [path.name for path in other.iterdir()] == ["out"]


def test_a_write_that_fails_midway_is_transient_and_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(TransientError, match="File too large"):
            deliver_file(tmp_path, ".", "a.json", b"x" * 20_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_of_many_writers_of_one_name_exactly_one_writes(tmp_path: Path) -> None:
    written: list[bool] = []
    barrier = threading.Barrier(8)

    def deliver() -> None:
        barrier.wait()
        written.append(deliver_file(tmp_path, ".", "a.json", b"{}" * 10_000))

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(written) == [False] * 7 + [True]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"{}" * 10_000]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    body = b"x" * 2_000_000
    sizes: set[int] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            sizes.update(path.stat().st_size for path in tmp_path.glob("[!.]*"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(10):
        deliver_file(tmp_path, ".", f"{number}.json", body)
    done.set()
    watcher.join()
    assert sizes <= {len(body)}
