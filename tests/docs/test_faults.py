"""docs/faults.md: its kill points are those at which nodes are killed, its invariants those that are checked."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.harness.invariants import INVARIANTS
from tests.faults.harness.points import POINTS, PULLED

TEXT = (Path(__file__).parents[2] / "docs/faults.md").read_text(encoding="utf-8")


def test_it_names_every_kill_point() -> None:
    told = dict(re.findall(r"^\| ([kp]\d+) \| ([^|(]*[^|( ])", TEXT, re.MULTILINE))
    assert told == {name: point.says for name, point in (POINTS | PULLED).items()}


def test_it_names_every_lettered_invariant() -> None:
    told = re.findall(r"^\| ([a-i]) \|", TEXT, re.MULTILINE)
    assert told == sorted({name[0] for name in INVARIANTS if name[1] == " "})


def test_it_names_every_test_file() -> None:
    files = {path.name for path in (Path(__file__).parents[1] / "faults").glob("test_*.py")}
    assert files - set(re.findall(r"`(test_\w+\.py)`", TEXT)) <= {"test_invariants.py"}
