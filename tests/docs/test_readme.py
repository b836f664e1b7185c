"""The README's commands work as they stand: each ``sh runnable`` block runs against the sample data."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh runnable\n(.*?)```", README, re.S)


def test_commands_of_the_readme_run_one_after_another(tmp_path: Path) -> None:
    search_path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    for block in BLOCKS:
        run = subprocess.run(
            ["bash", "-ec", block],
            cwd=ROOT,
            env={**os.environ, "PATH": search_path, "SUPPLIER_HUB_DATA": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, block + run.stdout + run.stderr
        assert "Traceback" not in run.stderr


def test_readme_has_commands_and_names_what_exists() -> None:
    assert BLOCKS
    paths = re.findall(r"`((?:canonical|channels|partners|hub|samples|tests)/[\w./-]*)`", README)
    assert not [path for path in paths if not (ROOT / path).exists()]
