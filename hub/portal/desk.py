"""The desk of one user of the portal: the port that its pages ask, over the desk of the user's partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from channels.channel import Codec
from channels.errors import PayloadError, PermanentError
from channels.files.recognition import recognise
from channels.files.template import template
from channels.portal.desk import Download, Page, SeenDocument, SeenFile, Template, Waiting
from channels.x12.sets import SET_OF
from channels.x12.standards.tables import UnsupportedSetError
from hub.channel_names import channel_id
from hub.desk.desk import Accepted, Desk, Repeatable
from hub.desk.hindered import told
from hub.desk.transmissions import is_ours
from hub.document_kinds import in_words
from hub.errors import NotAllowed, OperationRefused
from hub.guides.subject import interchange, samples, subject
from hub.pipeline.forms.recognition import LABELS, form_of
from hub.pipeline.marking import marked_now
from hub.pipeline.rehearse import PREVIEW_BYTES
from hub.portal import accounts
from hub.portal.seen import listed_file, seen_document, seen_file
from hub.principal import Principal
from hub.services import HubServices
from hub.store.inbound import idempotency
from hub.store.inbound.idempotency import Answer, RequestKey
from hub.store.outbound import outbox
from hub.store.people import drafts
from hub.store.people.portal_records import PortalDraft, PortalUser
from hub.store.schema.records import Transmission
from hub.store.traffic import documents, transmissions
from partners.agreement import Direction
from partners.profile import TradingPartner

PAGE = 20
_TABLES = {
    "csv": ("text/csv", "CSV"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"),
}
"""Of tables with a header: media type, and what people call the form."""

CONTENTS_SHOWN = 50
"""Documents of one file that are shown with what they say."""


class HubPortalDesk:
    """Bound to one session of one user of one partner. Implements ``channels.portal.desk.PortalDesk``."""

    def __init__(self, services: HubServices, user: PortalUser, session_id: str) -> None:
        self._services = services
        self._partner = user.partner
        self._session_id = session_id
        self._desk = Desk(services, Principal("partner", user.partner, user.id))

    # ---- on its way in

    def set_aside(self, name: str, body: bytes) -> str:
        services = self._services
        with told():
            services.intake.look(self._partner, len(body))
            with services.store.begin() as tx:
                token = drafts.put(tx, self._session_id, self._partner, name, body, services.clock())
        if token is None:
            raise PermanentError("Too many files of your company are being looked at. Send them, or leave them, first.")
        return token

    def preview(self, token: str) -> SeenFile | None:
        with told():
            draft = self._draft(token)
            return self._looked_at(draft) if draft is not None else None

    def marked(self, token: str) -> Download | None:
        with told():
            draft = self._draft(token)
            seen = self._looked_at(draft) if draft is not None else None
            if draft is None or seen is None or not seen.is_table:
                return None
            findings = [finding for _, finding in seen.problems]
            made = marked_now(self._services.computing, draft.body, findings)
        if made is None:
            return None
        stem = draft.file_name.rpartition(".")[0] or draft.file_name
        return Download(f"{stem}.problems.{made[1]}", _TABLES[made[1]][0], made[0])

    def commit(self, token: str) -> str | None:
        services, key = self._services, self._key(token)
        with told():
            draft = self._draft(token)
            if draft is None:
                return self.sent_as(token)
            channel, codec = self._door(draft.body)
            services.intake.look(self._partner, draft.size)
            with services.intake.room(self._partner, draft.size):
                taken = self._desk.accept_once(draft.body, draft.file_name, channel, codec, _once(key))
            with services.store.begin() as tx:
                drafts.discard(tx, token, self._session_id, self._partner)
        return taken.transmission_id if isinstance(taken, Accepted) else taken.text

    def sent_as(self, token: str) -> str | None:
        key = self._key(token)
        with told(), self._services.store.read() as tx:
            answer = idempotency.answered(tx, [key]).get(key)
        return answer.text if isinstance(answer, Answer) else None

    def discard(self, token: str) -> None:
        with told(), self._services.store.begin() as tx:
            drafts.discard(tx, token, self._session_id, self._partner)

    # ---- what was sent

    def sent(self, text: str, before: int | None) -> Page[SeenFile]:
        with told():
            found = self._desk.transmissions().page("in", text, before, PAGE)
        rows = tuple(listed_file(one.transmission, one.documents) for one in found.rows)
        return Page(rows, found.next_cursor)

    def sent_file(self, id: str) -> SeenFile | None:
        with told():
            trace = self._desk.transmission(id)
            if trace is None or trace.transmission.direction != "in" or is_ours(trace.transmission):
                return None
            with self._services.store.read() as tx:
                shown = [one.id for one in trace.documents[:CONTENTS_SHOWN]]
                read = (documents.get(tx, one) for one in shown)
                said = {one.id: one.canonical for one in read if one is not None and one.canonical}
            earlier = self._earlier(trace.transmission)
        return seen_file(trace, earlier=earlier, contents=said)

    # ---- what is there to be fetched

    def waiting(self, text: str, before: int | None) -> Page[Waiting]:
        with told():
            found = self._desk.transmissions().page("out", text, before, PAGE)
            rows = [self._waiting(one.transmission, tuple(map(seen_document, one.documents))) for one in found.rows]
        return Page(tuple(rows), found.next_cursor)

    def waiting_file(self, id: str) -> Waiting | None:
        with told():
            if self._desk.outbox().open(id) is None:
                return None
            listed = next(iter(self._desk.transmissions().page("out", id, None, 1).rows), None)
            if listed is None or listed.transmission.id != id:
                return None
            shown = tuple(seen_document(one, one.canonical) for one in listed.documents)
            return self._waiting(listed.transmission, shown)

    def fetch(self, id: str) -> Download | None:
        with told():
            lying = self._desk.outbox()
            item = lying.open(id)
            if item is None:
                return None
            lying.fetched(id)
            lying.confirm([id])
        return Download(item.file_name or id, item.content_type, item.body)

    # ---- examples

    def templates(self) -> Sequence[Template]:
        profile = self._profile()
        found = []
        for agreement in profile.documents:
            if agreement.direction is not Direction.INBOUND:
                continue
            kind = in_words(agreement.type).capitalize()
            found += [self._empty(name, kind) for name in agreement.mapping if self._table(name) is not None]
            if not agreement.mapping and agreement.type in SET_OF:
                found.append(
                    Template(f"{SET_OF[agreement.type]}.edi", kind, f"{LABELS[Codec.X12]}, an example", is_x12=True)
                )
        return found

    def template(self, id: str) -> Download | None:
        if id not in {one.id for one in self.templates()}:
            return None
        name = id.rpartition(".")[0]
        table = self._table(name)
        if table is not None:
            return Download(id, _TABLES[table][0], template(self._profile().mappings[name]))
        return Download(f"example-{id}", Codec.X12.content_type, self._example(name))

    def _empty(self, name: str, kind: str) -> Template:
        ending = self._table(name) or ""
        return Template(f"{name}.{ending}", kind, f"{_TABLES[ending][1]}, empty, to be filled in")

    def _table(self, mapping: str) -> str | None:
        """How a mapping's files end, where they are tables with a header."""
        held = self._profile().mappings.get(mapping)
        if held is None or getattr(held.format, "header_row", 0) == 0:
            return None
        return {"csv": "csv", "sheet": "xlsx"}.get(held.format.kind)

    def _example(self, set_type: str) -> bytes:
        profile = self._profile()
        ours = self._services.catalog().our_identity(profile)
        try:
            about = replace(subject(profile, ours, set_type), direction=Direction.INBOUND)
            return interchange(about, samples(about))
        except (UnsupportedSetError, PayloadError) as error:
            raise PermanentError(f"There is no example of this: {error.detail}.") from error

    # ---- parts

    def _draft(self, token: str) -> PortalDraft | None:
        with self._services.store.read() as tx:
            return drafts.find(tx, token, self._session_id, self._partner, self._services.clock())

    def _key(self, token: str) -> RequestKey:
        """The same for every commit of one draft by the session that it is bound to, and for nobody else's."""
        return RequestKey(f"partner:{self._partner}", sha256(f"{self._session_id} {token}".encode()).hexdigest(), "")

    def _door(self, body: bytes) -> tuple[str, Codec]:
        profile = self._profile()
        settings = accounts.portal_of(self._services.catalog(), self._partner)
        if settings is None:
            raise NotAllowed("Your company's portal is not open any more.")
        return channel_id(profile, settings), form_of(body, [profile])

    def _looked_at(self, draft: PortalDraft) -> SeenFile:
        channel, codec = self._door(draft.body)
        unread = SeenFile("", draft.file_name, draft.size, LABELS[codec], "received", draft.created_at)
        try:
            if draft.size > PREVIEW_BYTES:
                raise OperationRefused(f"It is larger than {PREVIEW_BYTES // 1_000_000} MB.")
            found = self._desk.rehearse_file(draft.body, draft.file_name, channel, codec)
        except OperationRefused as error:
            return replace(unread, unseen=f"{error} You may send it all the same: each document gets its answer.")
        seen = seen_file(found.trace, earlier=self._earlier(found.trace.transmission))
        form = recognise(draft.body) if codec is Codec.FILES else None
        is_table = form is not None and form.kind in ("csv", "sheet")
        return replace(seen, is_table=is_table, left_out=found.left_out)

    def _earlier(self, arrival: Transmission) -> Transmission | None:
        """What it repeats, where that is this partner's own."""
        if arrival.duplicate_of is None:
            return None
        with self._services.store.read() as tx:
            found = transmissions.get(tx, arrival.duplicate_of)
        return found if found is not None and found.partner == self._partner else None

    def _waiting(self, departure: Transmission, shown: tuple[SeenDocument, ...]) -> Waiting:
        """What was sent to a place of the partner's counts as fetched when it was sent there."""
        with self._services.store.read() as tx:
            offers = outbox.offers_of(tx, [departure.id])
        fetched = [one.fetched_at for one in offers if one.fetched_at is not None]
        at = min(fetched, default=None) if offers else departure.finished_at
        return Waiting(
            departure.id, departure.file_name or departure.id, departure.size, departure.received_at, at, shown
        )

    def _profile(self) -> TradingPartner:
        pinned = self._services.catalog().profiles.get(self._partner)
        if pinned is None:
            raise PermanentError("Your company's profile is not there any more.")
        return pinned.partner


def _once(key: RequestKey) -> Repeatable:
    return Repeatable(
        key,
        accepted=lambda accepted: Answer(202, accepted.transmission_id),
        refused=lambda refusal: Answer(422, str(refusal)),
    )
