"""Rows CF01, CF02, CF04, CF05, CF09 and CF10: what is applied as configuration, what is refused, and what is in force
meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from channels.channel import Codec
from channels.file_names import FILE_NAME_FIELDS, FileNaming
from channels.stability import is_wanted
from hub.node.arrivals import claim, process_pending
from hub.operator import administration
from hub.operator.administration import Applied
from hub.pipeline import chunks, flow
from hub.store.configuration import configurations
from hub.store.errors import StaleVersion
from hub.store.schema.records import Transmission
from partners.problem import ConfigurationError, path_text
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order
from tests.prepared import fresh_store
from tests.receiving import Arrival, receive

ACME, BETA = profile(), profile("beta", "BETA")
SFTP = (
    "kind: sftp, host: sftp.partner.example, user: us, password: 'env:P',"
    " host_keys: ['SHA256:G1KpEJCSV3UNwiqVDlMmV3DDmLBA/r58brTxj+PC55Q'], inbound: [{path: out}]"
)


@pytest.fixture
def hub(migrated_url: str, tmp_path: Path) -> Iterator[SteppedHub]:
    store = fresh_store(migrated_url, tmp_path / "data")
    with stepped_hub(store, tmp_path) as hub:
        yield hub
    store.close()


def applied(hub: SteppedHub, *texts: str, expected: int | None = None) -> list[Applied]:
    files = {f"{number}.yaml": text for number, text in enumerate(texts)}
    return administration.apply_partners(hub.services, files, actor="test", expected_version=expected)


def refused(hub: SteppedHub, *texts: str) -> list[tuple[str, str]]:
    """Place and message of each problem; that nothing was applied, and that what was in force is."""
    before = hub.services.catalog()
    with pytest.raises(ConfigurationError) as caught:
        applied(hub, *texts)
    hub.services.configuration_changed()
    assert hub.services.catalog().fingerprint == before.fingerprint
    assert dict(hub.services.catalog().profiles) == dict(before.profiles)
    return [(path_text(problem.path), problem.message) for problem in caught.value.problems]


def with_channel(channel: str, text: str = ACME) -> str:
    return text.replace("\nchannels: [", "\nchannels: [{name: more, " + channel + "}, ")


# ---- CF01


def test_cf01_a_field_that_is_unknown_missing_or_of_another_type_is_named_by_its_path(hub: SteppedHub) -> None:
    changes = {
        "nickname": ("role: supplier", "role: supplier\nnickname: Al"),
        "role": ("role: supplier", "role: [supplier]"),
        "usage_indicator": ("usage_indicator: production", "usage_indicator: 1"),
        "name": ("name: acme\n", ""),
        "documents[3].type": ("type: invoice", "type: invoices"),
        "documents[0].channel": ("channel: files}", "channel: elsewhere}"),
    }
    for place, change in changes.items():
        assert change[0] in ACME
        assert place in [found for found, _ in refused(hub, ACME.replace(*change, 1), BETA)]


# ---- CF02


def test_cf02_what_belongs_to_another_partner_is_refused_with_its_place(hub: SteppedHub) -> None:
    mailbox = 'kind: mailbox, user: box, keys: ["ssh-ed25519 {}"]'
    key = "AAAAC3NzaC1lZDI1NTE5AAAAIGVpZ2h0IHRpbWVzIGZvdXIgaXMgdGhpcnR5LXR3byE="
    own = with_channel(mailbox.format(key))
    assert applied(hub, with_channel(SFTP, own.replace("name: more", "name: box")))
    rivals = {
        "identifiers[0]": BETA.replace("id: BETA", "id: acme"),
        "channels[0].inbound": BETA.replace("beta/in", "acme/in"),
        "channels[0].outbound": BETA.replace("beta/out", "./acme//in"),
        "channels[0].inbound[0].path": with_channel(SFTP, BETA),
        "channels[0].user": with_channel(mailbox.format(key), BETA),
    }
    for place, rival in rivals.items():
        ((found, message),) = refused(hub, rival)
        assert found == place
        assert "belongs to acme already" in message


# ---- CF04


@pytest.mark.parametrize("field", ["inbound", "outbound", "archive"])
def test_cf04_a_folder_lies_below_the_root_or_is_none(hub: SteppedHub, field: str) -> None:
    outside = ["/etc", "/", "../hub.db", "acme/../../x", "..", "~/x", "~root", "acme\\..\\x"]
    others = "" if field == "inbound" else "inbound: acme/more, "
    for path in (*outside, "", ".", "a\x00b", "a\nb", "a" * 501):
        found = refused(hub, with_channel(f"kind: folder, {others}{field}: {json.dumps(path)}"))
        assert f"channels[0].{field}" in [place for place, _ in found], path


# ---- CF05


def test_cf05_an_expression_that_grows_without_bounds_or_nests_too_deeply_is_refused(hub: SteppedHub) -> None:
    source = "kind: rest, inbound: {{list: 'https://api.partner.example/', items: \"{}\", content: body, id: id}}"
    copies = ["|".join(["[@, @][]"] * 20), "|".join(["{a: @, b: @}.*"] * 30)]
    for expression in (*copies, "(" * 900, "[" * 900, "[?" * 300, "!" * 900):
        places = [place for place, _ in refused(hub, with_channel(source.format(expression)))]
        assert "channels[0].inbound.items" in places, expression
    assert applied(hub, with_channel(source.format("orders[?status == 'new'].{id: id, body: body}")))


def test_cf05_a_pattern_that_would_backtrack_without_an_end_is_matched_at_once() -> None:
    assert not is_wanted("a" * 240 + "b", ["*a" * 49 + "c"])
    assert is_wanted("a" * 240 + "b", ["*a" * 49 + "*b"])


def test_cf05_a_file_name_is_made_of_its_fields_and_of_nothing_else(hub: SteppedHub) -> None:
    marks = ["{{id}}-{id}", "{id.__class__}", "{id!r}", "{0}-{id}", "{id:>1000000000}", "${id}", "%(id)s-{id}"]
    for name in (*marks, "{{7*7}}{id}"):
        found = refused(hub, with_channel(f'kind: folder, outbound: o, file_name: "{name}"'))
        assert [place for place, _ in found] == ["channels[0].file_name"]


def test_cve_2024_4040_template_marks_in_a_partners_fields_stay_what_they_are(hub: SteppedHub) -> None:
    harmless = set("-._0123456789abcdefghijklmnopqrstuvwxyz")
    for text in ("{{7*7}}", "${x}", "%(x)s", "{0.__class__}", "{% raise %}", "{id}"):
        assert applied(hub, ACME.replace("name: acme\n", f'name: "{text}"\n', 1))
        partner = hub.services.catalog().profiles["acme"].partner
        assert partner.name == text
        (channel,) = partner.channels
        assert isinstance(channel, FileNaming)
        assert set(channel.outbound_name(dict.fromkeys(FILE_NAME_FIELDS, text))) <= harmless


# ---- CF09


def test_cf09_each_document_under_way_is_worked_by_one_version_which_stands_beside_it(
    hub: SteppedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_SETS", 100)
    large = _arrive(hub, 1, 300)  # its third chunk is still to come when the profile changes
    begun = flow.process(hub.services, claim(hub.services, "test"))
    next(begun)
    small = [_arrive(hub, number, 20) for number in range(2, 12)]
    (changed,) = applied(hub, ACME.replace("name: acme\n", "name: Acme\n", 1))
    for _ in begun:
        pass
    process_pending(hub.services, "test")
    versions = [[d.profile_version for d in hub.documents_of(one) if d.set_type == "850"] for one in (large, *small)]
    assert [len(one) for one in versions] == [300] + [20] * 10
    assert [set(one) for one in versions] == [{1}] + [{changed.version}] * 10


def _arrive(hub: SteppedHub, number: int, orders: int) -> Transmission:
    sets = [purchase_order(f"{count:04}", f"PO-{number}-{count}") for count in range(1, orders + 1)]
    body = Isa(f"{number:09}").around(group("PO", *sets, number=str(number)))
    arrival = Arrival("acme/files", body, Codec.X12.content_type, "file")
    return receive(hub.store, arrival, partner="acme", actor="test", now=hub.services.clock())


# ---- CF10


def test_cf10_of_two_who_change_the_same_version_one_is_told_that_it_is_stale(hub: SteppedHub) -> None:
    texts = [ACME.replace("name: acme\n", f"name: Acme {number}\n", 1) for number in range(4)]
    start = Barrier(len(texts))

    def change(text: str) -> str:
        start.wait(30)
        try:
            applied(hub, text, expected=1)
        except StaleVersion as error:
            return str(error)
        return "applied"

    with ThreadPoolExecutor(len(texts)) as operators:
        told = list(operators.map(change, texts))
    assert told.count("applied") == 1
    assert all("apply again" in one for one in told if one != "applied")
    assert hub.services.catalog().profiles["acme"].version == 2


def test_cf10_going_back_is_a_new_version_and_an_older_export_is_refused(hub: SteppedHub) -> None:
    applied(hub, ACME.replace("name: acme\n", "name: Acme\n", 1))
    with hub.store.read() as tx:
        first = configurations.version(tx, "partner", "acme", 1)
    assert first is not None
    with pytest.raises(StaleVersion, match="version 2 in the store, newer than version 1"):
        applied(hub, administration.exported(first))
    (back,) = applied(hub, first.text)
    assert (back.version, back.changed) == (3, True)
    assert hub.services.catalog().profiles["acme"].partner.name == "acme"
    hub_yaml = administration.apply_hub(
        hub.services, "hub.yaml", SETTINGS + "partner_networks: [loopback]\n", actor="test"
    )
    assert hub_yaml.version == 2
    stale = f"# hub: hub hub version 1\n{SETTINGS}"
    with pytest.raises(StaleVersion):
        administration.apply_hub(hub.services, "hub.yaml", stale, actor="test")


def test_cf10_what_an_older_release_allowed_and_this_one_does_not_is_refused_with_its_place(hub: SteppedHub) -> None:
    assert [place for place, _ in refused(hub, ACME + "retired_field: 1\n")] == ["retired_field"]
