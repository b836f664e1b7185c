"""Admission: what becomes of one interchange before any of its sets is judged.

Who sent it is the channel's business, from its credential; only a shared channel lets the envelope name the partner.
A sender that is not the channel's partner is quarantined and answered by nothing: its owner must not hear of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from canonical.finding import Finding, Severity, Verdict
from channels.channel import Usage
from channels.x12.envelope import Group, Interchange, PartyId
from hub.catalog import Catalog
from hub.pipeline.answers import interchange_verdict
from hub.store.ids import new_id
from partners.duplicates import OnDuplicate
from partners.pinned import Pinned

QUARANTINED = "quarantined"
"""Stored in place of a verdict: nobody was answered."""

UNKNOWN_SENDER, FOREIGN_SENDER = "PARTNER-UNKNOWN", "PARTNER-FOREIGN"
"""Codes of the findings that tell a sender whom nobody knows from one that is another's; operators see which it is."""


@dataclass(slots=True)
class Admission:
    """What becomes of one interchange. ``answerable`` is False when it is not known to come from the channel's partner:
    then nobody is told anything. One that is quarantined for another reason is answered with its TA1 all the same."""

    interchange: Interchange
    id: str = field(default_factory=lambda: new_id("ic"))
    group_ids: list[str] = field(default_factory=list)
    sha256: str = ""
    pinned: Pinned | None = None
    verdict: Verdict = Verdict.ACCEPTED
    note_code: str = "000"
    quarantined: bool = False
    duplicate_of: str | None = None  # the interchange seen first
    duplicate_of_transmission: str | None = None
    held: bool = False  # a person decides before anybody is answered
    reason: str | None = None
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.group_ids:
            self.group_ids = [new_id("gr") for _ in self.interchange.groups]

    @property
    def processed(self) -> bool:
        """Whether its sets are judged."""
        return not (self.quarantined or self.duplicate_of or self.verdict is Verdict.REJECTED)

    @property
    def answered_again(self) -> bool:
        """Whether it is a duplicate that gets the first answer."""
        return self.duplicate_of is not None and not self.quarantined and self.verdict is not Verdict.REJECTED

    @property
    def answerable(self) -> bool:
        return self.pinned is not None and not self.held

    def refuse(self, note_code: str, finding: Finding) -> None:
        self.verdict, self.note_code, self.reason = Verdict.REJECTED, note_code, finding.message
        self.findings.append(finding)

    def hold(self, finding: Finding) -> None:
        self.held = True
        self.quarantine(finding)

    def quarantine(self, finding: Finding) -> None:
        self.quarantined, self.verdict, self.reason = True, Verdict.REJECTED, finding.message
        self.findings.append(finding)


@dataclass(frozen=True, slots=True)
class Seen:
    """An interchange of the same sender and control number that was taken before."""

    id: str
    transmission_id: str
    same_bytes: bool


def admit(
    interchange: Interchange,
    *,
    allowed: frozenset[str],
    catalog: Catalog,
    usage: Usage,
    seen: Callable[[str], Seen | None],
    group_seen: Callable[[str, Group], str | None],
    repeats: OnDuplicate | None = None,
) -> Admission:
    """Decides one interchange: who it is from, for whom, and whether its sets are read. ``allowed`` are the partners
    whose documents the channel may carry, ``seen`` looks for a partner's earlier interchange of the same number,
    ``group_seen`` for one with the group's. ``repeats`` is what the profile says of an arrival that repeats another."""
    admission = Admission(interchange, note_code=interchange.note_code, findings=list(interchange.findings))
    owner = catalog.directory.by_identifier(interchange.sender.qualifier, interchange.sender.id)
    if owner is None:
        admission.quarantine(_unknown_sender(interchange.sender))
        return admission
    if owner.partner not in allowed:
        admission.quarantine(_foreign_sender(interchange.sender, allowed))
        return admission
    admission.pinned = catalog.profiles[owner.partner]
    if catalog.identity_of(interchange.receiver.qualifier, interchange.receiver.id) is None:
        if interchange_verdict(admission.pinned, admission.note_code) is not Verdict.REJECTED:
            admission.note_code = "009"
        admission.quarantine(_unknown_receiver(interchange.receiver))
        return admission
    _judge_envelope(admission, admission.pinned, usage)
    settings = admission.pinned.partner.duplicates
    if admission.processed:
        _recognise(admission, seen(owner.partner), repeats or settings.interchange)
    if admission.processed and settings.group == "hold":
        _recognise_groups(admission, lambda group: group_seen(owner.partner, group))
    return admission


