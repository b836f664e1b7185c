"""Suppliers brought live: their mappings suggested from their own samples, put into the profile to begin with for
tables, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from channels.files import Arrival, read_all, scan
from partners.loader import load_profile_text
from partners.starts import STARTS, Answers, profile_text
from partners.suggestions import profile_with, suggestion_for
from tests.unit.channels.files.suppliers.making import Sample, Supplier
from tests.unit.channels.files.suppliers.reading import wrong_in


@dataclass(frozen=True)
class Live:
    """What became of a supplier: its whole profile, and what is wrong in each of its files, nothing being right."""

    supplier: Supplier
    profile: str
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        """Whether all of its files are read as they are meant, without an edit."""
        return not any(self.wrong.values())

    @property
    def lines(self) -> int:
        """Lines of YAML."""
        return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in self.profile.splitlines())


def name_of(sample: Sample) -> str:
    """What the mapping of a sample is called in its supplier's profile."""
    return sample.document.replace("_", "-")


def brought_live(supplier: Supplier) -> Live:
    """By the library alone, quickly; ``fifty_suppliers`` does it by the commands."""
    answers = Answers(supplier.key, supplier.key.title(), documents=tuple(one.document for one in supplier.samples))
    text = profile_text(STARTS["tables"], answers)
    for sample in supplier.samples:
        found = suggestion_for(sample.body, sample.document, day_first=supplier.language != "en")
        text = profile_with(text, found, name_of(sample))
    profile = load_profile_text(text, supplier.key)
    if profile.value is None:
        return Live(supplier, text, {"profile": [str(one) for one in profile.problems]})
    wrong = {}
    for sample in supplier.samples:
        mapping, arrival = profile.value.mappings[name_of(sample)], Arrival("sample", date(2026, 3, 1))
        seen = scan(sample.body, mapping, arrival=arrival)
        read = list(read_all(sample.body, mapping, seen.documents, arrival))
        said = [finding.message for one in read for finding in one.findings if finding.severity == "error"]
        said += [finding.message for finding in seen.findings if finding.severity == "error"]
        wrong[sample.document] = [*said[:3], *wrong_in(sample, [one.document for one in read if one.document])]
    return Live(supplier, text, wrong)
