"""What ``docs/files.md`` shows is what happens: its profiles are sound, its commands run and say what is said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub.web.api.transmissions import FORMS, SubmitQuery
from partners.loader import load_profile_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
HEAD = "partner: copper-tools\nname: Copper Tools\nrole: supplier\n"


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE, re.S))
def test_its_profiles_are_sound(text: str) -> None:
    assert load_profile_text(HEAD + text, "files.md").problems == ()


def test_its_commands_run_and_tell_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    search_path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": search_path, "PYTHONPATH": str(ROOT)}
    [block] = re.findall(r"```sh runnable\n(.*?)```", PAGE, re.S)
    run = subprocess.run(
        ["bash", "-ec", block], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    [shown] = re.findall(r"```text\n(.*?)```", PAGE, re.S)
    assert shown in run.stdout


def test_what_it_says_of_the_api_is_so() -> None:
    named = re.findall(r"`((?:text|application)/[\w-]+)`", PAGE)
    assert named
    assert set(named) <= FORMS.keys()
    assert "file_name=" in PAGE
    assert "file_name" in SubmitQuery.model_fields
