"""Bytes of unknown form made safe to look at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.web.preview import preview


@given(st.binary(max_size=300))
def test_any_bytes_are_shown_as_what_a_page_can_show(data: bytes) -> None:
    assert all(character.isprintable() or character in "\r\n\t" for character in preview(data))


def test_text_is_shown_as_it_is_and_says_where_it_was_cut() -> None:
    assert preview(b"ST*850\r\n") == "ST*850\r\n"
    assert preview(b"a" * 10, limit=4) == "aaaa\n…"
