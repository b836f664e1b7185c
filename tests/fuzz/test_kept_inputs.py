"""Every kept input once more, without a fuzzer: it once broke a promise, or reaches what others do not."""

from __future__ import annotations

import pytest

from tests.fuzz.campaign import KEPT
from tests.fuzz.targets import TARGETS, seeds


@pytest.mark.parametrize("target", TARGETS)
def test_kept_inputs_break_no_promise(target: str) -> None:
    kept = sorted((KEPT / target).iterdir())
    assert len(kept) >= 20
    for path in kept:
        try:
            TARGETS[target](path.read_bytes())
        except Exception as error:
            raise AssertionError(f"{path.name} breaks a promise of {target}") from error


@pytest.mark.parametrize("target", TARGETS)
def test_sound_inputs_break_no_promise(target: str) -> None:
    for seed in seeds(target):
        TARGETS[target](seed)
