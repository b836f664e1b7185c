from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.advance_ship_notice import (
    AdvanceShipNotice,
    LevelKind,
    Mark,
    OrderReference,
    ShipmentLevel,
    ShippedQuantity,
)
from canonical.business_document import DEPTH_LIMIT
from canonical.finding import Severity, Verdict
from canonical.identifier import ItemIdentifier, ItemIdentifierKind, MarkKind, PartyIdentifier
from canonical.invoice import Invoice, InvoiceAllowanceOrCharge, InvoiceKind, InvoiceLine
from canonical.party import Address, Party, PartyRole
from canonical.quantity import Currency, Quantity
from canonical.reference import DateKind, QualifiedDate, Reference, ReferenceKind
from canonical.terms import ChargeIndicator, PaymentTerms, Tax
from channels.x12.envelope import PartyId, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import LENIENT
from channels.x12.sets import Decoded, decode, encode
from channels.x12.writing.writer import GroupHeader, InterchangeHeader, TransactionSet, interchange_version, write
from tests.unit.channels.x12.reading import CREATED, SEPARATORS, UNHURRIED, judged, read, segments

GROUPS = {"810": "IN", "856": "SH", "997": "FA"}


INVOICE = """
BIG*20261120*INV-77*20261101*PO-9*3*1*CR*00*5*INV-70
NTE*GEN*Thank you
CUR*SE*USD*1.2500
REF*IA*V-123*our number
PER*AR*Ann*TE*5550100*EM*ann@example.com
N1*RI*Supplier Inc*1*123456789
N2*c/o Factor
N3*1 Main St*Suite 2
N4*Springfield*IL*62701*US
N1*ST**92*DC-4
ITD*01*3*2*20261201*10*20261220*30*150
DTM*011*20261119*0830*ET
FOB*PP*OR*Springfield
N9*ZZ*9
MSG*see terms
IT1*1*10*CA*12.50*CT*BP*B-1*UP*012345678905
IT3*9*CA*BP*-1
TXI*ST*10.31*8.25*VD*IL
CTP**RES*14
PID*F****Blue widget
PO4*12*1*EA
REF*PO*PO-10
SDQ*CA*92*0001*6*0002*4
DTM*011*20261118
CAD*M***UPSN
SAC*A*C310***1000*Z*2*****02***volume
SAC*C*D240***500
TXI*ST*0.41
SLN*1**I*2*EA*1.25***VP*S-1
IT1*2*1*EA*3
TDS*12875*12800*12625*250
TXI*ST*10.72
CAD*M***UPSN**CC*BM*BOL-1
AMT*N*128.75
SAC*C*D500***2500********Freight
ISS*11*CA*120*LB
CTT*2*11
"""

NOTICE = """
BSN*00*SH-1*20261120*1430*0001*AS*NOR
DTM*011*20261120
HL*1**S*1
TD1*CTN25*2****G*60.5*LB
TD5*B*2*UPSN*M*Ground*CC
TD3*TL*ABCD*1234567******S-99
REF*BM*BOL-1
PER*IC*Joe*TE*5550100
DTM*017*20261123
FOB*PP
N1*ST*DC 4*92*DC-4
N3*5 Dock Rd
N4*Reno*NV*89501
HL*2*1*O*1
PRF*PO-9*3*1*20261101*7*K-1*SA
REF*IV*INV-77
HL*3*2*T*1
MAN*GM*00300000000000000017
PAL*4*2
HL*4*3*P*1
MEA*PD*G*30*LB
MAN*GM*00300000000000000024
MAN*CP*1Z999*1Z998
HL*5*4*I*0
LIN*1*UP*012345678905*LT*LOT-A*SN*SER-1
SN1*1*10*EA*10*12*EA**AC
SLN*1**I*2*EA
PO4*12*1*EA
PID*F****Blue widget
REF*LT*LOT-B
DTM*036*20271231
HL*6*2*P*1
MAN*AA*300000000000000031
HL*7*6*I*0
LIN**VP*B-2
SN1**4*EA
CTT*7*14
"""


@pytest.mark.parametrize(("set_type", "text"), [("810", INVOICE), ("856", NOTICE)])
@pytest.mark.parametrize("release", ["004010", "005010"])
def test_nothing_is_lost_between_x12_and_x12(set_type: str, text: str, release: str) -> None:
    body = segments(text)
    assert judged(set_type, body, release).verdict is Verdict.ACCEPTED
    decoded = read(set_type, body, release)
    assert decoded.document is not None
    assert decoded.findings == ()
    written = encode(decoded.document, release, SEPARATORS)
    assert written == body
    assert read(set_type, written, release).document == decoded.document


