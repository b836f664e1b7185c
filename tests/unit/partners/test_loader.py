from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from canonical.document import DocumentType
from channels.folder.settings import FolderSettings
from hub.settings import load_settings_text
from partners.agreement import CheckSetting, Direction
from partners.loader import Known, load_profile_text, load_profiles
from partners.problem import ConfigurationError, Problem, path_text
from partners.profile import TradingPartner
from partners.yaml_text import DEPTH_LIMIT, SIZE_LIMIT, read_tree
from tests.unit.partners.profiles import ACME, BOLT


def problems(text: str, known: Known | None = None) -> list[str]:
    return [
        f"{p.line} {path_text(p.path)}: {p.message}" + (f" ({p.fix})" if p.fix else "")
        for p in load_profile_text(text, "acme.yaml", known).problems
    ]


def acme() -> TradingPartner:
    return load_profile_text(ACME, "acme.yaml").require()


def test_a_full_profile_is_read() -> None:
    profile = acme()
    assert profile.identifiers[0].qualifier == "01"
    assert profile.identifiers[0].id == "001234567", "the zeros of an identifier are kept"
    assert profile.identifiers[0].application_code == "ACMEGS"
    assert profile.x12.control_numbers.interchange.first == 100
    assert profile.x12.control_numbers.group.last == 999_999_999
    agreement = profile.agreement(DocumentType.INVOICE, Direction.INBOUND)
    assert agreement is not None
    assert agreement.checks == {"invoice-total": CheckSetting.HOLD}
    assert profile.agreement(DocumentType.INVOICE, Direction.OUTBOUND) is None
    files = profile.channel("files")
    assert isinstance(files, FolderSettings)
    assert files.sends


def test_nothing_is_production_by_default() -> None:
    assert load_profile_text(BOLT, "bolt.yaml").require().usage_indicator == "test"


def test_every_problem_is_reported_at_once_with_its_line() -> None:
    text = (
        ACME.replace("role: supplier", "rol: supplier")
        .replace("Chicago", "Chicgo")
        .replace("poll_seconds: 5", "poll_seconds: soon")
        .replace("functional: always", "functional: alwys")
        .replace("acme/out", "/etc/cron.d")
    )
    found = problems(text)
    assert "4 rol: there is no such field (did you mean role?)" in found
    assert "2 role: is required" in found
    assert any(line.startswith("5 time_zone: ") and "Chicgo" in line for line in found)
    assert "30 channels[0].poll_seconds: soon is no whole number" in found
    assert any(line.startswith("17 x12.acknowledgments.functional: alwys is not one of") for line in found)
    assert any(line.startswith("27 channels[0].outbound: a folder is a relative path") for line in found)
    assert len(found) == 6


def test_problems_between_fields_keep_their_places() -> None:
    found = problems(ACME.replace("channel: files", "channel: fils").replace("name: door", "name: files"))
    assert found == [
        "32 channels[1].name: a channel named files stands above already",
        "38 documents[0].channel: fils is none of the partner's channels (files, files)",
        "48 documents[1].channel: fils is none of the partner's channels (files, files)",
    ]


@pytest.mark.parametrize("name", ["gateway", "ingest", "shared", "system"])
def test_no_partner_is_called_as_a_door_of_the_hub_is(name: str) -> None:
    (problem,) = load_profile_text(ACME.replace("partner: acme\n", f"partner: {name}\n"), "p.yaml").problems
    assert (problem.line, name in problem.message) == (2, True)


def test_a_channel_that_cannot_send_takes_no_outbound_documents() -> None:
    assert problems(ACME.replace("outbound: acme/out\n", "\n")) == [
        "38 documents[0].channel: channel files cannot send"
    ]


def test_the_guide_is_checked_against_the_standard() -> None:
    (found,) = problems(ACME.replace("PO107", "PO199"))
    assert found.startswith("41 documents[0].guide.850: ")
    assert "PO199" in found


def test_names_defined_elsewhere_are_looked_up() -> None:
    known = Known(checks={"line-amount", "invoice-total"}, identities={"mains"})
    assert problems(ACME, known) == [
        "14 x12.identity: hub.yaml has no identity main (did you mean mains?)",
        "55 checks.sscc-check-digit: there is no check sscc-check-digit",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partner: a\npartner: b\n", "2 partner: partner is set twice, first in line 1 (keep one of them)"),
        ("a: &x 1\nb: *x\n", "1 : anchors and aliases (& and *) are not used here"),
        ("a: !!python/object:os.system x\n", "1 : tags (!) are not used here"),
        ("%YAML 1.2\n---\na: 1\n", "2 : YAML directives (%) are not used here"),
        ("a: 1\n---\nb: 1\n", "2 : a file holds one document"),
        ("a:\n  - b\n c: 1\n", "3 : not valid YAML: "),
        ("? [a]\n: b\n", "1 : a field's name is plain text"),
        ("[" * 5000, f"1 : nested more than {DEPTH_LIMIT} deep"),
        ("", "1 : the file holds no fields"),
        ("- a\n", "1 : the file holds no fields"),
        ("a" * (SIZE_LIMIT + 1), f"1 : larger than {SIZE_LIMIT} bytes"),
    ],
)
def test_yaml_that_is_refused(text: str, message: str) -> None:
    assert problems(text)[0].startswith(message)


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    (problem,) = load_profile_text(b"a: 1\nb: \xff\n", "x.yaml").problems
    assert (problem.line, problem.message) == (2, "not UTF-8 text")


