"""Samples that break one rule of a guide each, and nothing else."""

from __future__ import annotations

from channels.x12.guide import Guide
from channels.x12.sample.wrong import wrong_samples

GUIDE = Guide.model_validate(
    {
        "850": {
            "segments": [
                {"segment": "CUR", "loop": "", "usage": "required"},
                {"segment": "FOB", "loop": "", "usage": "forbidden"},
                {"segment": "DTM", "loop": "", "max": 2},
                {"segment": "N1", "loop": "N1", "usage": "required", "having": {"element": "N101", "codes": ["ST"]}},
                {"segment": "N1", "loop": "N1", "usage": "forbidden", "having": {"element": "N101", "codes": ["BT"]}},
            ],
            "elements": [
                {"element": "BEG02", "codes": ["SA", "NE"]},
                {"element": "BEG04", "usage": "forbidden"},
                {"element": "BEG03", "min": 5, "max": 9},
                {"element": "PO107", "usage": "required"},
                {"element": "N103", "loop": "N1", "usage": "required", "when": {"element": "N101", "codes": ["ST"]}},
            ],
        }
    }
)


def test_every_rule_is_broken_alone_and_said() -> None:
    assert GUIDE.problems("004010", "850") == []
    found = list(wrong_samples("850", "004010", GUIDE))
    assert [one.rule for one in found] == list(range(1, 11))
    codes = [one.finding.code.removeprefix("X12-").removesuffix("-GUIDE") for one in found]
    assert codes[:5] == ["AK304-3", "AK304-2", "AK304-5", "AK304-3", "AK304-2"]
    assert codes[5:] == ["AK403-7", "AK403-10", "AK403-5", "AK403-1", "AK403-2"]
    assert all("the partner's guide" in one.finding.message for one in found)


def test_the_same_seed_breaks_them_the_same_way() -> None:
    first, second = (list(wrong_samples("850", "004010", GUIDE, seed=4)) for _ in range(2))
    assert [one.sample.body for one in first] == [one.sample.body for one in second]
