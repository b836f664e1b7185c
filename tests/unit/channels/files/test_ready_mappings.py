"""The mappings that come with the hub: each is sound, and carries real documents there and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from canonical.document import Document
from canonical.finding import Severity
from channels.files import differences, read_all, scan, write
from channels.x12 import read as read_x12
from partners.ready_mappings import READY, ready_mapping

CASES = Path(__file__).parents[4] / "samples" / "cases"


def documents() -> list[Document]:
    """Every document of the samples that follows the standard."""
    bodies = [path.read_bytes() for path in sorted(CASES.glob("*/input.edi"))]
    sets = [one for body in bodies for interchange in read_x12(body) for one in interchange]
    return [one.document for one in sets if one.document is not None and one.verdict.value == "accepted"]


DOCUMENTS = documents()


@pytest.mark.parametrize("name", READY)
def test_a_ready_mapping_works_in_both_directions(name: str) -> None:
    assert ready_mapping(name).outbound_problems() == []


@pytest.mark.parametrize("name", READY)
def test_documents_that_came_as_x12_come_back_from_the_file_but_for_what_is_named(name: str) -> None:
    mapping = ready_mapping(name)
    own = [document for document in DOCUMENTS if document.type == mapping.document]
    assert own, "the samples have one of each"
    for original in own:
        file = write([original], mapping)
        found = scan(file.body, mapping)
        (again,) = read_all(file.body, mapping, found.documents)
        assert again.is_good, again.findings
        assert again.document is not None
        lost = {pointer for pointer, _, _ in differences(original, again.document)}
        assert lost == {finding.locator for finding in file.findings if finding.severity is Severity.WARNING}
        assert again.document.order_keys() == original.order_keys()
        assert write([again.document], mapping).findings == ()
