"""What ``docs/guides.md`` shows is what happens: its rules fit the standard, its commands run, its finding is said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from canonical.finding import Verdict
from channels.x12.guide import Guide
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.policy import LENIENT, STRICT
from channels.x12.sample import sample
from channels.x12.writing.writer import USUAL_SEPARATORS
from partners.yaml_text import read_tree

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guides.md").read_text(encoding="utf-8")
GUIDES = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
COMMANDS = re.findall(r"```sh runnable\n(.*?)```", PAGE, re.S)
[FINDING] = re.findall(r"```text\n(.*?)\n```", PAGE, re.S)


def guide_of(text: str) -> Guide:
    tree = read_tree(text, "guides.md")
    assert tree.problems == []
    return Guide.model_validate(tree.value["guide"])


def judged(set_type: str, body: list[list[str]], guide: Guide, strict: bool = True) -> Judgement:
    whole = [["ST", set_type, "0001"], *body, ["SE", str(len(body) + 2), "0001"]]
    return judge(whole, grammar("004010", set_type, guide), STRICT if strict else LENIENT, USUAL_SEPARATORS)


@pytest.mark.parametrize("text", GUIDES)
def test_its_guides_fit_the_standard_and_samples_keep_them(text: str) -> None:
    guide = guide_of(text)
    for set_type in guide.root:
        assert guide.problems("004010", set_type) == []
        assert judged(set_type, sample(set_type, "004010", guide, lines=3).body, guide).findings == ()


def test_its_finding_is_what_is_said() -> None:
    guide = guide_of(next(text for text in GUIDES if '"810"' in text))
    body = sample("810", "004010", guide).body
    charge = next(segment for segment in body if segment[0] == "SAC")
    body[body.index(charge)] = ["SAC", "C", "D240", "", "", "", "1", "2"]
    judgement = judged("810", body, guide, strict=False)
    assert [finding.message for finding in judgement.findings] == [FINDING]
    assert judgement.verdict is Verdict.REJECTED


def test_its_commands_run(tmp_path: Path) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    search_path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": search_path, "PYTHONPATH": str(ROOT)}
    assert len(COMMANDS) == 2
    for block in COMMANDS:
        run = subprocess.run(
            ["bash", "-ec", block], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, block + run.stdout + run.stderr
        assert "rejected" not in run.stdout
    made = {"acme-810.html", "invoice.edi", "orders.edi", "wrong-invoices"}
    assert {file.name for file in tmp_path.iterdir()} == {"samples", *made}
