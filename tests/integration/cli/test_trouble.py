"""What a shell can do to a command: close its output, fill the disk, name what is no file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.commands import HUB, ROOT, Cli


def shell(line: str) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        ["bash", "-c", line.replace("HUB", " ".join(HUB))],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run


def test_a_full_disk_behind_the_output_is_told() -> None:
    run = shell("HUB schema >/dev/full")
    assert run.returncode == 1
    assert run.stderr == "hub: No space left on device\n"


def test_a_reader_that_goes_away_ends_the_command_silently() -> None:
    run = shell("HUB schema | head -1")
    assert run.stdout == "{\n"
    assert run.stderr == ""


def test_a_closed_output_leaves_the_exit_code() -> None:
    assert shell("HUB inspect samples/cases/invoice-rejected/input.edi >&-").returncode == 0
    assert shell("HUB inspect /nowhere >&-").returncode == 1


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.touch()
    run = shell(f"HUB serve --data-dir {taken}")
    assert run.returncode == 1
    assert str(taken) in run.stderr


def test_a_device_without_an_end_is_not_read_for_ever(
    tmp_path: Path, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.cli.x12_files.PIPE_LIMIT", 1_000_000)
    monkeypatch.setattr("hub.control.client.FILE_LIMIT", 1_000_000)
    run = Cli(tmp_path).run("inspect", "/dev/zero")
    assert run.returncode == 1
    assert "more than 1000000 bytes" in run.stdout
    run = Cli.on(migrated_url, tmp_path).run("ingest", "/dev/zero")
    assert run.returncode == 1
    assert "more than the 1000000 bytes" in run.stderr


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    run = Cli(tmp_path).run("status", "--database", "mysql://root@localhost/hub")
    assert run.returncode == 2
    assert "postgresql://" in run.stderr
