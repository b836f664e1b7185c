"""``hub inspect`` as its users call it: real files, odd files, and files that are nothing of the kind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.commands import HUB, ROOT, SAMPLES, Cli, case

VERDICTS = {"accepted", "accepted_with_errors", "rejected"}
FILE_KEYS = {"file", "bytes", "bytes_accounted", "remnants", "findings", "interchanges"}
INTERCHANGE_KEYS = {"sender", "receiver", "control_number", "usage_indicator", "findings", "acknowledgments", "sets"}
SET_KEYS = {"group_control_number", "release", "type", "control_number", "verdict", "findings", "document"}
FINDING_KEYS = {"code", "severity", "locator", "message", "value", "expected", "allowed", "fix"}


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "nothing")


def inspected(cli: Cli, *words: str | Path, code: int = 0) -> list[dict[str, Any]]:
    run = cli.run("inspect", "--json", *words)
    assert (run.returncode, run.stderr) == (code, "")
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_every_file_that_is_shared_is_read_without_losing_a_byte(cli: Cli, shared_dir: Path) -> None:
    files = sorted(p for name in ("corpus/open", "odd") for p in (shared_dir / name).rglob("*") if p.is_file())
    assert files
    run = cli.process("inspect", "--json", *files)
    assert (run.returncode, run.stderr) == (1, "")  # some of them are no X12
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(file) for file in files]
    for file, line in zip(files, lines, strict=True):
        assert line.keys() - {"documents"} == FILE_KEYS  # they stand by themselves where the file is no X12
        assert line["bytes"] == line["bytes_accounted"] == file.stat().st_size, file
        wrong = any(finding["severity"] == "error" for finding in line["findings"])
        assert line["interchanges"] or line.get("documents") or wrong, file
        for interchange in line["interchanges"]:
            assert interchange.keys() == INTERCHANGE_KEYS
            for found in interchange["sets"]:
                assert found.keys() - {"tree"} == SET_KEYS  # a tree where no canonical document carries the set
                assert found["verdict"] in VERDICTS
                assert all(finding.keys() <= FINDING_KEYS for finding in found["findings"])
                assert "HUB-FAULT" not in {finding["code"] for finding in found["findings"]}, file


def test_odd_files_are_x12_all_the_same(cli: Cli, shared_dir: Path) -> None:
    files = sorted((shared_dir / "odd").glob("*.edi"))
    assert all(line["interchanges"] for line in inspected(cli, *files, code=0))


@pytest.mark.parametrize("content", [b"", b" \r\n", b"%PDF-1.7 ...", b"ISA*00*", b"\x00" * 300, b"ISA" * 200])
def test_what_is_no_x12_ends_with_1_and_says_why(cli: Cli, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "some file.edi"
    file.write_bytes(content)
    (line,) = inspected(cli, file, code=1)
    assert line["bytes"] == line["bytes_accounted"] == len(content)
    assert [finding for finding in line["findings"] if finding["severity"] == "error"]


def test_a_file_that_cannot_be_opened_does_not_stop_the_others(cli: Cli, tmp_path: Path) -> None:
    missing, folder, good = inspected(cli, tmp_path / "nope", tmp_path, case("customer-order"), code=1)
    assert missing["findings"][0]["code"] == folder["findings"][0]["code"] == "FILE-UNREADABLE"
    assert missing["interchanges"] == []
    assert good["interchanges"][0]["sets"][0]["verdict"] == "accepted"


def test_the_answers_carry_number_1_and_the_interchanges_own_date_or_the_one_given(cli: Cli) -> None:
    def answer(*words: str) -> str:
        (line,) = inspected(cli, *words, case("three-invoices-one-bad"))
        (text,) = line["interchanges"][0]["acknowledgments"]
        return str(text)

    own = answer()
    assert "*ZZ*EXAMPLEDIST    *ZZ*ACMEFASTENERS  *260309*0700*U*00401*000000001*0*P*>~GS*FA*" in own
    assert "AK5*A~AK2*810*0002~" in own
    assert "AK9*P*3*3*2~" in own
    assert "*270201*1530*U*" in answer("--at", "2027-02-01T15:30")


def test_profiles_are_chosen_by_sender_by_name_or_by_file(cli: Cli) -> None:
    profiles = SAMPLES / "partners"
    acme = profiles / "acme-fasteners.yaml"
    chosen = [("--profiles", profiles), ("--profiles", profiles, "--partner", "acme-fasteners"), ("--partner", acme)]
    results = [inspected(cli, *words, case("three-invoices-one-bad")) for words in chosen]
    assert results[0] == results[1] == results[2]


def test_a_sender_without_a_profile_is_judged_without_one_and_that_is_said(cli: Cli, tmp_path: Path) -> None:
    only = tmp_path / "corner-hardware.yaml"
    only.write_text((SAMPLES / "partners" / "corner-hardware.yaml").read_text())
    (line,) = inspected(cli, "--profiles", tmp_path, case("three-invoices-one-bad"))
    assert [finding["code"] for finding in line["interchanges"][0]["findings"]] == ["PARTNER-UNKNOWN"]
    assert [found["verdict"] for found in line["interchanges"][0]["sets"]] == ["accepted", "rejected", "accepted"]


@pytest.mark.parametrize(
    "words",
    [
        ("--partner", "acme-fasteners"),
        ("--profiles", str(SAMPLES / "partners"), "--partner", "nobody"),
        ("--profiles", "/nonexistent"),
        ("--partner", str(SAMPLES / "hub.yaml")),
        ("--at", "noon"),
        (),
    ],
    ids=["name without folder", "unknown name", "no folder", "no profile", "no time", "no file"],
)
def test_wrong_usage_ends_with_2_and_plain_words(cli: Cli, words: tuple[str, ...]) -> None:
    run = cli.run("inspect", "--json", *words, *([case("customer-order")] if words else []))
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr


def test_without_json_a_person_reads_place_reason_and_remedy(cli: Cli) -> None:
    text = cli.ok("inspect", case("three-invoices-one-bad"))
    assert "810 0002 (release 004010) at byte 550, 16 segments: rejected" in text
    assert "error ST*0002/IT1[1]/IT102:" in text
    assert "Send a decimal number" in text
    assert "invoice INV-55132, 1 line" in text


def test_a_large_file_is_inspected_in_bounded_memory(tmp_path: Path) -> None:
    """4000 sets, about 1.5 MB: what is held does not grow with what is printed (some 8 MB)."""
    whole = case("customer-order").read_text().replace("\n", "")
    start, end = whole.index("ST*850"), whole.index("GE*")
    one = whole[start:end]
    number = one.split("*")[2].split("~")[0]
    sets = "".join(one.replace(f"*{number}~", f"*{index:04d}~") for index in range(1, 4001))
    group = whole.split("GS*")[1].split("~")[0].split("*")[5]
    file = tmp_path / "large.edi"
    file.write_text(whole[:start] + sets + f"GE*4000*{group}~" + whole[whole.index("IEA*") :])
    program = (  # its own high-water mark: getrusage counts that of whoever started it, too
        "import re, sys; from hub.cli import main; sys.argv[:1] = ['hub']\n"
        "try: main()\n"
        "except SystemExit: print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr)"
    )
    peaks = []
    for path in (case("customer-order"), file):
        command = [HUB[0], "-c", program, "inspect", "--json", str(path)]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        (line,) = (json.loads(text) for text in run.stdout.splitlines())
        peaks.append(int(run.stderr))
    assert len(line["interchanges"][0]["sets"]) == 4000
    assert peaks[1] - peaks[0] < 30_000, f"{peaks} KB"


def test_json_is_utf_8_in_every_locale_and_any_file_name_is_kept(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.edi")
    (tmp_path / name).write_bytes(case("customer-order").read_bytes().replace(b"Corner", "Cörner".encode()))
    cli = Cli(tmp_path, {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    run = cli.process("inspect", "--json", tmp_path / name)
    assert (run.returncode, run.stderr) == (0, "")
    line = json.loads(run.stdout)
    assert Path(line["file"]).name == name
    assert "Cörner" in run.stdout
    assert cli.process("inspect", tmp_path / name).returncode == 0


def test_a_closed_pipe_ends_it_quietly() -> None:
    command = f"{HUB[0]} -m hub.cli inspect --json {' '.join([str(case('shipment-pallets'))] * 300)} | head -c 10"
    run = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (len(run.stdout), run.stderr) == (10, "")


def judged_twice(cli: Cli, judge: str, file: Path) -> list[dict[str, Any]]:
    (line,) = inspected(cli, "--judge", judge, file)
    return [one for interchange in line["interchanges"] for one in interchange["sets"]]


def test_pyx12_judges_beside_ours_and_both_are_compared(cli: Cli) -> None:
    first, second, _ = judged_twice(cli, "both", case("three-invoices-one-bad"))
    assert (first["second"]["verdict"], second["second"]["verdict"]) == ("accepted", "refused")
    assert first["comparison"] == {"agree": True, "refused": False, "alone": None, "classes": [], "unlisted": []}
    assert (second["comparison"]["agree"], second["comparison"]["refused"]) == (True, True)
    errors = second["second"]["errors"]
    assert {(error["segment"], error["element"], error["code"]) for error in errors} >= {
        ("IT1", 2, "6"),
        ("IT1", 3, "7"),
    }
    assert "comparison" not in judged_twice(cli, "pyx12", case("three-invoices-one-bad"))[0]
    assert "second" not in judged_twice(cli, "ours", case("three-invoices-one-bad"))[0]


def test_why_the_judges_differ_is_named(cli: Cli, tmp_path: Path) -> None:
    caret = tmp_path / "caret.edi"
    caret.write_bytes(case("three-invoices-one-bad").read_bytes().replace(b"INV-55130", b"INV^55130"))
    found = judged_twice(cli, "both", caret)[0]["comparison"]
    assert (found["agree"], found["alone"], [one["name"] for one in found["classes"]]) == (
        False,
        "pyx12",
        ["CARET-GRAVE"],
    )
    told = cli.ok("inspect", "--judge", "both", caret)
    assert "they differ: pyx12 alone refuses something" in told
    assert "CARET-GRAVE: pyx12 takes ^" in told


def test_pyx12_alone_tells_its_verdict_and_none_of_ours(cli: Cli) -> None:
    told = cli.ok("inspect", "--judge", "pyx12", case("invoice-rejected"))
    assert "pyx12: refused" in told
    assert "segment 2 BIG01: " in told
    assert "X12-AK403-8" not in told


def test_pyx12_is_not_loaded_for_those_who_do_not_ask_for_it() -> None:
    code = f"import sys, hub.cli; sys.argv = ['hub', 'inspect', {str(case('customer-order'))!r}]\n"
    code += "try: hub.cli.main()\nexcept SystemExit: pass\nassert 'hub.inspection.file' in sys.modules\n"
    code += "assert not [name for name in sys.modules if name.split('.')[0] == 'pyx12']"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