def test_a_byte_order_mark_is_no_problem() -> None:
    assert load_profile_text(b"\xef\xbb\xbf" + ACME.encode(), "acme.yaml").require() == acme()


@given(st.binary(max_size=400))
@example(b'"\\Uffffffff"')
@example(b"partner: \xed\xa0\x80")
def test_any_bytes_end_in_problems_never_in_an_error(content: bytes) -> None:
    read = load_profile_text(content, "any.yaml")
    assert read.value is None
    assert read.problems


@given(st.data())
def test_any_damage_to_a_profile_ends_in_problems_or_a_profile(data: DataObject) -> None:
    start = data.draw(st.integers(0, len(ACME)))
    length = data.draw(st.integers(0, 12))
    replacement = data.draw(st.text(st.sampled_from(list(":-[]{}#'\"&*!|>%@`\n\t 01ax\\\u00e9\ud800")), max_size=6))
    read = load_profile_text(ACME[:start] + replacement + ACME[start + length :], "acme.yaml")
    assert (read.value is None) == bool(read.problems)


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
def test_any_structure_in_a_field_ends_in_problems(value: object) -> None:
    read = load_profile_text(json.dumps({"partner": value, "channels": value, "x12": value}), "acme.yaml")
    assert read.problems


def test_a_secret_that_was_pasted_is_not_repeated() -> None:
    text = "targets:\n  - {key: erp, kind: http, url: 'https://erp.example', secret: hunter2-hunter2}\n"
    (problem,) = load_settings_text(text, "hub.yaml").problems
    assert "hunter2" not in str(problem)
    assert path_text(problem.path) == "targets[0].secret"
    assert "env:NAME" in problem.message


def write(folder: Path, **texts: str) -> list[Path]:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return [folder]


def test_profiles_of_a_folder_are_loaded(tmp_path: Path) -> None:
    loaded = load_profiles(write(tmp_path, acme=ACME, bolt=BOLT))
    assert loaded.problems == ()
    assert [profile.partner for profile in loaded.profiles] == ["acme", "bolt"]
    assert loaded.texts["acme"] == ACME


def test_what_two_partners_claim_is_refused(tmp_path: Path) -> None:
    rival = BOLT.replace("id: BOLT", "id: acmeedi").replace("bolt/in", "acme/in")
    again = BOLT.replace("id: BOLT", "id: OTHER").replace("bolt/in", "other/in")
    found = load_profiles(write(tmp_path, a=ACME, b=rival, c=again)).problems
    assert [(Path(p.file).name, p.line, p.message.replace(str(tmp_path), "")) for p in found] == [
        ("b.yaml", 5, "ZZ acmeedi belongs to acme already (/a.yaml)"),
        ("b.yaml", 7, "the folder acme/in belongs to acme already (/a.yaml)"),
        ("c.yaml", 1, "the key bolt belongs to bolt already (/b.yaml)"),
    ]


def test_partners_may_share_a_channel_that_says_so(tmp_path: Path) -> None:
    shared = "{name: van, kind: folder, shared: true, inbound: van/in}"
    bolt = BOLT.replace("{name: files, kind: folder, inbound: bolt/in}", shared).replace(
        "channel: files", "channel: van"
    )
    nut = bolt.replace("partner: bolt", "partner: nut").replace("id: BOLT", "id: NUT")
    assert load_profiles(write(tmp_path, bolt=bolt, nut=nut)).problems == ()
    alone = nut.replace("shared: true", "shared: false")
    (problem,) = load_profiles(write(tmp_path, bolt=bolt, nut=alone)).problems
    assert problem.message.startswith("the folder van/in belongs to bolt already")


def test_a_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    paths = [*write(tmp_path, a="a: [", b=BOLT), tmp_path / "missing.yaml"]
    loaded = load_profiles(paths)
    assert [profile.partner for profile in loaded.profiles] == ["bolt"]
    assert [Path(p.file).name for p in loaded.problems] == ["a.yaml", "missing.yaml"]
    assert "cannot be read" in loaded.problems[1].message


def test_require_raises_with_every_problem() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_profile_text("partner: x\n", "x.yaml").require()
    assert all(isinstance(problem, Problem) for problem in caught.value.problems)
    assert "x.yaml:1 channels: is required" in str(caught.value)


@given(st.text(max_size=60))
def test_every_value_of_a_tree_has_a_line_inside_the_file(text: str) -> None:
    tree = read_tree(text, "any.yaml")
    assert all(
        1 <= line <= text.count("\n") + text.count("\r") + text.count("\x85") + 3 for line in tree.lines.values()
    )