def test_slips_of_order_and_place_lose_nothing() -> None:
    body = segments("""
        BSN*00*SH-1*20261120*1430*0001
        CTT*2
        ZB1*OURS
        HL*1**S
        N1*ST*DC 4*92*DC-4
        TD1*CTN25*2
        HL*2*1*I
        SN1**10*EA
        LIN**UP*012345678905
        MSG*OF NO RELEASE
    """)
    decoded = read("856", body)
    assert isinstance(decoded.document, AdvanceShipNotice)
    [item] = decoded.document.iter_items()
    assert (item.shipped and item.shipped.value, item.item.identifiers[0].value) == (10, "012345678905")
    written = encode(decoded.document, "004010", SEPARATORS)
    assert sorted(written) == sorted(body)
    assert read("856", written).document == decoded.document


def test_an_invoice_is_read() -> None:
    invoice = read("810", segments(INVOICE)).document
    assert isinstance(invoice, Invoice)
    assert (invoice.invoice_number, invoice.invoice_date) == ("INV-77", date(2026, 11, 20))
    assert (invoice.kind, invoice.kind_code, invoice.related_invoice_number) == (InvoiceKind.CREDIT, "CR", "INV-70")
    assert invoice.purchase_order_numbers() == ("PO-9", "PO-10")
    assert invoice.currency == Currency(code="USD", entity="SE", exchange_rate=Decimal("1.2500"))
    assert [(p.role, p.name) for p in invoice.parties] == [
        (PartyRole.REMIT_TO, "Supplier Inc"),
        (PartyRole.SHIP_TO, None),
    ]
    (terms,) = invoice.payment_terms
    assert (terms.discount_percent, terms.discount_days_due, terms.net_days) == (Decimal(2), 10, 30)
    assert terms.discount_amount == Decimal("1.50")
    assert (invoice.total_amount, invoice.discount_amount) == (Decimal("128.75"), Decimal("2.50"))
    line, second = invoice.lines
    assert line.quantity == Quantity(value=Decimal(10), unit_of_measure="CA")
    assert (line.unit_price, second.unit_price) == (Decimal("12.50"), Decimal(3))
    allowance, charge = line.allowances_and_charges
    assert (allowance.indicator, allowance.amount) == (ChargeIndicator.ALLOWANCE, Decimal("10.00"))
    assert [tax.amount for tax in charge.taxes] == [Decimal("0.41")]
    assert [tax.amount for tax in invoice.taxes] == [Decimal("10.72")]
    assert invoice.carrier is not None
    assert invoice.carrier.scac == "UPSN"
    assert invoice.totals is not None
    assert (invoice.totals.line_item_count, invoice.totals.hash_total) == (2, Decimal(11))


def test_an_sscc_beside_the_carrier_s_number_is_found() -> None:
    text = """BSN*00*SH1*20260307*1200*0001
HL*1**S
HL*2*1*O
PRF*10045
HL*3*2*P
MAN*CP*1Z999**GM*00300000000000000017
HL*4*3*I
LIN**VP*A1
SN1**5*EA"""
    notice = read("856", segments(text)).document
    assert isinstance(notice, AdvanceShipNotice)
    assert notice.ssccs() == ("300000000000000017",)
    (item,) = notice.iter_items()
    assert item.ssccs() == ("300000000000000017",)


def test_a_ship_notice_is_read() -> None:
    notice = read("856", segments(NOTICE)).document
    assert isinstance(notice, AdvanceShipNotice)
    assert (notice.shipment_identification, notice.date, notice.time) == ("SH-1", date(2026, 11, 20), time(14, 30))
    assert notice.structure_code == "0001"
    assert notice.purchase_order_numbers() == ("PO-9",)
    first, second = notice.iter_items()
    assert first.shipped == Quantity(value=Decimal(10), unit_of_measure="EA")
    assert first.ssccs() == ("300000000000000017", "300000000000000024")
    assert first.item.lot_numbers() == ("LOT-A", "LOT-B")
    assert first.item.serial_numbers() == ("SER-1",)
    assert second.ssccs() == ("300000000000000031",)
    (shipment,) = notice.levels
    assert shipment.routing[0].carrier == PartyIdentifier(qualifier="2", value="UPSN")
    assert shipment.lading[0].weight == Quantity(value=Decimal("60.5"), unit_of_measure="LB")


