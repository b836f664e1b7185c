"""A profile's form: what it shows of the sample profiles, and what answers change in their text."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.web.profile_form.form import answered, form_of
from partners.loader import load_profile_text

PARTNERS = Path(__file__).parents[3] / "samples/partners"
ELM = (PARTNERS / "elm-garden.yaml").read_text()
BIRCH = (PARTNERS / "birch-paper.yaml").read_text()


def shown(text: str) -> dict[str, str]:
    """What the page holds before anything is answered."""
    form = form_of(text, new=False)
    assert form is not None
    return {one.name: one.value for section in form.sections for one in section.every_field()}


def answer(text: str, without: tuple[str | int, ...] = (), **answers: str) -> str:
    given = shown(text) | {f"f:{name}": value for name, value in answers.items()}
    return answered(text, given, new=False, without=without)


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize("name", ["acme-fasteners", "corner-hardware", "delta-plastics", "elm-garden"])
def test_what_is_answered_as_it_stands_changes_nothing(name: str) -> None:
    text = (PARTNERS / f"{name}.yaml").read_text()
    assert answer(text) == text


def test_answers_change_their_own_lines_alone_and_the_profile_stays_sound() -> None:
    changed = answer(
        ELM,
        **{
            "name": "Elm Garden Tools Inc",
            "time_zone": "America/Chicago",
            "usage_indicator": "test",
            "suspended": "true",
            "contacts/0/phone": "",
            "contacts/1/name": "Kim Elm",
            "contacts/1/email": "kim@elm.example",
            "documents/1/mapping": "xlsx-purchase-order-acknowledgment, csv-purchase-order-acknowledgment",
            "documents/3/currencies": "USD, CAD",
            "duplicates/identity": "reject",
            "checks/invoice-total": "error",
        },
    )
    profile = load_profile_text(changed, "elm").require()
    assert [one.name for one in profile.contacts] == ["Jo Elm", "Kim Elm"]
    assert profile.documents[3].currencies == ("USD", "CAD")
    assert changed.count("#") == ELM.count("#")
    assert changed_lines(ELM, changed) == (
        [
            "name: Elm Garden Tools",
            "time_zone: America/New_York",
            "usage_indicator: production",
            "  - {name: Jo Elm, about: orders and invoices, email: jo@elm.example, phone: +1 555 0105}",
            "    mapping: xlsx-purchase-order-acknowledgment",
            "  - {type: invoice, direction: inbound, channel: portal, mapping: [xlsx-invoice, csv-invoice], "
            "currencies: [USD]}",
        ],
        [
            "name: Elm Garden Tools Inc",
            "time_zone: America/Chicago",
            "usage_indicator: test",
            "suspended: true",
            "  - {name: Jo Elm, about: orders and invoices, email: jo@elm.example}",
            "  - {name: Kim Elm, email: kim@elm.example}",
            "  csv-purchase-order-acknowledgment: {ready: csv-purchase-order-acknowledgment}",
            "    mapping: [xlsx-purchase-order-acknowledgment, csv-purchase-order-acknowledgment]",
            "  - {type: invoice, direction: inbound, channel: portal, mapping: [xlsx-invoice, csv-invoice], "
            "currencies: [USD, CAD]}",
            "duplicates: {identity: reject}",
            "checks: {invoice-total: error}",
        ],
    )


def test_entries_are_added_and_taken_out() -> None:
    assert changed_lines(ELM, answer(ELM, **{"aliases/0/qualifier": "", "aliases/0/id": ""}))[0] == [
        '  - {qualifier: "92", id: ELM}'
    ]
    assert changed_lines(ELM, answer(ELM, without=("contacts", 0)))[0] == ["contacts:", ELM.splitlines()[13]]
    more = answer(
        BIRCH, **{"channels/3/kind": "portal", "channels/3/name": "portal", "name": "Birch"}, without=("aliases", 1)
    )
    assert changed_lines(BIRCH, more) == (
        ["name: Birch Paper", "  - {id: V-1002}"],
        ["name: Birch", "  - {kind: portal, name: portal, codec: x12}"],
    )
    agreed = answer(more, **{"documents/5/type": "inventory_advice", "documents/5/channel": "portal"})
    assert agreed.endswith("  - {type: inventory_advice, direction: inbound, channel: portal}\n")
    assert load_profile_text(agreed, "birch").value is not None


def test_a_channel_of_files_asks_by_which_mapping_and_every_problem_has_its_field() -> None:
    moved = answer(BIRCH, **{"channels/0/codec": "files"})
    problems = load_profile_text(moved, "birch").problems
    form = form_of(moved, new=False)
    assert form is not None
    assert problems
    for problem in problems:
        field = form.field_of(problem.path)
        assert field is not None, problem
        assert field.label == "Mapping"
    mended = answer(
        moved, **{"documents/2/mapping": "ubl-purchase-order-acknowledgment", "documents/4/mapping": "ubl-invoice"}
    )
    assert load_profile_text(mended, "birch").value is not None
    assert "  ubl-invoice: {ready: ubl-invoice}" in mended


def test_odd_answers_and_odd_values_do_no_harm() -> None:
    odd = ELM.replace("name: Elm Garden Tools", "name: |\n  Elm  Garden\n  Tools").replace(
        "kind: portal,", "kind: portal, overdue_after_hours: null,"
    )
    assert answer(odd) == odd
    assert "f:channels/0/overdue_after_hours" not in shown(odd), "never is not 72 hours"
    for odd in ("}]: &a *b !c #", "null", "0012", "  spaces\t and\r\nlines \x00\x07", '"quoted" & <b>'):
        changed = load_profile_text(answer(ELM, **{"name": odd}), "elm").require()
        assert changed.name == " ".join("".join(c if c.isprintable() else " " for c in odd).split())
    assert form_of("partner: [", new=False) is None
    assert answered("partner: [", {"f:name": "x"}, new=False) == "partner: ["
    assert answer(ELM, without=("contacts", 99)) == ELM
