"""A document in one partner's form: what fits is written and reads back equal, what does not is changed or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical.base import CanonicalModel
from canonical.document import Document
from canonical.finding import Severity
from canonical.purchase_order_acknowledgment import AcknowledgmentLine
from channels.errors import PayloadError
from channels.x12.envelope import PartyId, Separators, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.guide import Guide
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import STRICT, Policy
from channels.x12.second_judge.comparison import Agreement, Difference, judge_twice
from channels.x12.second_judge.judge import SecondVerdict
from channels.x12.sets import decode
from channels.x12.standards.tables import functional_identifiers
from channels.x12.writing.characters import CharacterSet, transliterate
from channels.x12.writing.composing import ComposedSet, Form, compose
from channels.x12.writing.fitting import Rules
from channels.x12.writing.writer import GroupHeader, Lines, write
from tests.builders import (
    make_advance_ship_notice,
    make_functional_acknowledgment,
    make_invoice,
    make_line,
    make_party,
    make_purchase_order,
    make_purchase_order_acknowledgment,
)

CREATED = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
AS_AGREED = Policy(STRICT.name, frozenset({"X12-NON-ASCII"}))
"""Of what we send: strict, but another alphabet is agreed where the character set has it."""


def interchange(composed: ComposedSet, form: Form) -> bytes:
    ours, theirs = PartyId("ZZ", "BUYER"), PartyId("01", "123456789")
    header = form.header(sender=ours, receiver=theirs, control_number=42, created=CREATED)
    group = GroupHeader(functional_identifiers()[composed.type], "BUYER", "SELLER", 7, CREATED, form.release)
    return write(header, [(group, [composed.numbered(1), composed.numbered(2)])])


def read_back(written: bytes, form: Form) -> list[CanonicalModel | None]:
    """Scanned, judged strictly under the form's guide, decoded; every finding on the way fails the test, and so does
    what pyx12 refuses for a reason that is not known."""
    scanned = scan(written)
    (source,) = scanned.interchanges
    assert scanned.bytes_accounted == len(written)
    assert not scanned.remnants
    assert (source.note_code, source.findings, source.groups[0].errors) == ("000", (), ())
    documents = []
    for span in source.groups[0].sets:
        compiled = grammar(source.groups[0].release, span.type, form.guide)
        judgement = judge(
            set_segments(written, span, source.separators), compiled, form.policy, source.separators, span.errors
        )
        assert not [finding for finding in judgement.findings if finding.severity is Severity.ERROR]
        documents.append(decode(span.type, compiled, judgement, source.separators).document)
    span = source.groups[0].sets[0]
    segments = set_segments(written, span, source.separators)
    twice = judge_twice(segments, source.groups[0].release, span.type, form.guide, source.separators)
    assert isinstance(twice.comparison, Agreement) or not twice.comparison.unlisted
    agreed = {
        finding.code for finding in twice.ours.findings
    } <= form.policy.forgive  # letters that both sides agreed on
    refused = twice.ours.findings and agreed
    assert twice.theirs.verdict is SecondVerdict.ACCEPTED or isinstance(twice.comparison, Difference) or refused
    return documents


def named(text: str, **changes: object) -> Document:
    return make_purchase_order(1, parties=[make_party(name=text)], **changes)


def segment(composed: ComposedSet, name: str) -> list[str]:
    return next(elements for elements in composed.body if elements[0] == name)


# ---- separators and characters inside values


def test_a_separator_inside_a_value_is_refused_with_its_place() -> None:
    with pytest.raises(PayloadError) as refused:
        compose(named("Stars * Stripes ~ Co"), Form())
    (problem,) = refused.value.findings
    assert (problem.code, problem.locator, problem.value) == ("X12-UNWRITABLE", "N1[1]/N102", "Stars * Stripes ~ Co")
    assert "holds '*' and 1 more, a separator" in problem.message


def test_a_rule_replaces_it_and_names_each_change() -> None:
    form = Form(rules=Rules(unwritable="replace", replacement="-"))
    composed = compose(named("Stars * Stripes"), form)
    assert segment(composed, "N1")[2] == "Stars - Stripes"
    (change,) = composed.changes
    assert (change.code, change.severity) == ("X12-CHARACTER-REPLACED", Severity.WARNING)
    assert (change.locator, change.value, change.expected) == ("N1[1]/N102", "Stars * Stripes", "Stars - Stripes")


def test_a_component_separator_inside_a_component_cannot_shift_the_others() -> None:
    line = make_line(
        extras=[{"name": "REF", "values": {"REF01": "ZZ", "REF02": "1", "REF04-1": "ZZ", "REF04-2": "A>B"}}]
    )
    document = make_purchase_order(1).model_copy(update={"lines": (line,)})
    with pytest.raises(PayloadError, match=r"REF\[1\]/REF04-2: 'A>B' holds '>'"):
        compose(document, Form())
    composed = compose(document, Form(rules=Rules(unwritable="replace", replacement="/")))
    assert segment(composed, "REF") == ["REF", "ZZ", "1", "", "ZZ>A/B"]


def test_accents_go_only_where_the_profile_says_so() -> None:
    document = named("Café Łódź \u2013 Größe")
    with pytest.raises(PayloadError, match="holds 'é' and 6 more, outside the agreed characters"):
        compose(document, Form())
    composed = compose(document, Form(rules=Rules(transliterate=True)))
    assert segment(composed, "N1")[2] == "Cafe Lodz - Grosse"
    assert [(f.code, f.value) for f in composed.changes] == [("X12-TRANSLITERATED", "Café Łódź \u2013 Größe")]
    kept = compose(document, Form(rules=Rules(CharacterSet.UTF_8), policy=AS_AGREED))
    assert segment(kept, "N1")[2] == "Café Łódź \u2013 Größe"
    assert kept.changes == ()


def test_the_basic_set_has_capitals_only() -> None:
    with pytest.raises(PayloadError, match="outside the agreed characters"):
        compose(named("Widgets"), Form(rules=Rules(CharacterSet.BASIC)))
    composed = compose(named("Widgets"), Form(rules=Rules(CharacterSet.BASIC, transliterate=True)))
    assert segment(composed, "N1")[2] == "WIDGETS"


def test_what_no_letter_stands_for_is_left() -> None:
    assert transliterate("½ 東京 é", CharacterSet.EXTENDED) == "½ 東京 e"
    assert transliterate("e\u0301", CharacterSet.EXTENDED) == "e"
    assert transliterate("é", CharacterSet.LATIN_1) == "é"


def test_half_of_a_surrogate_pair_has_no_bytes_in_any_set() -> None:
    assert all(characters.foreign("BAD \ud83d") == "\ud83d" for characters in CharacterSet)


# ---- values too long


def test_a_text_too_long_is_refused_or_shortened() -> None:
    document = named("N" * 61)
    with pytest.raises(PayloadError, match=r"N1\[1\]/N102"):
        compose(document, Form())
    composed = compose(document, Form(rules=Rules(too_long="shorten")))
    assert segment(composed, "N1")[2] == "N" * 60
    (change,) = composed.changes
    assert (change.code, change.locator, change.expected) == ("X12-SHORTENED", "N1[1]/N102", "N" * 60)


def test_the_partner_s_guide_says_how_long() -> None:
    guide = Guide.model_validate({"850": {"elements": [{"element": "N102", "max": 10}]}})
    composed = compose(named("Distribution Center"), Form(guide=guide, rules=Rules(too_long="shorten")))
    assert segment(composed, "N1")[2] == "Distributi"


def test_an_identifier_is_never_shortened() -> None:
    document = make_purchase_order(1, purchase_order_number="P" * 23)
    with pytest.raises(PayloadError, match=r"BEG\[1\]/BEG03"):
        compose(document, Form(rules=Rules(too_long="shorten")))


def test_every_problem_is_named_at_once() -> None:
    document = make_purchase_order(
        1, purchase_order_number="P" * 23, parties=[make_party(name="A*B"), make_party(role="bill_to", name="N" * 61)]
    )
    with pytest.raises(PayloadError) as refused:
        compose(document, Form())
    assert {finding.locator for finding in refused.value.findings} == {"BEG[1]/BEG03", "N1[1]/N102", "N1[2]/N102"}
    for place in ("BEG[1]/BEG03", "N1[1]/N102", "N1[2]/N102"):
        assert place in refused.value.detail


def test_an_answer_is_never_refused_for_the_values_it_repeats() -> None:
    notes = [{"position": 2, "segment": "BEG", "elements": [{"position": 3, "code": "7", "value": "a~b*é"}]}]
    sets = [{"transaction_set": "850", "control_number": "0001", "verdict": "rejected", "segments": notes}]
    answer = make_functional_acknowledgment(verdict="rejected", sets_accepted=0, transaction_sets=sets)
    composed = compose(answer, Form().for_answers("004010"))
    assert segment(composed, "AK4")[4] == "a b"
    assert [finding.code for finding in composed.changes] == ["X12-CHARACTER-REPLACED"]


# ---- any form, any document

TEXTS = st.one_of(
    st.text("ABCXYZabc019 *~>^|:é ß-./€東\n", min_size=1, max_size=70).filter(str.strip),
    st.text("ABC 019-", min_size=1, max_size=12).filter(str.strip),
)
IDENTIFIERS = st.text("ABCXYZ019-*~>", min_size=1, max_size=24)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    party = make_party(name=draw(TEXTS).strip(), address={"lines": [draw(TEXTS).strip()], "city": draw(TEXTS).strip()})
    item = [{"kind": "vendor_item_number", "value": draw(IDENTIFIERS)}]
    described = [{"type_code": "F", "text": draw(TEXTS).strip()}]
    number = draw(IDENTIFIERS)
    line = make_line(identifiers=item, descriptions=described)
    maker = draw(st.sampled_from(["850", "855", "856", "810"]))
    if maker == "850":
        return make_purchase_order(1, purchase_order_number=number, parties=[party]).model_copy(
            update={"lines": (line,)}
        )
    if maker == "855":
        accepted = {"status": "accepted", "quantity": {"value": "12", "unit_of_measure": "EA"}}
        answered = AcknowledgmentLine.model_validate({**line.model_dump(), "acknowledgments": [accepted]})
        answer = make_purchase_order_acknowledgment(1, purchase_order_number=number, parties=[party])
        return answer.model_copy(update={"lines": (answered,)})
    if maker == "856":
        return make_advance_ship_notice(1, shipment_identification=number)
    return make_invoice(1, invoice_number=number, parties=[party])


FORMS = st.builds(
    Form,
    release=st.sampled_from(["004010", "004010VICS", "005010"]),
    version=st.sampled_from(["", "00401", "00501"]),
    separators=st.sampled_from(
        [
            Separators("*", ">", "~", "^"),
            Separators("|", ":", "!", "\\"),
            Separators("*", "<", "\n", "`"),
            Separators("\x1d", "\x1f", "\x1c", "\x1e"),
            Separators("+", ":", "'", "^"),
        ]
    ),
    lines=st.builds(
        Lines, st.sampled_from(["none", "segment", 40, 80]), st.sampled_from(["\n", "\r\n"]), st.booleans()
    ),
    rules=st.builds(
        Rules,
        st.sampled_from(CharacterSet),
        st.booleans(),
        st.sampled_from(["refuse", "replace"]),
        st.sampled_from([" ", "-", "X"]),
        st.sampled_from(["refuse", "shorten"]),
    ),
    policy=st.just(AS_AGREED),
)


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(document=documents(), form=FORMS)
def test_any_document_in_any_form_reads_back_equal_or_is_refused_by_name(document: Document, form: Form) -> None:
    try:
        composed = compose(document, form)
        written = interchange(composed, form)
    except PayloadError as error:
        refused = error.findings
        assert refused
        assert all(finding.locator and finding.severity is Severity.ERROR for finding in refused)
        return
    if form.rules.character_set is CharacterSet.LATIN_1:
        assert written.decode("latin-1").encode("latin-1") == written
    read = read_back(written, form)
    again = [compose(each, form).body for each in read if each is not None]  # type: ignore[arg-type]
    assert again == [composed.body] * 2
    if not composed.changes:
        assert read == [document] * 2


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(document=documents(), form=FORMS)
def test_what_is_refused_for_its_characters_is_what_a_rule_would_replace(document: Document, form: Form) -> None:
    def places(unwritable: str, code: str) -> set[str]:
        chosen = replace(form, rules=replace(form.rules, unwritable=unwritable, transliterate=False))
        try:
            findings = compose(document, chosen).changes
        except PayloadError as refused:
            findings = refused.findings
        return {finding.locator for finding in findings if finding.code == code}

    replaced = places("replace", "X12-CHARACTER-REPLACED")
    if replaced:
        assert places("refuse", "X12-UNWRITABLE") == replaced