HIERARCHIES = {
    "S-O-P-I": "S O P I I P I",
    "S-O-T-P-I": "S O T P I",
    "S-O-I": "S O I I O I",
    "S-P-O-I": "S P O I O I",
    "S-O-I-P": "S O I P P",
    "S-I": "S I I",
}


@pytest.mark.parametrize("nesting", HIERARCHIES)
@pytest.mark.parametrize("parents", ["stated", "left out"])
def test_any_nesting_is_read_also_where_parents_are_left_out(nesting: str, parents: str) -> None:
    order = nesting.split("-")
    body, path = segments("BSN*00*SH-1*20261120*1430"), []
    for number, code in enumerate(HIERARCHIES[nesting].split(), 1):
        del path[order.index(code) :]
        body.append(["HL", str(number), str(path[-1]) if path and parents == "stated" else "", code])
        path.append(number)
    decoded = read("856", body)
    assert isinstance(decoded.document, AdvanceShipNotice)
    below = [(len(around), level.level_code) for around, level in decoded.document.walk()]
    assert below == [(order.index(code), code) for code in HIERARCHIES[nesting].split()]
    assert bool(decoded.findings) == (parents == "left out")
    assert all(f.code == "X12-HL-PARENT" and f.severity is Severity.WARNING for f in decoded.findings)


@pytest.mark.parametrize(
    ("hierarchy", "code", "locator"),
    [
        ("HL*1**S\nHL*2*9*O\nHL*3*2*I", "X12-HL-PARENT", "ST*0001/HL[2]/HL02"),  # unknown
        ("HL*1**S\nHL*2*2*O\nHL*3*2*I", "X12-HL-PARENT", "ST*0001/HL[2]/HL02"),  # its own
        ("HL*1**S\nHL*2*3*O\nHL*3*2*I", "X12-HL-PARENT", "ST*0001/HL[2]/HL02"),  # a cycle
        ("HL*1**S\nHL*2*1*O\nHL*2*2*I", "X12-HL-NUMBER", "ST*0001/HL[3]/HL01"),  # twice
    ],
)
def test_a_broken_hierarchy_is_a_finding_and_the_best_tree(hierarchy: str, code: str, locator: str) -> None:
    decoded = read("856", segments("BSN*00*SH-1*20261120*1430\n" + hierarchy))
    assert [(f.code, f.locator) for f in decoded.findings] == [(code, locator)]
    assert isinstance(decoded.document, AdvanceShipNotice)
    assert [(len(around), level.level_code) for around, level in decoded.document.walk()] == [
        (0, "S"),
        (1, "O"),
        (2, "I"),
    ]


def test_ten_thousand_levels_deep_is_a_finding() -> None:
    body = segments("BSN*00*SH-1*20261120*1430\nHL*1**S")
    body += [["HL", str(number), str(number - 1), "P"] for number in range(2, 10_001)]
    decoded = read("856", body)
    assert {f.code for f in decoded.findings} == {"X12-HL-DEPTH"}
    assert isinstance(decoded.document, AdvanceShipNotice)
    depths = [len(around) + 1 for around, _ in decoded.document.walk()]
    assert (len(depths), max(depths)) == (10_000, DEPTH_LIMIT)


# --- what X12 can carry comes back equal -----------------------------------------------------------------------------

