"""Profile texts that the tests of this folder share."""

from __future__ import annotations

ACME = """\
# Acme trades since 2024; call Jo before changing the ship-from.
partner: acme
name: Acme Fasteners, Inc.
role: supplier
time_zone: America/Chicago
usage_indicator: production
identifiers:
  - {qualifier: 01, id: 001234567, gs: [ACMEGS, ACMEOLD]}
aliases:
  - {qualifier: ZZ, id: ACMEEDI}
  - {id: V10023}        # vendor number in the ERP
x12:
  release: 004010
  identity: main
  separators: {component: ">"}
  lines: {wrap: segment}
  acknowledgments: {functional: always, interchange: on_request}
  forgive: [X12-TRAILING-SEPARATOR]
  control_numbers:
    interchange: {first: 100, last: 999999}
channels:
  - name: files
    kind: folder
    codec: x12
    usage: production
    inbound: acme/in
    outbound: acme/out
    archive: acme/archive
    patterns: ["*.edi", "*.x12"]
    poll_seconds: 5
    file_name: "{type}-{control_number}.edi"
  - name: door
    kind: api
    codec: json
documents:
  - type: purchase_order
    direction: outbound
    channel: files
    acknowledgment_due_minutes: 1440
    guide:
      850:
        segments:
          - {segment: CUR, loop: "", usage: required}
        elements:
          - {element: PO107, usage: required, max: 15}
  - type: invoice
    direction: inbound
    channel: files
    currencies: [USD]
    rounding_tolerance: 0.02
    checks: {invoice-total: hold}
crosswalk: {item: required, code: off}
checks:
  line-amount: warning
  sscc-check-digit: off
"""

BOLT = """\
partner: bolt
name: Bolt & Sons
role: supplier
identifiers:
  - {qualifier: ZZ, id: BOLT}
channels:
  - {name: files, kind: folder, inbound: bolt/in}
documents:
  - {type: invoice, direction: inbound, channel: files}
"""
