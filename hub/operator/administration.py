"""What the operator sets: profiles, hub.yaml, crosswalks, access keys, control numbers. Each change is checked against
what is applied already, committed in one transaction and in force at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from channels.channel import Codec
from channels.rest.credentials import weakness
from hub.catalog import INGEST_CHANNEL
from hub.errors import OperationRefused
from hub.numbering import NUMBER_SET, warning_of
from hub.pipeline.forms.recognition import START, form_of
from hub.principal import Scope
from hub.rules import all_rules
from hub.services import HubServices
from hub.settings import load_settings_text, weak_keys
from hub.store.configuration import configurations, control_numbers, crosswalks
from hub.store.coordination import timers
from hub.store.engine import dialects
from hub.store.errors import StaleVersion
from hub.store.inbound.arrivals import Arriving, Taken
from hub.store.kept.blobs import Kept
from hub.store.people import access, portal_users
from hub.store.schema.records import AppliedConfiguration, CrosswalkRow, Timer, Transmission
from hub.store.store import Tx
from hub.store.trail import events
from partners.crosswalk_csv import import_rows
from partners.loader import Known, Read, conflicts, load_profile_text
from partners.pinned import Pinned
from partners.problem import ConfigurationError, Problem, nearest
from partners.profile import TradingPartner

PARTNER, HUB = "partner", "hub"
"""Kinds of configuration. There is one of kind ``hub``, whose key is ``hub`` too: hub.yaml."""

_MARK = re.compile(r"^# hub: (partner|hub) ([a-z0-9-]+) version ([0-9]{1,9})[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Applied:
    """The version that is in force now; ``changed`` is False where the text was applied before."""

    kind: str
    key: str
    version: int
    changed: bool


# ---- configuration


def exported(row: AppliedConfiguration) -> str:
    """The text as it was applied, below a first line that tells which version it is. Applied again with that line, it
    is refused when the store has a newer version."""
    return f"# hub: {row.kind} {row.key} version {row.version}\n{row.text}"


def unmarked(kind: str, key: str, text: str) -> tuple[str, int | None]:
    """The text without the first line that ``exported`` writes, and the version that it told. Raises OperationRefused
    where the line is about something else."""
    mark = _MARK.match(text)
    if mark is None:
        return text, None
    if (mark[1], mark[2]) != (kind, key):
        raise OperationRefused(f"The first line says {mark[1]} {mark[2]}, but this is {kind} {key}: remove it")
    return text[mark.end() :], int(mark[3])


def apply_partners(
    services: HubServices,
    files: Mapping[str, str],
    *,
    actor: str,
    expected_version: int | None = None,
    held: Timer | None = None,
) -> list[Applied]:
    """Applies the profiles in ``files`` (source → text), all of them or none.

    Raises ConfigurationError with every problem of every file, among them identifiers that another partner owns,
    StaleVersion over a version newer than ``expected_version`` or the one that a file's first line names, and
    StaleLease when ``held``, the claimed timer that this is done for, was lost.
    """
    with services.store.read() as tx:
        versions = configurations.versions(tx, PARTNER)
    usable, problems = check_partners(services, files)
    if problems:
        raise ConfigurationError(problems)
    with services.store.begin() as tx:
        if held is not None:
            timers.hold(tx, held)
        _take_turns(tx, versions)
        applied = [
            _apply(tx, services, PARTNER, read.require().partner, read.text, actor, expected_version) for read in usable
        ]
        for read in usable:
            if read.require().suspended:
                portal_users.end_sessions_of(tx, read.require().partner)
    services.configuration_changed()
    services.wake()
    return applied


def check_partners(services: HubServices, files: Mapping[str, str]) -> tuple[list[Read[TradingPartner]], list[Problem]]:
    """Those of the profiles in ``files`` that can be read, and every problem of each, also with what is applied."""
    with services.store.read() as tx:
        held = configurations.all_current(tx, PARTNER)
    settings = services.catalog().settings
    identities = [identity.key for identity in settings.identities]
    known = Known(all_rules(), identities, settings.objection_to_remote, weakness)
    reads = [load_profile_text(text, source, known) for source, text in files.items()]
    usable = [read for read in reads if read.value is not None]
    own = {read.require().partner for read in usable}
    others = [load_profile_text(row.text, f"applied {row.key}") for row in held if row.key not in own]
    problems = [problem for read in reads for problem in read.problems]
    return usable, [*problems, *conflicts([*others, *usable])]


def apply_hub(
    services: HubServices, source: str, text: str, *, actor: str, expected_version: int | None = None
) -> Applied:
    """Applies hub.yaml. Raises as ``apply_partners`` does; an identity that a profile refers to cannot be left out."""
    read = load_settings_text(text, source)
    problems = list(read.problems)
    with services.store.read() as tx:
        versions = configurations.versions(tx, PARTNER)
    if read.value is not None:
        for path, message in weak_keys(read.value):
            problems.append(Problem(source, read.tree.line_of(path), path, message))
        identities = [identity.key for identity in read.value.identities]
        for pinned in services.catalog().profiles.values():
            wanted = pinned.partner.x12.identity
            if wanted is not None and wanted not in identities:
                message = f"partner {pinned.key} refers to identity {wanted}, which is not here"
                problems.append(Problem(source, 1, ("identities",), message, nearest(wanted, identities)))
    if problems:
        raise ConfigurationError(problems)
    with services.store.begin() as tx:
        _take_turns(tx, versions)
        applied = _apply(tx, services, HUB, HUB, text, actor, expected_version)
    services.configuration_changed()
    services.wake()
    return applied


def _take_turns(tx: Tx, versions: dict[str, int]) -> None:
    """What was checked against must still be what is applied."""
    dialects.lock(tx, "configuration")
    if configurations.versions(tx, PARTNER) != versions:
        raise StaleVersion("the configuration was changed at the same time: apply again")


def _apply(
    tx: Tx, services: HubServices, kind: str, key: str, text: str, actor: str, expected_version: int | None
) -> Applied:
    text, marked = unmarked(kind, key, text)
    expected_version = marked if expected_version is None else expected_version
    now = services.clock()
    before = configurations.versions(tx, kind).get(key, 0)
    version = configurations.apply(tx, kind, key, text, actor, now, expected_version)
    if version != before:
        partner = key if kind == PARTNER else None
        data = {"kind": kind, "version": version}
        events.record(tx, "configuration.applied", key, partner=partner, actor=actor, data=data, now=now)
    return Applied(kind, key, version, version != before)


# ---- crosswalks


def import_crosswalk(
    services: HubServices, partner: str, content: bytes, source: str, *, replace: bool, actor: str
) -> int:
    """Adds and changes the partner's crosswalk rows, with ``replace`` removing those that are not in the file; returns
    the revision. Raises ConfigurationError with every problem of the file, and then nothing is changed."""
    _known_partner(services, partner)
    read = import_rows(content, partner, source)
    if read.problems:
        raise ConfigurationError(read.problems)
    rows = [CrosswalkRow(row.list, row.code_list, row.partner_value, row.our_value) for row in read.rows]
    change = crosswalks.replace if replace else crosswalks.merge
    now = services.clock()
    with services.store.begin() as tx:
        before = crosswalks.revision(tx, partner)
        revision = change(tx, partner, rows, actor, now)
        if revision != before:
            data = {"revision": revision}
            events.record(tx, "crosswalk.changed", partner, partner=partner, actor=actor, data=data, now=now)
    return revision


# ---- access keys


def create_key(
    services: HubServices,
    kind: str,
    subject: str,
    name: str,
    *,
    actor: str,
    scopes: Sequence[Scope] | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, str]:
    """The id of a new access key and the key itself, which is shown this once. ``kind`` is partner, system
    or gateway."""
    if kind == "partner":
        _known_partner(services, subject)
    else:
        named = services.settings.systems if kind == "system" else services.settings.gateways
        known = [entry.key for entry in named]
        if subject not in known:
            raise OperationRefused(_no_such(f"{kind} in hub.yaml", subject, known))
    now = services.clock()
    if expires_at is not None and expires_at <= now:
        raise OperationRefused("The key would have expired already: give a later date.")
    with services.store.begin() as tx:
        key_id, plain = access.create(tx, kind, subject, name, now, scopes=scopes, expires_at=expires_at)
        partner = subject if kind == "partner" else None
        data = {"kind": kind, "subject": subject, "name": name}
        data |= {"scopes": " ".join(sorted(scopes))} if scopes else {}
        data |= {"expires_at": expires_at.isoformat()} if expires_at else {}
        events.record(tx, "key.created", key_id, partner=partner, actor=actor, data=data, now=now)
    return key_id, plain


def revoke_key(services: HubServices, key_id: str, *, actor: str) -> None:
    """Ends an access key. Raises OperationRefused when there is no such key in use."""
    now = services.clock()
    with services.store.begin() as tx:
        if not access.revoke(tx, key_id, now):
            raise OperationRefused(f"There is no access key {key_id} in use.")
        events.record(tx, "key.revoked", key_id, actor=actor, data={}, now=now)
    services.credentials_changed()


def _known_partner(services: HubServices, partner: str) -> Pinned:
    profiles = services.catalog().profiles
    if partner not in profiles:
        raise OperationRefused(_no_such("partner", partner, list(profiles)))
    return profiles[partner]


def _no_such(kind: str, name: str, known: Sequence[str]) -> str:
    hint = nearest(name, known) or f"there are: {', '.join(sorted(known)) or 'none'}"
    return f"There is no {kind} {name}; {hint}"


# ---- control numbers


@dataclass(frozen=True, slots=True)
class CounterSet:
    """A counter that was set: what would have been drawn next, what will be, and what to be warned of."""

    partner: str
    identity: str
    kind: str
    before: int
    next: int
    warning: str


def set_control_number(
    services: HubServices,
    partner: str,
    kind: str,
    next_number: int | None,
    *,
    identity: str | None,
    reason: str,
    confirmed: bool,
    actor: str,
) -> CounterSet:
    """Makes ``next_number`` the next that is drawn for the partner, None the first of its range. ``identity`` is that
    of ours whose count it is, None the one that the profile names.

    Raises OperationRefused for a number outside the range, and unless ``confirmed`` for one at which numbers would be
    drawn a second time: partners refuse those (TA105 025).
    """
    if not reason.strip():
        raise OperationRefused("Say why: the reason is kept with the change.")
    x12 = _known_partner(services, partner).partner.x12
    span = x12.control_numbers.range_of(kind)
    number = span.first if next_number is None else next_number
    if not span.first <= number <= span.last:
        raise OperationRefused(f"{partner} counts from {span.first} to {span.last}: {number} is outside.")
    try:
        key = services.settings.identity(identity or x12.identity).key
    except LookupError as error:
        raise OperationRefused(str(error)) from error
    now = services.clock()
    with services.store.begin() as tx:
        before = control_numbers.peek(tx, partner, key, kind, span.first, span.last)
        warning = warning_of(before, number)
        if number < before and not confirmed:
            raise OperationRefused(f"{warning} Say --yes if that is meant; nothing was changed.")
        control_numbers.reset(tx, partner, key, kind, number)
        data = {"kind": kind, "identity": key, "before": before, "next": number, "reason": reason}
        events.record(tx, NUMBER_SET, partner, partner=partner, actor=actor, data=data, now=now)
    return CounterSet(partner, key, kind, before, number, warning)


# ---- the operator's own door


def ingest(
    services: HubServices, file_name: str, kept: Kept, *, actor: str, partner: str | None = None
) -> Transmission:
    """Takes a file by hand, whose bytes are safe. Of X12 each interchange's ISA says whose it is; of a file that a
    mapping reads, a party that its documents name, unless ``partner`` is said. Raises OperationRefused."""
    asked = [_known_partner(services, partner)] if partner else services.catalog().profiles.values()
    codec = form_of(services.store.blobs.start_of(kept, START), (one.partner for one in asked))
    if codec is Codec.JSON and partner is None:
        raise OperationRefused("A canonical document does not tell whose it is: say --partner.")
    owner = None if codec is Codec.X12 else partner
    arriving = Arriving(INGEST_CHANNEL, owner, codec.content_type, file_name, kept, actor=actor, now=services.clock())
    (taken,) = services.intake.take([arriving])
    assert isinstance(taken, Taken)  # without a key it is always new
    services.wake()
    return taken.transmission