word = st.text("ABCDEFGHIJ 0123456789-.", min_size=1, max_size=12).map(lambda t: "x" + t.strip())
number = st.decimals(min_value=0, max_value=10**6, places=2)
money = st.decimals(min_value=-(10**6), max_value=10**6, places=2)
day = st.dates(date(2000, 1, 1), date(2099, 12, 31))
quantities = st.builds(Quantity, value=number, unit_of_measure=st.sampled_from(["EA", "CA", "LB"]))
item_identifiers = st.lists(
    st.builds(
        ItemIdentifier,
        kind=st.sampled_from([kind for kind in ItemIdentifierKind if kind.codes]),
        value=word,
    ),
    max_size=4,
).map(tuple)
references = st.lists(
    st.builds(Reference, kind=st.sampled_from([kind for kind in ReferenceKind if kind.codes]), value=word), max_size=3
).map(tuple)
dates = st.lists(
    st.builds(QualifiedDate, kind=st.sampled_from([kind for kind in DateKind if kind.codes]), date=day), max_size=3
).map(tuple)
parties = st.lists(
    st.builds(
        Party,
        role=st.sampled_from([role for role in PartyRole if role.codes]),
        name=word,
        identifier=st.none() | st.builds(PartyIdentifier, qualifier=st.just("92"), value=word),
        address=st.none() | st.builds(Address, lines=st.lists(word, min_size=1, max_size=4).map(tuple), city=word),
        references=references,
    ),
    max_size=3,
).map(tuple)
taxes = st.lists(st.builds(Tax, type_code=st.just("ST"), amount=number), max_size=2).map(tuple)
charges = st.lists(
    st.builds(
        InvoiceAllowanceOrCharge,
        indicator=st.sampled_from([ChargeIndicator.ALLOWANCE, ChargeIndicator.CHARGE]),
        code=st.just("D240"),
        amount=money,
        taxes=taxes,
    ),
    max_size=2,
).map(tuple)
invoices = st.builds(
    Invoice,
    invoice_number=word,
    invoice_date=day,
    kind=st.none() | st.sampled_from([kind for kind in InvoiceKind if kind.codes]),
    purchase_order_number=st.none() | word,
    currency=st.none() | st.builds(Currency, entity=st.just("SE"), code=st.just("USD")),
    references=references,
    parties=parties,
    dates=dates,
    payment_terms=st.lists(
        st.builds(PaymentTerms, discount_percent=number, discount_days_due=st.integers(0, 99), discount_amount=money),
        max_size=2,
    ).map(tuple),
    lines=st.lists(
        st.builds(
            InvoiceLine,
            line_number=st.none() | word,
            quantity=quantities,
            unit_price=number,
            identifiers=item_identifiers,
            references=references,
            taxes=taxes,
            allowances_and_charges=charges,
            dates=dates,
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    total_amount=money,
    taxes=taxes,
    allowances_and_charges=charges,
)


def level(kinds: list[LevelKind], inner: Any) -> Any:
    return st.builds(
        ShipmentLevel,
        kind=st.sampled_from(kinds),
        purchase_order=st.none() | st.builds(OrderReference, purchase_order_number=word, date=st.none() | day),
        identifiers=item_identifiers,
        quantity=st.none() | st.builds(ShippedQuantity, shipped=quantities, ordered=st.none() | quantities),
        marks=st.lists(st.builds(Mark, kind=st.just(MarkKind.SSCC), value=word), max_size=2).map(tuple),
        references=references,
        dates=dates,
        parties=parties,
        levels=st.lists(inner, max_size=2).map(tuple) if inner is not None else st.just(()),
    )


levels = level([LevelKind.ITEM, LevelKind.PACK], None)
for kinds in ([LevelKind.PACK, LevelKind.ITEM], [LevelKind.ORDER, LevelKind.TARE], [LevelKind.SHIPMENT]):
    levels = level(kinds, levels)
notices = st.builds(
    AdvanceShipNotice,
    shipment_identification=word.map(lambda t: t.ljust(2, "0")),
    date=day,
    time=st.just(time(14, 30)),
    dates=dates,
    levels=st.lists(levels, min_size=1, max_size=2).map(tuple),
)


def there_and_back(document: Invoice | AdvanceShipNotice, set_type: str, release: str) -> Decoded:
    """Through bytes: written as an interchange, scanned, judged, read."""
    body = encode(document, release, SEPARATORS)
    header = InterchangeHeader(
        PartyId("ZZ", "SUPPLIER"), PartyId("ZZ", "BUYER"), 1, CREATED, version=interchange_version(release)
    )
    group = GroupHeader(GROUPS[set_type], "SUPPLIER", "BUYER", 1, CREATED, release)
    written = write(header, [(group, [TransactionSet(set_type, 1, body)])])
    (interchange,) = scan(written).interchanges
    (span,) = interchange.groups[0].sets
    assert span.errors == ()
    rules = grammar(release, set_type)
    judgement = judge(set_segments(written, span, interchange.separators), rules, LENIENT, interchange.separators)
    return decode(set_type, rules, judgement, interchange.separators)


@UNHURRIED
@given(invoices, st.sampled_from(["004010", "005010"]))
def test_an_invoice_comes_back_as_it_was(invoice: Invoice, release: str) -> None:
    assert there_and_back(invoice, "810", release).document == invoice


@UNHURRIED
@given(notices, st.sampled_from(["004010", "005010"]))
def test_a_ship_notice_comes_back_as_it_was(notice: AdvanceShipNotice, release: str) -> None:
    assert there_and_back(notice, "856", release).document == notice
