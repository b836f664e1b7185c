"""A missing program skips by name, and fails where nothing may be missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

NEEDY = """
import pytest

@pytest.mark.external("no-such-program")
@pytest.mark.parametrize("n", range(3))
def test_it(n): ...
"""


def pytest_run(folder: Path, require: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text("from tests.external import pytest_runtest_setup, pytest_terminal_summary")
    (folder / "test_needy.py").write_text(NEEDY)
    return subprocess.run(
        [sys.executable, "-m", "pytest", f"-c{ROOT / 'pyproject.toml'}", f"--rootdir={folder}", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "REQUIRE_EXTERNAL": require, "PYTHONPATH": str(ROOT)},
    )


def test_missing_program_skips_in_one_line(tmp_path: Path) -> None:
    run = pytest_run(tmp_path, require="")
    assert run.returncode == 0
    assert "3 tests: needs the program no-such-program" in run.stdout


def test_missing_program_fails_where_nothing_may_be_missing(tmp_path: Path) -> None:
    run = pytest_run(tmp_path, require="1")
    assert run.returncode == 1
    assert "3 errors" in run.stdout
