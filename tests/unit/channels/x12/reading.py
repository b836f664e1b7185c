"""A set read and judged as the tests of single sets do it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import settings

from channels.x12.envelope import Separators
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.policy import LENIENT, STRICT
from channels.x12.sets import Decoded, decode

SEPARATORS = Separators("*", ">", "~", "^")
CREATED = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
UNHURRIED = settings(max_examples=60)


def segments(text: str) -> list[list[str]]:
    return [line.strip().split("*") for line in text.strip().splitlines()]


def enveloped(set_type: str, body: list[list[str]]) -> list[list[str]]:
    return [["ST", set_type, "0001"], *body, ["SE", str(len(body) + 2), "0001"]]


def judged(set_type: str, body: list[list[str]], release: str = "004010", strict: bool = True) -> Judgement:
    policy = STRICT if strict else LENIENT
    return judge(enveloped(set_type, body), grammar(release, set_type), policy, SEPARATORS)


def read(set_type: str, body: list[list[str]], release: str = "004010") -> Decoded:
    judgement = judged(set_type, body, release, strict=False)
    return decode(set_type, grammar(release, set_type), judgement, SEPARATORS)
