"""``hub guide show``: a guide as text, as JSON and as a page that needs nothing else."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from channels.x12.standards import tables
from hub.cli.program import program
from hub.guides.description import describe
from hub.guides.places import note_in_words
from hub.guides.subject import subject
from hub.guides.text import lines
from hub.web.guide import page
from partners.loader import load_profiles
from partners.profile import Identifier

ROOT = Path(__file__).parents[2]
PROFILES = ROOT / "samples/partners"
CONFIG = str(ROOT / "samples/hub.yaml")
OURS = Identifier(qualifier="ZZ", id="EXAMPLEDIST")


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(program(arguments[0]), list(arguments))
    return result.exit_code, result.output


def shown(*options: str) -> str:
    code, out = run("guide", "show", "acme-fasteners", "810", "--profiles", str(PROFILES), "--config", CONFIG, *options)
    assert code == 0, out
    return out


def test_the_text_says_what_to_send_and_what_comes_back() -> None:
    text = shown()
    assert "Acme Fasteners sends it to EXAMPLEDIST. Example Distribution's invoice guide." in text
    assert "A 997 functional acknowledgment for every functional group." in text
    assert "BIG04    required    Purchase Order Number (text, 1 to 22)" in text
    assert "- one where N101 is RE is required" in text
    assert "- required when SAC01 is A or C" in text
    assert "BP  Our item number, as ordered." in text
    assert "the standard also has:" in text
    assert text.rstrip().endswith("IEA*1*000000001~")


def test_json_holds_the_same() -> None:
    described = json.loads(shown("--json"))
    heading = next(item for item in described["items"] if item.get("id") == "BIG")
    assert {e["designator"]: e["usage"] for e in heading["elements"] if e["shown"]}["BIG04"] == "required"
    assert described["sender"]["id"] == "ACMEFASTENERS"


def test_the_sample_on_the_page_is_accepted_under_the_same_profile(tmp_path: Path) -> None:
    file = tmp_path / "sample.edi"
    file.write_text(json.loads(shown("--json"))["sample"])
    code, out = run("inspect", "--json", "--partner", str(PROFILES / "acme-fasteners.yaml"), str(file))
    [inspected] = json.loads(out)["interchanges"][0]["sets"]
    assert (code, inspected["verdict"], inspected["findings"]) == (0, "accepted", [])


class _Page(HTMLParser):
    """Tags that are open, and what a page asks for from elsewhere."""

    EMPTY = frozenset({"meta", "br", "link", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.foreign: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag not in self.EMPTY:
            self.open.append(tag)
        self.foreign += [value or "" for name, value in attributes if name == "src" or (tag, name) == ("link", "href")]
        self.foreign += ["script"] if tag == "script" else []
        self.links += [given["href"] or ""] if tag == "a" else []
        self.ids += [given["id"] or ""] if "id" in given else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "guide.html"
    shown("--html", str(file))
    text = file.read_text()
    read = _Page(text)
    assert read.open == []
    assert read.foreign == []
    assert len(read.ids) == len(set(read.ids))
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)
    assert not re.search(r"https?://|url\(", text)
    assert len(text) < 150_000
    assert shown("--html", "-") == text


def test_what_a_profile_says_is_shown_as_text_only() -> None:
    profile = load_profiles([PROFILES / "acme-fasteners.yaml"]).profiles[0]
    renamed = profile.model_copy(update={"name": "<script>alert(1)</script>"})
    text = page(describe(subject(renamed, OURS, "810")))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("release", tables.RELEASES)
def test_every_set_has_a_guide_even_where_nothing_is_agreed(release: str) -> None:
    profile = load_profiles([PROFILES / "birch-paper.yaml"]).profiles[0]
    for set_type in tables.set_types(release):
        described = describe(subject(profile, OURS, set_type, release))
        assert any(line.lstrip().startswith("SE  ") for line in lines(described))
        assert _Page(page(described)).open == []


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("P0304", "N103 and N104 go together: both or neither."),
        ("P020304", "N102, N103 and N104 go together: all or none."),
        ("R0203", "At least one of N102 or N103 is needed."),
        ("E0103", "Only one of N101 or N103 may be sent."),
        ("C0302", "N103 needs N102."),
        ("L020304", "N102 needs N103 or N104."),
    ],
)
def test_syntax_notes_are_said_in_words(note: str, said: str) -> None:
    assert note_in_words("N1", note) == said


@pytest.mark.own_stores("the command opens the store of its own data directory")
def test_a_guide_of_a_profile_in_force_is_shown_from_the_store(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    assert run("config", "apply", CONFIG, *where)[0] == 0
    assert run("partner", "apply", str(PROFILES), *where)[0] == 0
    code, out = run("guide", "show", "corner-hardware", "850", *where)
    assert code == 0
    assert "Corner Hardware sends it to EXAMPLEDIST. Corner Hardware's order guide 2.0." in out
    code, out = run("guide", "show", "nobody", "850", *where)
    assert (code, "There is no partner nobody" in out) == (1, True)


def test_what_cannot_be_shown_is_said() -> None:
    code, out = run("guide", "show", str(PROFILES / "acme-fasteners.yaml"), "999")
    assert (code, "not supported" in out) == (1, True)
    code, _ = run("guide", "show", str(PROFILES / "acme-fasteners.yaml"), "810", "--json", "--html", "-")
    assert code == 2


def test_a_guide_that_contradicts_itself_is_refused_with_every_problem(tmp_path: Path) -> None:
    text = (PROFILES / "acme-fasteners.yaml").read_text()
    broken: Any = text.replace("codes: [BP]", "codes: [B?]").replace("element: BIG04", "element: BIG44")
    file = tmp_path / "broken.yaml"
    file.write_text(broken)
    code, out = run("guide", "show", str(file), "810")
    assert code == 2
    assert "B? not among the standard's codes" in out
    assert "BIG has 10 elements" in out
