"""What a profile says of the files that we write."""

from __future__ import annotations

from typing import Any

import pytest

from channels.x12.envelope import Separators
from channels.x12.judging.policy import STRICT
from channels.x12.writing.characters import CharacterSet
from channels.x12.writing.writer import Lines
from partners.loader import load_profile_text
from partners.pinned import Pinned
from partners.profile import TradingPartner
from partners.x12_settings import X12Settings
from tests.unit.partners.profiles import ACME


def problems(x12: str) -> list[str]:
    text = ACME.replace("  lines: {wrap: segment}\n", f"  {x12}\n")
    assert text != ACME
    return [f"{'.'.join(map(str, p.path))}: {p.message}" for p in load_profile_text(text, "acme.yaml").problems]


@pytest.mark.parametrize(
    ("x12", "named"),
    [
        ("lines: {wrap: 20}", "x12.lines.wrap"),
        ("lines: {wrap: page}", "x12.lines.wrap"),
        ("character_set: ascii", "x12.character_set"),
        ('replacement: "~"', "x12.replacement: '~' is a separator and cannot replace one"),
        ("replacement: é", "x12.replacement"),
        ("{character_set: basic, replacement: x}", "x12.replacement"),
        ("interchange_version: 4010", "x12.interchange_version"),
        ("unwritable: drop", "x12.unwritable"),
        ("too_long: cut", "x12.too_long"),
    ],
)
def test_what_cannot_be_written_is_named_when_the_profile_is_checked(x12: str, named: str) -> None:
    x12 = "character_set: basic\n  replacement: x" if x12.startswith("{") else x12
    found = problems(x12)
    assert any(problem.startswith(named) for problem in found), found


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"separators": {"segment": "\n"}, "lines": {"wrap": "segment"}}, "lines cannot be wrapped"),
        ({"separators": {"element": "\n"}}, "a line end can only be the segment separator"),
        ({"separators": {"component": "\t"}}, "occurs in values or is taken for padding"),
        ({"separators": {"component": "-"}}, "occurs in values"),
        ({"separators": {"component": "*"}}, "must differ"),
    ],
)
def test_separators_that_nobody_could_read_are_refused(settings: dict[str, Any], refused: str) -> None:
    with pytest.raises(ValueError, match=refused):
        X12Settings.model_validate(settings)


def test_the_repetition_separator_may_replace_before_it_separates() -> None:
    assert X12Settings.model_validate({"replacement": "^", "release": "004010"}).replacement == "^"
    with pytest.raises(ValueError, match="is a separator"):
        X12Settings.model_validate({"replacement": "^", "release": "005010"})


def test_the_form_is_what_the_profile_says() -> None:
    x12 = {
        "release": "004010VICS",
        "interchange_version": "00400",
        "separators": {"element": "|"},
        "lines": {"wrap": 80, "end": "crlf", "final": False},
        "character_set": "latin-1",
        "transliterate": True,
        "unwritable": "replace",
        "replacement": ".",
        "too_long": "shorten",
        "forgive": ["X12-AK403-7", "X12-AK502-6"],
    }
    acme = load_profile_text(ACME, "acme.yaml").require()
    form = Pinned(TradingPartner.model_validate(acme.model_dump() | {"x12": x12}), 1).form(acme.documents[0])
    assert (form.release, form.interchange_version) == ("004010VICS", "00400")
    assert form.separators == Separators("|", ">", "~", "^")
    assert form.lines == Lines(80, "\r\n", False)
    assert form.rules.character_set is CharacterSet.LATIN_1
    assert (form.rules.transliterate, form.rules.unwritable, form.rules.replacement) == (True, "replace", ".")
    assert form.rules.too_long == "shorten"
    assert form.guide == acme.documents[0].guide
    assert form.policy.name == STRICT.name
    assert form.policy.forgive == {"X12-AK403-7", "X12-NON-ASCII"}, "slips of a partner's are none of ours"
