"""Where documents stand in JSON text: one as it is, or a list."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.submission.spans import document_spans, is_object

values = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
blanks = st.text(" \t\r\n", max_size=4)


def texts(body: bytes) -> list[bytes]:
    spans, findings = document_spans(body)
    assert findings == []
    return [body[offset : offset + length] for offset, length in spans]


@given(st.lists(values, max_size=5), blanks, blanks, st.booleans(), st.booleans())
def test_each_element_of_a_list_is_found_as_it_stands(
    elements: list[Any], before: str, after: str, mark: bool, escaped: bool
) -> None:
    written = [json.dumps(element, ensure_ascii=escaped) for element in elements]
    text = f"{before}[{before}{f'{after},{before}'.join(written)}{after}]{after}"
    body = (b"\xef\xbb\xbf" if mark else b"") + text.encode("utf-8", "surrogatepass")
    assert not is_object(body)
    assert texts(body) == [one.encode("utf-8", "surrogatepass") for one in written]


def test_what_is_no_list_is_one_document_whatever_it_holds() -> None:
    assert texts(b' {"a": [1, 2]} \n') == [b'{"a": [1, 2]}']
    assert texts(b"\xef\xbb\xbfnonsense") == [b"nonsense"]
    assert texts(b" \n") == []
    assert is_object(b' {"a": [1, 2]}')


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'[{"a": 1}', "its end is missing"),
        (b'[{"a": 1}, ', "its end is missing"),
        (b'[{"a": "1}]', "does not end"),
        (b"[1,]", "an element is missing"),
        (b"[,1]", "an element is missing"),
        (b"[1]]", "something follows"),
        (b"[1}", "closes nothing"),
    ],
)
def test_a_list_that_is_not_whole_has_no_documents_and_says_why(body: bytes, why: str) -> None:
    spans, (told,) = document_spans(body)
    assert spans == []
    assert why in told.message
