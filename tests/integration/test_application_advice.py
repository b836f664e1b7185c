"""The application advice (824) that tells a partner why the checks rejected its document: what it says, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.x12.envelope import scan
from channels.x12.envelope.segments import set_segments
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import STRICT
from hub.operator.operations import replay
from hub.states import DocumentStatus
from hub.store.schema.records import StoredDocument, Transmission
from hub.store.store import Store
from tests.integration.stepping import SteppedHub, profile, stepped_hub

CHECKS = "checks: {invoice-total: error, currency-agreed: error}\n"
AGREED = "  - {type: application_advice, direction: outbound, channel: files}\n"
DOLLARS = "{type: invoice, direction: inbound, channel: files, currencies: [USD]}"


def strict_profile(*, advised: bool = True, **x12: object) -> str:
    """A supplier whose invoices are rejected for a wrong total or currency, and told so where that is agreed."""
    text = profile(**x12).replace("{type: invoice, direction: inbound, channel: files}", DOLLARS)
    return text + (AGREED if advised else "") + CHECKS


def invoices(*bodies: str, control: int = 7, release: str = "004010") -> bytes:
    """Invoices of acme in one group, each body the segments between ST and SE, one a line."""
    version, repetition = release[:5], "^" if release == "005010" else "U"
    head = f"ISA*00*          *00*          *ZZ*ACME           *ZZ*BUYER          *260312*0940*{repetition}*{version}"
    lines = [f"{head}*{control:09}*0*P*>", f"GS*IN*ACME*BUYER*20260312*0940*{control}*X*{release}"]
    for number, body in enumerate(bodies, 1):
        segments = body.split("\n")
        lines += [f"ST*810*{number:04}", *segments, f"SE*{len(segments) + 2}*{number:04}"]
    lines += [f"GE*{len(bodies)}*{control}", f"IEA*1*{control:09}"]
    return "".join(f"{line}~\n" for line in lines).encode()


def invoice(number: str = "INV-1", total: str = "12000", currency: str = "USD", price: str = "10") -> str:
    """Twelve pieces at ten dollars, so 120.00 is right."""
    return f"BIG*20260312*{number}*20260301*PO-9\nCUR*SE*{currency}\nIT1*1*12*EA*{price}**VP*V-1\nTDS*{total}\nCTT*1"


def told(texts: list[str]) -> list[list[list[str]]]:
    """The body of each application advice among what left, judged strictly first."""
    found = []
    for text in texts:
        data = text.encode()
        for interchange in scan(data).interchanges:
            for group in interchange.groups:
                for span in group.sets:
                    if span.type == "824":
                        segments = list(set_segments(data, span, interchange.separators))
                        judged = judge(segments, grammar(group.release, "824"), STRICT, interchange.separators)
                        assert (judged.verdict, judged.findings) == ("accepted", ())
                        found.append(segments[1:-1])
    return found


def only(hub: SteppedHub, transmission: Transmission, kind: str) -> StoredDocument:
    (document,) = [one for one in hub.documents_of(transmission) if one.type == kind]
    return document


def test_a_rejected_invoice_is_told_with_where_and_why(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, strict_profile()) as hub:
        arrived = hub.take(invoices(invoice(), invoice("INV-2", total="12100", currency="EUR")))
        refused = next(one for one in hub.documents_of(arrived) if one.number == "INV-2")
        assert refused.status == DocumentStatus.REJECTED
        (body,) = told(hub.leave())
    assert body[0][:3] == ["BGN", "11", refused.id]
    assert body[1] == ["OTI", "TR", "IV", "INV-2", "ACME", "BUYER", "20260312", "0940", "7", "0002", "810", "004010"]
    assert body[2] == ["REF", "PO", "PO-9"]
    currency, total = (segment for segment in body if segment[0] == "TED")
    assert currency == ["TED", "CUR", "currency EUR is not agreed with acme", "CUR", "3", "2", "100", "EUR"]
    assert total[1:3] == ["010", "line 1: 12 EA x 10 = 120.00, the invoice says 121.00"]
    assert total[3:] == ["TDS", "5", "1", "610", "12100"]
    assert body[-1] == ["NTE", "", "Correct the total or the lines and send the invoice again"]


def test_a_reason_too_long_for_its_element_goes_on_in_notes(store: Store, tmp_path: Path) -> None:
    two_lines = invoice(total="1").replace("TDS", "IT1*2*7*EA*3.25\nTDS").replace("CTT*1", "CTT*2")
    with stepped_hub(store, tmp_path, strict_profile()) as hub:
        hub.take(invoices(two_lines))
        (body,) = told(hub.leave())
    (error,) = (segment for segment in body if segment[0] == "TED")
    assert error[2] == "line 1: 12 EA x 10 = 120.00; line 2: 7 EA x 3.25 = ..."
    notes = " ".join(segment[2] for segment in body if segment[0] == "NTE")
    assert "line 2: 7 EA x 3.25 = 22.75; lines 142.75 = 142.75, the invoice says 0.01. Correct the total" in notes


def test_the_advice_speaks_the_agreed_release(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, strict_profile(release="005010")) as hub:
        hub.take(invoices(invoice(total="1"), release="005010"))
        (body,) = told(hub.leave())
    assert body[1][-1] == "005010"
    assert next(segment for segment in body if segment[0] == "TED")[3:] == ["TDS", "5", "1", "610", "1"]


def test_a_partner_without_that_agreement_is_told_nothing_but_the_syntax(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, strict_profile(advised=False)) as hub:
        arrived = hub.take(invoices(invoice(total="1")))
        assert only(hub, arrived, "invoice").status == DocumentStatus.REJECTED
        sent = hub.leave()
    assert told(sent) == []
    assert "ST*997*" in "".join(sent)


@pytest.mark.parametrize(
    "body",
    [invoice(), invoice(total="1").replace("BIG*20260312", "BIG*20261399")],
    ids=["accepted", "refused by the judge"],
)
def test_what_the_checks_do_not_reject_is_not_told(store: Store, tmp_path: Path, body: str) -> None:
    with stepped_hub(store, tmp_path, strict_profile()) as hub:
        hub.take(invoices(body))
        assert told(hub.leave()) == []


def test_it_is_told_once_through_restarts_and_replays(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, strict_profile()) as hub:
        arrived = hub.take(invoices(invoice(total="1")))
        assert len(told(hub.leave())) == 1
    with stepped_hub(store, tmp_path, strict_profile()) as hub:
        for _ in range(2):
            refused = next(one for one in hub.documents_of(arrived) if one.status == DocumentStatus.REJECTED)
            (outcome,) = replay(hub.services, [refused.id], reason="look again", actor="operator:test")
            assert outcome.done, outcome.message
        assert told(hub.leave()) == []
        assert len([one for one in hub.documents_of(arrived) if one.type == "application_advice"]) == 1


def test_the_same_interchange_again_is_answered_with_the_same_advice(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, strict_profile()) as hub:
        hub.take(invoices(invoice(total="1")))
        first = hub.leave()
        hub.take(invoices(invoice(total="1")))
        assert sorted(hub.leave()) == sorted(first)


def test_an_advice_of_ours_is_resent_not_replayed(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, strict_profile()) as hub:
        arrived = hub.take(invoices(invoice(total="1")))
        advice = only(hub, arrived, "application_advice")
        assert advice.envelope["answers"] == only(hub, arrived, "invoice").id
        (outcome,) = replay(hub.services, [advice.id], reason="look again", actor="operator:test")
    assert not outcome.done
    assert "resend" in outcome.message


def test_bad_values_that_hold_our_separators_do_not_keep_the_advice_back(store: Store, tmp_path: Path) -> None:
    separators = {"element": "|", "component": ":", "segment": "!"}
    wrong = invoice("INV|1", total="1", currency="E|R")
    with stepped_hub(store, tmp_path, strict_profile(separators=separators)) as hub:
        hub.take(invoices(wrong))
        (body,) = told(hub.leave())
        assert not hub.work_items()
    assert body[1][3] == "INV 1"
    assert next(segment for segment in body if segment[0] == "TED")[7] == "E R"


def test_an_advice_is_never_answered_with_an_advice(store: Store, tmp_path: Path) -> None:
    inbound = "  - {type: application_advice, direction: inbound, channel: files}\n"
    checked = strict_profile().replace(CHECKS, inbound + "checks: {advice-reason: error}\n")
    refusal = "BGN*00*AA-1*20260312\nOTI*TR*IV*X-1"
    data = invoices(refusal).replace(b"GS*IN", b"GS*AG").replace(b"ST*810", b"ST*824")
    with stepped_hub(store, tmp_path, checked) as hub:
        arrived = hub.take(data)
        assert only(hub, arrived, "application_advice").status == DocumentStatus.REJECTED
        assert told(hub.leave()) == []
