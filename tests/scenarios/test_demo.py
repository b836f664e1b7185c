"""The demo ends by itself and well, without a terminal, and tells the whole story."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_demo_delivers_everything(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "samples.run_demo"],
        cwd=tmp_path,
        env={**os.environ, "DEMO_EXIT": "1", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert (run.returncode, run.stderr) == (0, ""), run.stdout + run.stderr
    for told in (
        "exactly what they should",
        "Why the invoice without a readable date was rejected",
        "What each partner was answered",
        "TA1",
    ):
        assert told in run.stdout
