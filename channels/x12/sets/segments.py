"""Segments that mean the same in every set, bound once: shared by the set modules."""

from __future__ import annotations

from canonical.identifier import ItemIdentifierKind, MarkKind
from canonical.party import CommunicationKind, PartyRole
from canonical.reference import DateKind, ReferenceKind
from canonical.terms import ChargeIndicator
from channels.x12.sets.binding import (
    FieldSpec,
    Part,
    Repeat,
    Segment,
    clock,
    coded,
    day,
    decimal,
    each,
    flowing,
    integer,
    part,
    repeat,
    segment,
    shared,
    texts,
    with_decimals,
)


def quantity(value: str, unit_of_measure: str) -> Part:
    return part(value=decimal(value), unit_of_measure=unit_of_measure)


def identifiers(segment_id: str, first: int, count: int) -> Repeat:
    """Pairs of product/service id qualifier (235) and id (234)."""
    qualifier, value = f"{segment_id}{first:02}", f"{segment_id}{first + 1:02}"
    return repeat(count, 2, kind=coded(qualifier, ItemIdentifierKind, "qualifier"), value=value)


ORDER_REFERENCE: dict[str, FieldSpec] = {
    "purchase_order_number": "PRF01",
    "release_number": "PRF02",
    "change_order_sequence": "PRF03",
    "date": day("PRF04"),
    "line_number": "PRF05",
    "contract_number": "PRF06",
    "type_code": "PRF07",
}

SHIPPED_QUANTITY: dict[str, FieldSpec] = {
    "line_number": "SN101",
    "shipped": quantity("SN102", "SN103"),
    "shipped_to_date": decimal("SN104"),
    "ordered": quantity("SN105", "SN106"),
    "returnable_load": "SN107",
    "status": "SN108",
}

CURRENCY = segment("CUR", currency=part(code="CUR02", entity="CUR01", exchange_rate=decimal("CUR03")))

REFERENCES = each(
    "references", "REF", kind=coded("REF01", ReferenceKind, "qualifier"), value="REF02", description="REF03"
)

DATES = each(
    "dates",
    "DTM",
    kind=coded("DTM01", DateKind, "qualifier"),
    date=day("DTM02"),
    time=clock("DTM03"),
    time_zone="DTM04",
    period_format="DTM05",
    period="DTM06",
)

CONTACTS = each(
    "contacts",
    "PER",
    function_code="PER01",
    name="PER02",
    communications=repeat(3, 2, kind=coded("PER03", CommunicationKind, "qualifier"), value="PER04"),
    inquiry_reference="PER09",
)

PARTIES = each(
    "parties",
    "N1",
    role=coded("N101", PartyRole),
    name="N102",
    identifier=part(qualifier="N103", value="N104"),
).containing(
    flowing("N2", additional_names=texts("N201", "N202")),
    flowing("N3", address=part(lines=texts("N301", "N302"))),
    segment(
        "N4",
        address=part(
            city="N401",
            state_or_province="N402",
            postal_code="N403",
            country="N404",
            location_qualifier="N405",
            location="N406",
            country_subdivision="N407",
        ),
    ),
    REFERENCES,
    CONTACTS,
)

MESSAGES = (
    each("messages", "MSG", text="MSG01"),
    each("messages", "MTX", reference_code="MTX01", text="MTX02"),
)

INSTRUCTIONS = each("messages", "NTE", reference_code="NTE01", text="NTE02")

INDUSTRY_CODES = each("industry_codes", "LM", agency="LM01", source="LM02").containing(
    each("codes", "LQ", code_list="LQ01", code="LQ02"),
)

NOTES = each(
    "notes",
    "N9",
    kind=coded("N901", ReferenceKind, "qualifier"),
    value="N902",
    description="N903",
    date=day("N904"),
    time=clock("N905"),
    time_zone="N906",
).containing(DATES, *MESSAGES)

TAX_REGISTRATIONS = each(
    "tax_registrations",
    "TAX",
    tax_number="TAX01",
    location_qualifier="TAX02",
    location="TAX03",
    exempt_code="TAX12",
)

TAXES = each(
    "taxes",
    "TXI",
    type_code="TXI01",
    amount=decimal("TXI02"),
    percent=decimal("TXI03"),
    jurisdiction_qualifier="TXI04",
    jurisdiction="TXI05",
    exempt_code="TXI06",
    relationship="TXI07",
    basis_amount=decimal("TXI08"),
    tax_number="TXI09",
)

DELIVERY_TERMS = each(
    "delivery_terms",
    "FOB",
    payment_method="FOB01",
    location_qualifier="FOB02",
    description="FOB03",
    terms_qualifier="FOB04",
    terms="FOB05",
    title_location_qualifier="FOB06",
    title_description="FOB07",
    risk_of_loss="FOB08",
    risk_description="FOB09",
)

PRICES = each(
    "prices",
    "CTP",
    class_of_trade="CTP01",
    price_identifier="CTP02",
    unit_price=decimal("CTP03"),
    quantity=part(value=decimal("CTP04"), unit_of_measure="CTP05-1"),
    multiplier_qualifier="CTP06",
    multiplier=decimal("CTP07"),
    amount=decimal("CTP08"),
    basis="CTP09",
)

SALES_REQUIREMENTS = each(
    "sales_requirements",
    "CSH",
    code="CSH01",
    action="CSH02",
    amount=with_decimals(2, "CSH03"),
    account="CSH04",
    date=day("CSH05"),
    agency="CSH06",
    special_service="CSH07",
    substitution="CSH08",
    percent=decimal("CSH09"),
)

