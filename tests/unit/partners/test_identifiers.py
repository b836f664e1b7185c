from __future__ import annotations

from partners.identifiers import Directory
from partners.loader import load_profile_text
from tests.unit.partners.profiles import ACME, BOLT

PROFILES = [load_profile_text(text, "x.yaml").require() for text in (ACME, BOLT)]


def test_padding_and_letter_case_do_not_matter() -> None:
    directory = Directory(PROFILES)
    for qualifier, id in (("01", "001234567      "), ("ZZ", "acmeedi"), ("ZZ", " ACMEEDI ")):
        found = directory.by_identifier(qualifier, id)
        assert found is not None
        assert found.partner == "acme"


def test_the_qualifier_matters() -> None:
    assert Directory(PROFILES).by_identifier("ZZ", "001234567") is None


def test_an_identifier_of_two_partners_finds_neither() -> None:
    rival = load_profile_text(BOLT.replace("id: BOLT", "id: ACMEEDI"), "x.yaml").require()
    assert Directory([PROFILES[0], rival]).by_identifier("ZZ", "ACMEEDI") is None
