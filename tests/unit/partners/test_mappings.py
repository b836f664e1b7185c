"""Mappings in a profile: what cannot work is named with its line."""

from __future__ import annotations

import pytest

from partners.loader import load_profile_text
from partners.profile import TradingPartner
from partners.ready_mappings import ready_mapping

PROFILE = """\
partner: acme
name: Acme
role: supplier
mappings:
  bills:
    document: invoice
    format: {kind: csv}
    names: ["INV*.csv"]
    fields:
      invoice_number: {column: Invoice}
      invoice_date: {column: Date}
      total_amount: {column: Total}
channels:
  - {name: files, kind: folder, codec: files, inbound: in, outbound: out}
  - {name: edi, kind: folder, codec: json, inbound: json}
documents:
  - {type: invoice, direction: inbound, channel: files, mapping: bills}
"""


def problems(text: str) -> list[str]:
    return [str(problem) for problem in load_profile_text(text, "acme.yaml").problems]


def test_a_mapping_is_kept_whole_in_what_a_child_process_gets() -> None:
    read = load_profile_text(PROFILE, "acme.yaml").require()
    again = TradingPartner.model_validate_json(read.model_dump_json())
    assert again.model_dump() == read.model_dump()
    assert list(again.reading_by("files")) == ["bills"]
    assert again.mappings["bills"].is_named("inv-7.CSV")
    assert not again.mappings["bills"].is_named("order.csv")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("total_amount: {column", "total_amont: {column", "acme.yaml:12 mappings.bills.fields.total_amont"),
        ("{kind: csv}", "{kind: scv}", "acme.yaml:7 mappings.bills.format"),
        (
            "mapping: bills",
            "mapping: bill",
            "acme.yaml:17 documents[0].mapping: the profile has no mapping bill (",
        ),
        (
            ", mapping: bills",
            "",
            "acme.yaml:17 documents[0].mapping: channel files carries files: say by",
        ),
        ("channel: files, m", "channel: edi, m", "acme.yaml:17 documents[0].mapping: channel edi carries json"),
        ("type: invoice", "type: purchase_order", "acme.yaml:17 documents[0].mapping: mapping bills is for documents"),
        ("inbound, channel", "outbound, channel", "acme.yaml:10 mappings.bills.fields.invoice_number.concat"),
        ("inbound: json}", "inbound: json, shared: true}", "acme.yaml:15 channels[1].shared"),
    ],
)
def test_what_cannot_work_is_told_with_its_line(old: str, new: str, told: str) -> None:
    text = PROFILE.replace(old, new)
    if "outbound" in new:
        text = text.replace("{column: Invoice}", "{concat: [{column: Sort}, {column: Invoice}]}")
    (found, *_) = problems(text)
    assert found.startswith(told), found


READY = (
    PROFILE[: PROFILE.index("  bills:")]
    + """\
  bills:
    ready: csv-invoice
    format: {decimals: comma}
    fields:
      invoice_number: {column: Rechnung, required: true}
      currency.code: {constant: EUR}
      kind:
    lists:
      lines:
        fields:
          quantity.value: {column: Menge}
"""
)
READY += PROFILE[PROFILE.index("channels:") :]


def test_a_ready_mapping_is_taken_with_what_is_changed_in_it_and_is_then_like_any_other() -> None:
    profile = load_profile_text(READY, "acme.yaml").require()
    taken, original = profile.mappings["bills"], ready_mapping("csv-invoice")
    assert (taken.format.kind, taken.format.decimals) == ("csv", "comma")
    assert taken.fields["invoice_number"].columns == ("Rechnung",)
    assert (taken.fields["currency.code"].constant, taken.fields["currency.code"].column) == ("EUR", None)
    assert taken.fields.keys() == original.fields.keys() - {"kind"}
    lines = taken.lists["lines"].fields
    assert lines["quantity.value"].columns == ("Menge",)
    assert lines.keys() == original.lists["lines"].fields.keys()
    assert TradingPartner.model_validate_json(profile.model_dump_json()).model_dump() == profile.model_dump()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "csv-invoice",
            "csv-invoices",
            "acme.yaml:6 mappings.bills.ready: there is no ready mapping csv-invoices",
        ),
        ("{column: Menge}", "{colunm: Menge}", "acme.yaml:15 mappings.bills.lists.lines.fields.quantity.value"),
        ("type: invoice", "type: purchase_order", "acme.yaml:20 documents[0].mapping: mapping bills is for"),
    ],
)
def test_a_slip_beside_a_ready_mapping_is_told_with_its_line(old: str, new: str, told: str) -> None:
    (found, *_) = problems(READY.replace(old, new))
    assert found.startswith(told), found
