from __future__ import annotations

from partners.identifiers import Directory, OwnerConflict
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


def test_partners_are_found_by_the_numbers_the_erp_uses() -> None:
    directory = Directory(PROFILES)
    for name in ("V10023", "acme", "ACME"):
        found = directory.by_alias(name)
        assert found is not None
        assert found.partner == "acme"
    assert directory.by_alias("V99999") is None
    assert directory.by_name("bolt") is PROFILES[1]
    assert directory.by_name("nobody") is None


def test_an_identifier_of_two_partners_finds_neither() -> None:
    rival = load_profile_text(BOLT.replace("id: BOLT", "id: ACMEEDI"), "x.yaml").require()
    directory = Directory([PROFILES[0], rival])
    assert directory.by_identifier("ZZ", "ACMEEDI") is None
    assert directory.owner_conflicts == (OwnerConflict("ZZ", "ACMEEDI", ("acme", "bolt")),)
