from __future__ import annotations

import pytest

from channels.x12.envelope import Separators
from channels.x12.guide import Guide
from channels.x12.second_judge.judge import SecondJudgement, SecondVerdict, second_judge
from channels.x12.standards import tables
from channels.x12.standards.tables import UnsupportedSetError

SEPARATORS = Separators("*", ":", "~", "^")

ORDER = (
    "ST*850*0001~BEG*00*SA*4500**20240115~CUR*BY*USD~REF*DP*008~PER*BD*JANE*TE*2145550101~DTM*002*20240120~"
    "N1*ST*STORE 1*92*0001~N3*100 MAIN ST~N4*DALLAS*TX*75201*US~"
    "PO1*1*12*EA*10.25**UP*087171630001~PID*F*08***SHOVEL~PO4*16*1*EA~CTT*1~SE*14*0001~"
)


def judged(text: str, set_type: str = "850", release: str = "004010", guide: Guide | None = None) -> SecondJudgement:
    segments = [segment.split("*") for segment in text.split("~") if segment]
    return second_judge(release, set_type, guide).judge(segments, SEPARATORS)


def places(judgement: SecondJudgement) -> list[tuple[int, str, int, str]]:
    return [(error.position, error.segment, error.element, error.code) for error in judgement.errors]


@pytest.mark.parametrize("release", tables.RELEASES)
def test_a_clean_set_is_accepted_in_both_releases(release: str) -> None:
    assert judged(ORDER, release=release) == SecondJudgement(SecondVerdict.ACCEPTED)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("BEG*00*SA*4500*", "BEG*00*SA**", (2, "BEG", 3, "1")),
        ("CTT*1~", "", (13, "SE", 0, "4")),
        ("SE*14*0001", "SE*14*0002", (14, "SE", 0, "3")),
        ("SE*14*0001~", "", (14, "SE", 0, "3")),
        ("CUR*BY*USD", "CUR*BY*USD~CUR*BY*USD", (4, "CUR", 0, "5")),
        ("BEG*00*SA*4500**20240115~", "", (2, "BEG", 0, "3")),
        ("20240120", "20240230", (6, "DTM", 2, "8")),
        ("REF*DP*008", "REF*DP", (4, "REF", 2, "2")),
        ("REF*DP*008", "REF*DP*008**??:1", (4, "REF", 4, "7")),
    ],
)
def test_each_error_carries_its_place(old: str, new: str, expected: tuple[int, str, int, str]) -> None:
    judgement = judged(ORDER.replace(old, new, 1))
    assert judgement.verdict is SecondVerdict.REFUSED
    assert expected in places(judgement)


def test_components_are_told_apart() -> None:
    (error,) = judged(ORDER.replace("REF*DP*008", "REF*DP*008**DP:1:??:2")).errors
    assert (error.element, error.component, error.code) == (4, 3, "7")


@pytest.mark.parametrize(
    ("old", "new", "reason", "position"),
    [
        ("REF*DP*008", "REF*DP*008**DP:1:SI:2:SI:2:7", "IndexError: list index out of range", 4),
        ("PID*F*08***SHOVEL", "PID*F*08***" + "SHOVEL" * 3000, "it stopped reading behind segment 10 of 14", 11),
        ("SE*14*0001", "SE*14*0001~SE*14*0001~GE*1", "IndexError: list index out of range", 16),
    ],
)
def test_what_it_raises_or_leaves_unread_is_a_verdict_with_its_reason(
    old: str, new: str, reason: str, position: int
) -> None:
    judgement = judged(ORDER.replace(old, new))
    assert (judgement.verdict, judgement.reason) == (SecondVerdict.FAILED, reason)
    assert judgement.position == position


RULES: dict[str, list[dict[str, object]]] = {
    "segments": [
        {"segment": "CUR", "loop": "", "usage": "required"},
        {"segment": "N3", "loop": "N1", "usage": "forbidden"},
        {"segment": "REF", "loop": "", "max": 1},
    ],
    "elements": [
        {"element": "BEG02", "codes": ["SA", "NE"]},
        {"element": "BEG03", "min": 3, "max": 5},
        {"element": "N102", "loop": "N1", "usage": "required"},
        {"element": "DTM03", "usage": "forbidden"},
        {"element": "REF04-2", "max": 3},
    ],
}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("CUR*BY*USD~", "", ("CUR", 0, "3")),
        ("N4*", "N3*1 MAIN ST~N4*", ("N3", 0, "1")),
        ("REF*DP*008", "REF*DP*008~REF*IA*7", ("REF", 0, "5")),
        ("BEG*00*SA", "BEG*00*RL", ("BEG", 2, "7")),
        ("*4500*", "*45*", ("BEG", 3, "4")),
        ("*4500*", "*450000*", ("BEG", 3, "5")),
        ("N1*ST*STORE 1", "N1*ST*", ("N1", 2, "1")),
        ("DTM*002*20240120", "DTM*002*20240120*1200", ("DTM", 3, "10")),
        ("REF*DP*008", "REF*DP*008**DP:1234", ("REF", 4, "5")),
    ],
)
def test_the_guide_narrows_it_too(old: str, new: str, expected: tuple[str, int, str]) -> None:
    guide = Guide.model_validate({"850": RULES})
    order = ORDER.replace("N3*100 MAIN ST~", "").replace("SE*14", "SE*13")
    assert judged(order, guide=guide).verdict is SecondVerdict.ACCEPTED
    assert expected in [place[1:] for place in places(judged(order.replace(old, new, 1), guide=guide))]


def test_dates_without_century_belong_to_older_releases() -> None:
    order = ORDER.replace("20240115", "240115")
    assert judged(order, release="003040").verdict is SecondVerdict.ACCEPTED
    assert judged(order).verdict is SecondVerdict.REFUSED


def test_element_lengths_are_those_of_the_release() -> None:
    order = ORDER.replace("REF*DP*008", "REF*DP*" + "0" * 40)
    assert judged(order, release="004010").verdict is SecondVerdict.REFUSED
    assert judged(order, release="005010").verdict is SecondVerdict.ACCEPTED


def test_what_it_echoes_is_cut_and_escaped() -> None:
    (error, *_) = judged(ORDER.replace("PID*F", "PID*\x07" + "F" * 5000)).errors
    assert len(error.text) <= 200
    assert error.text.isprintable()


def test_a_set_that_the_tables_do_not_hold_is_no_verdict() -> None:
    with pytest.raises(UnsupportedSetError):
        second_judge("004010", "271")
