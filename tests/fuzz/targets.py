"""What is fuzzed, each a function of bytes that raises only when a promise is broken.

``scan``: envelopes; ``judge``: one set of any type held; ``acknowledgment``: 997, 999 and TA1 read and reconciled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, replace

from canonical.finding import Severity, Verdict
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from channels.x12.acknowledging.acknowledgment import read_ta1, reasons
from channels.x12.envelope import Separators, SetSpan
from channels.x12.envelope import scan as scan_bytes
from channels.x12.envelope.segments import set_segments
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement
from channels.x12.judging.judge import judge as judge_set
from channels.x12.judging.policy import LENIENT, STRICT
from channels.x12.sample import sample
from channels.x12.sets import DOCUMENT_OF, decode
from channels.x12.standards import tables
from hub.pipeline.reconcile import read_group
from hub.store.schema.records import SentSet

HELD = tuple((release, set_type) for release in tables.RELEASES for set_type in tables.set_types(release))
ANSWERS = (("004010", "997"), ("005010", "997"), ("005010", "999"))
SEPARATORS = {"004010": Separators("*", ">", "~"), "005010": Separators("*", ">", "~", "^")}

SENT = SentSet("1", "1", "birch-paper", "000000001", "PO", "000000001", "850", "0001")


def scan(data: bytes) -> None:
    """Every byte belongs to an interchange, a remnant or the padding between them, in order and none twice."""
    found = scan_bytes(data)
    assert found.bytes_accounted == found.size == len(data)
    end = 0
    for interchange in found.interchanges:
        assert end <= interchange.offset <= interchange.offset + interchange.length <= len(data)
        end = interchange.offset
        for group in interchange.groups:
            for span in group.sets:
                assert end <= span.offset
                end = span.offset + span.length
                assert span.segment_count == sum(1 for _ in set_segments(data, span, interchange.separators))
        end = interchange.offset + interchange.length
    for remnant in found.remnants:
        assert 0 <= remnant.offset < remnant.offset + remnant.length <= len(data)


def judge(data: bytes) -> None:
    """Four bytes choose: the lowest bits of the first release and policy, three letters the set. The verdict follows
    from the findings, and is the same for segments in blocks, of which many are passed quickly, and for single ones."""
    if len(data) < 4:
        return
    release = tables.RELEASES[data[0] & 1]
    held, named = tables.set_types(release), data[1:4].decode("latin-1")
    set_type = named if named in held else held[sum(data[1:4]) % len(held)]
    _judged(data[4:], release, set_type, strict=bool(data[0] & 2))


def acknowledgment(data: bytes) -> None:
    """The first byte chooses a TA1 or one of the sets that answer; what is read is laid beside a set that was sent."""
    if not data:
        return
    kind, text = data[0] % (len(ANSWERS) + 1), data[1:]
    if kind == len(ANSWERS):
        document, findings = read_ta1(text.decode("latin-1").split("*"))
        assert document is not None or findings
        _reconciled(document)
        return
    release, set_type = ANSWERS[kind]
    judgement = _judged(text, release, set_type, strict=False)
    read = decode(set_type, grammar(release, set_type), judgement, SEPARATORS[release]).document
    _reconciled(read if isinstance(read, FunctionalAcknowledgment) else None)


def _judged(text: bytes, release: str, set_type: str, strict: bool) -> Judgement:
    separators = SEPARATORS[release]
    span = SetSpan(set_type, "0001", "", 0, len(text), 0)
    segments = set_segments(text, span, separators)
    policy, rules = STRICT if strict else LENIENT, grammar(release, set_type)
    found = judge_set(segments, rules, policy, separators)
    alone = judge_set(list(segments), rules, policy, separators)
    assert astuple(replace(found, tell=list, word=tuple)) == astuple(replace(alone, tell=list, word=tuple))
    assert found.faults == alone.faults
    assert found.findings == alone.findings
    assert len(found.rows) == len(found.nodes) == found.segment_count
    assert (found.verdict is Verdict.REJECTED) == any(f.severity is Severity.ERROR for f in found.findings)
    assert len(found.faults) <= found.faults_total
    if set_type in DOCUMENT_OF:
        decode(set_type, rules, found, separators)
    return found


def _reconciled(document: FunctionalAcknowledgment | None) -> None:
    if document is None:
        return
    said = [*reasons(document), *(why for answer in document.transaction_sets for why in reasons(document, answer))]
    assert all(said)
    if document.group is not None:
        reading = read_group(document, [SENT])
        assert len(reading.told) + len(reading.unclear) >= 1


def planted(data: bytes) -> None:
    """A promise that is not kept: that nothing lies beside the interchanges. It shows that fuzzing can fail."""
    assert not scan_bytes(data).remnants, "something lies beside the interchanges"


TARGETS: dict[str, Callable[[bytes], None]] = {"scan": scan, "judge": judge, "acknowledgment": acknowledgment}


def seeds(target: str) -> Iterator[bytes]:
    """Sound inputs to start from: samples of every set, which mutation then spoils."""
    for index, (release, set_type) in enumerate(HELD):
        body = sample(set_type, release, lines=1, separators=SEPARATORS[release]).body
        segments = [["ST", set_type, "0001"], *body, ["SE", str(len(body) + 2), "0001"]]
        text = "".join(f"{'*'.join(segment)}~" for segment in segments).encode()
        if target == "judge":
            chosen = tables.RELEASES.index(release) + 2 * (index % 2)
            yield f"{chosen}{set_type}".encode() + text
        elif target in ("scan", "planted") and index % 8 == 0:
            mark, version = ("^", "00501") if release == "005010" else ("U", "00401")
            header = (
                f"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260307*0830*{mark}*{version}"
            )
            group = f"GS*{tables.functional_identifiers()[set_type]}*SENDER*RECEIVER*20260307*0830*1*X*{release}~"
            yield f"{header}*000000001*0*P*>~{group}".encode() + text + b"GE*1*1~IEA*1*000000001~"
        elif target == "acknowledgment" and (release, set_type) in ANSWERS:
            yield bytes([ANSWERS.index((release, set_type))]) + text
    if target == "acknowledgment":
        yield bytes([len(ANSWERS)]) + b"000000001*260307*0830*A*000"


def words() -> Iterator[str]:
    """What mutation may put in: names of segments with their separators, and separators alone."""
    yield from ("~", "*", ">", "^", "**", "~\n", "*20260307*", "*00*", "*1*")
    names = sorted({node.segment for held in HELD for node in grammar(*held).nodes})
    yield from (f"~{name}*" for name in names)
    yield from (f"~{name}*" for name in ("ISA", "GS", "GE", "IEA", "TA1", "TA3", "ISB", "ISE"))