def _judge_envelope(admission: Admission, pinned: Pinned, usage: Usage) -> None:
    note, sent = admission.note_code, admission.interchange.usage_indicator
    expected = usage.indicator if usage is Usage.TEST else pinned.usage_letter
    admission.verdict = interchange_verdict(pinned, note)
    if admission.verdict is Verdict.REJECTED:
        worst = [f.message for f in admission.findings if f.severity is Severity.ERROR]
        admission.reason = worst[0] if worst else f"The envelope is refused with TA1 note code {note}."
    elif sent != expected:
        admission.refuse("020", _wrong_usage(sent, expected))


def _recognise(admission: Admission, seen: Seen | None, policy: OnDuplicate) -> None:
    if seen is None:
        return
    number = admission.interchange.control_number
    if seen.same_bytes:
        admission.duplicate_of, admission.duplicate_of_transmission = seen.id, seen.transmission_id
        admission.reason = f"Interchange {number} was already received; the first answer is sent again."
        if policy is OnDuplicate.REJECT:
            admission.refuse("025", _repeated("X12-ISA13-REPEATED", "ISA", number, seen.transmission_id))
        elif policy is OnDuplicate.HOLD:
            admission.hold(_repeated("X12-ISA13-REPEATED", "ISA", number, seen.transmission_id))
        return
    admission.quarantined = True
    admission.refuse(
        "025",
        Finding(
            code="X12-ISA13-REUSED",
            severity=Severity.ERROR,
            locator=f"ISA*{number}",
            message=f"Interchange control number {number} was used before for other content.",
            value=number,
            expected="a control number not used before",
            fix="Send the interchange again with the next control number.",
        ),
    )


def _recognise_groups(admission: Admission, seen: Callable[[Group], str | None]) -> None:
    for group in admission.interchange.groups:
        if (first := seen(group)) is not None:
            admission.hold(_repeated("X12-GS06-REPEATED", "GS", group.control_number, first))
            return


def _repeated(code: str, segment: str, number: str, first: str) -> Finding:
    what = "Interchange" if segment == "ISA" else "Functional group"
    return Finding(
        code=code,
        severity=Severity.ERROR,
        locator=f"{segment}*{number}",
        message=f"{what} {number} was already received, in {first}.",
        value=number,
        expected="a control number not used before",
        fix="Compare both. If this one counts, replay its transmission.",
    )


def _unknown_sender(sender: PartyId) -> Finding:
    return Finding(
        code=UNKNOWN_SENDER,
        severity=Severity.ERROR,
        locator="ISA06",
        message=f"No partner owns the sender identifier {sender.qualifier}/{sender.id}.",
        value=f"{sender.qualifier}/{sender.id}",
        expected="an identifier of a partner profile",
        fix="Add the identifier to the partner's profile, apply it, then replay this transmission.",
    )


def _foreign_sender(sender: PartyId, allowed: frozenset[str]) -> Finding:
    owners = ", ".join(sorted(allowed)) or "any partner"
    return Finding(
        code=FOREIGN_SENDER,
        severity=Severity.ERROR,
        locator="ISA06",
        message=f"The sender {sender.qualifier}/{sender.id} is not {owners}, whose channel this came through.",
        value=f"{sender.qualifier}/{sender.id}",
        expected=f"an identifier of {owners}",
        fix="Find out who sent it. Nothing was answered, and the owner of the identifier was not told.",
    )


def _unknown_receiver(receiver: PartyId) -> Finding:
    return Finding(
        code="RECEIVER-UNKNOWN",
        severity=Severity.ERROR,
        locator="ISA08",
        message=f"The receiver {receiver.qualifier}/{receiver.id} is none of our identities.",
        value=f"{receiver.qualifier}/{receiver.id}",
        expected="an identity of hub.yaml",
        fix="If it is ours, add it to hub.yaml, apply it, then replay this transmission.",
    )


def _wrong_usage(sent: str, expected: str) -> Finding:
    names = {"P": "production", "T": "test", "I": "information"}
    return Finding(
        code="X12-ISA15-USAGE",
        severity=Severity.ERROR,
        locator="ISA15",
        message=f"This is {names.get(sent, 'unknown')} traffic, but the partner is in {names[expected]}.",
        value=sent,
        expected=expected,
        fix="Send with the agreed usage indicator, or change it in the partner's profile.",
    )
