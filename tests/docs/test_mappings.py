"""``docs/mappings.md`` names all that a mapping can say, and its example is sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from channels.files import FileMapping
from channels.files.model.code_lists import CODE_LISTS
from channels.files.model.formats import CsvFormat, FixedColumn, FixedFormat, JsonFormat, SheetFormat, XmlFormat
from channels.files.model.rules import Case, Condition, Entries, FieldRule, WrittenValue
from partners.loader import read_model
from partners.ready_mappings import READY

PAGE = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text(encoding="utf-8")
MODELS = (
    *(FileMapping, Entries, FieldRule, Condition, Case, WrittenValue),
    *(CsvFormat, SheetFormat, FixedFormat, FixedColumn, XmlFormat, JsonFormat),
)


def test_its_example_is_sound_in_both_directions() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    assert read_model(FileMapping, text, "mappings.md").require().outbound_problems() == []


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
def test_it_names_every_setting(model: type[FileMapping]) -> None:
    assert [name for name in model.model_fields if not re.search(rf"\b{name}\b", PAGE)] == []


def test_it_names_every_code_list_and_ready_mapping() -> None:
    assert [name for name in CODE_LISTS if name not in PAGE] == []
    kinds = {name.partition("-")[0] for name in READY}
    assert [name for name in READY if name not in PAGE and name.partition("-")[2] not in PAGE] == []
    assert all(f"`{kind}-`" in PAGE for kind in kinds)