ALLOWANCES_AND_CHARGES = each(
    "allowances_and_charges",
    "SAC",
    indicator=coded("SAC01", ChargeIndicator),
    code="SAC02",
    agency="SAC03",
    agency_code="SAC04",
    amount=with_decimals(2, "SAC05"),
    percent_basis="SAC06",
    percent=decimal("SAC07"),
    rate=decimal("SAC08"),
    quantity=part(value=decimal("SAC10"), unit_of_measure="SAC09"),
    handling="SAC12",
    reference="SAC13",
    option="SAC14",
    description="SAC15",
    language="SAC16",
)

PAYMENT_TERMS = each(
    "payment_terms",
    "ITD",
    type_code="ITD01",
    basis_date_code="ITD02",
    discount_percent=decimal("ITD03"),
    discount_due_date=day("ITD04"),
    discount_days_due=integer("ITD05"),
    net_due_date=day("ITD06"),
    net_days=integer("ITD07"),
    discount_amount=with_decimals(2, "ITD08"),
    deferred_due_date=day("ITD09"),
    deferred_amount=with_decimals(2, "ITD10"),
    percent_of_invoice=decimal("ITD11"),
    description="ITD12",
    day_of_month=integer("ITD13"),
    payment_method="ITD14",
)

DESCRIPTIONS = each(
    "descriptions",
    "PID",
    type_code="PID01",
    characteristic="PID02",
    agency="PID03",
    code="PID04",
    text="PID05",
)

MEASUREMENTS = each(
    "measurements",
    "MEA",
    reference="MEA01",
    qualifier="MEA02",
    value=decimal("MEA03"),
    unit_of_measure="MEA04-1",
    minimum=decimal("MEA05"),
    maximum=decimal("MEA06"),
    significance="MEA07",
)

LADING = each(
    "lading",
    "TD1",
    packaging_code="TD101",
    quantity=integer("TD102"),
    commodity_qualifier="TD103",
    commodity_code="TD104",
    description="TD105",
    weight_qualifier="TD106",
    weight=quantity("TD107", "TD108"),
    volume=quantity("TD109", "TD110"),
)

ROUTING = each(
    "routing",
    "TD5",
    sequence="TD501",
    carrier=part(qualifier="TD502", value="TD503"),
    method="TD504",
    description="TD505",
    shipment_status="TD506",
    location_qualifier="TD507",
    location="TD508",
    transit_direction="TD509",
    transit_time_qualifier="TD510",
    transit_time=decimal("TD511"),
    service_levels=texts("TD512", "TD513", "TD514"),
    country="TD515",
)

EQUIPMENT = each(
    "equipment",
    "TD3",
    description_code="TD301",
    initial="TD302",
    number="TD303",
    weight_qualifier="TD304",
    weight=quantity("TD305", "TD306"),
    ownership="TD307",
    seal_status="TD308",
    seal_number="TD309",
    equipment_type="TD310",
)

MARKS = each(
    "marks",
    "MAN",
    kind=coded("MAN01", MarkKind, "qualifier"),
    value="MAN02",
    last_value="MAN03",
    also=part(kind=coded("MAN04", MarkKind, "qualifier"), value="MAN05", last_value="MAN06"),
)

PACKAGING = each(
    "packaging",
    "PO4",
    pack=integer("PO401"),
    size=quantity("PO402", "PO403"),
    packaging_code="PO404",
    weight_qualifier="PO405",
    gross_weight=quantity("PO406", "PO407"),
    gross_volume=quantity("PO408", "PO409"),
    length=decimal("PO410"),
    width=decimal("PO411"),
    height=decimal("PO412"),
    dimension_unit="PO413",
    inner_pack=integer("PO414"),
)

AMOUNTS = each("amounts", "AMT", qualifier="AMT01", amount=decimal("AMT02"), credit_debit="AMT03")

QUANTITIES = each(
    "quantities",
    "QTY",
    qualifier="QTY01",
    quantity=part(value=decimal("QTY02"), unit_of_measure="QTY03-1"),
    text="QTY04",
)

DESTINATION_QUANTITIES = flowing(
    "SDQ",
    destination_quantities=repeat(
        10,
        2,
        location="SDQ03",
        location_qualifier=shared("SDQ02"),
        quantity=part(value=decimal("SDQ04"), unit_of_measure=shared("SDQ01")),
        sublocation=shared("SDQ23"),
    ),
)

TERMS: tuple[Segment, ...] = (
    REFERENCES,
    CONTACTS,
    DATES,
    PRICES,
    ALLOWANCES_AND_CHARGES,
    PAYMENT_TERMS,
    DELIVERY_TERMS,
    SALES_REQUIREMENTS,
    TAXES,
    TAX_REGISTRATIONS,
    DESCRIPTIONS,
    MEASUREMENTS,
    LADING,
    ROUTING,
    EQUIPMENT,
    AMOUNTS,
    NOTES,
    *MESSAGES,
)
"""The segments of ``canonical.order.Terms``."""

ORDER_TOTALS = segment(
    "CTT",
    totals=part(
        line_item_count=integer("CTT01"),
        hash_total=decimal("CTT02"),
        weight=quantity("CTT03", "CTT04"),
        volume=quantity("CTT05", "CTT06"),
        description="CTT07",
    ),
).containing(each("total_amounts", "AMT", qualifier="AMT01", amount=decimal("AMT02"), credit_debit="AMT03"))
