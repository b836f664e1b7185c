"""The tables. Every row that a promise rests on is here; ../migrations holds their history.

Instants are UTC, stored as text of fixed width on SQLite (``Instant``) so that comparing them is comparing text.
JSON columns hold values the hub never searches by; what it searches by has a column or a key row.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hub.store.engine.columns import Instant, Json, Serial, lease, partial
from hub.store.engine.columns import metadata as metadata
from hub.store.schema.access import access_keys as access_keys
from hub.store.schema.access import access_tokens as access_tokens
from hub.store.schema.access import operators as operators
from hub.store.schema.access import seen_signatures as seen_signatures
from hub.store.schema.access import sessions as sessions
from hub.store.schema.access import setup_tokens as setup_tokens
from hub.store.schema.configuration import configurations as configurations
from hub.store.schema.configuration import crosswalk_history as crosswalk_history
from hub.store.schema.configuration import crosswalk_rows as crosswalk_rows
from hub.store.schema.nodes import nodes as nodes
from hub.store.schema.nodes import schema_compatibility as schema_compatibility
from hub.store.schema.portal import portal_drafts as portal_drafts
from hub.store.schema.portal import portal_invitations as portal_invitations
from hub.store.schema.portal import portal_sessions as portal_sessions
from hub.store.schema.portal import portal_users as portal_users

transmissions = Table(
    "transmissions",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("direction", String(3), nullable=False),  # in, out
    Column("channel", String(80), nullable=False),  # of the partner, or the system's door
    Column("partner", String(64)),
    Column("order_scope", String(100), nullable=False),  # arrivals with one scope are processed one at a time, in order
    Column("transport_id", Text, nullable=False, server_default=""),  # the door's own name for it; metadata only
    Column("file_name", Text, nullable=False, server_default=""),
    Column("content_type", String(100), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", Text),
    Column("findings", Json),
    Column("profile_version", Integer),
    Column("next_chunk", Integer, nullable=False, server_default=text("0")),
    Column("duplicate_of", String(40)),
    Column("replay_of", String(40)),
    Column("received_at", Instant, nullable=False),
    Column("finished_at", Instant),
    # departures only
    Column("target", String(100)),
    Column("idempotency_key", String(200)),
    Column("headers", Json),
    Column("due_at", Instant),
    Column("since", Instant),  # what the retry policy counts from: first due, or resent
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    *lease(),
    # up to 32 KB; larger bytes are blobs of the same hash. So far behind that the columns before are read without it.
    Column("body", LargeBinary),
    Column("sets", Integer),  # documents that the unpack scan counted; null until then, and for what cannot be read
    Column("pruned_at", Instant),  # when retention removed the bytes
    partial("ix_transmissions_arrivals", "order_scope", "seq", where="status IN ('received', 'processing')"),
    partial(
        "ix_transmissions_leases",
        "order_scope",
        "lease_until",
        where="status IN ('received', 'processing') AND lease_until IS NOT NULL",
    ),
    partial("ix_transmissions_arrived", "received_at", where="direction = 'in'"),
    partial("ix_transmissions_departures", "target", "due_at", "seq", where="status = 'due'"),
    partial(
        "ix_transmissions_departing",
        "target",
        "lease_until",
        where="status = 'due' AND lease_until IS NOT NULL",
    ),
    partial("ix_transmissions_notifications", "target", "seq", where="channel = 'webhooks'"),
    partial(
        "ix_transmissions_trouble",
        "status",
        "seq",
        where="status IN ('rejected', 'quarantined', 'dead', 'duplicate', 'given_up')",
    ),
    partial("ix_transmissions_sha256", "sha256", "partner", where="direction = 'in'"),
    Index("ix_transmissions_partner", "partner", "seq"),
    partial("ix_transmissions_partner_arrived", "partner", "received_at", where="direction = 'in'"),
    partial("ix_transmissions_transport_id", "transport_id", where="transport_id <> ''"),
    partial("ix_transmissions_file_name", "file_name", where="file_name <> ''"),
    partial("ix_transmissions_duplicate_of", "duplicate_of", where="duplicate_of IS NOT NULL"),
    partial("ix_transmissions_replay_of", "replay_of", where="replay_of IS NOT NULL"),
)

tries = Table(
    "tries",
    metadata,
    Column("transmission_id", String(40), primary_key=True),
    Column("set_ordinal", Integer, primary_key=True, autoincrement=False),  # -1: the scan of the whole
    Column("count", Integer, nullable=False),  # child processes that died over it
    Column("reason", Text, nullable=False),  # how the last one died
)

interchanges = Table(
    "interchanges",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("transmission_id", String(40), nullable=False),
    Column("position", Integer, nullable=False),
    Column("partner", String(64)),
    Column("sender_qualifier", String(8), nullable=False),
    Column("sender_id", String(40), nullable=False),
    Column("receiver_qualifier", String(8), nullable=False),
    Column("receiver_id", String(40), nullable=False),
    Column("control_number", String(20), nullable=False),
    Column("sha256", String(64), nullable=False),  # of the interchange's own bytes
    Column("date", String(8), nullable=False),
    Column("time", String(8), nullable=False),
    Column("version", String(8), nullable=False),
    Column("usage_indicator", String(1), nullable=False),
    Column("note_code", String(3), nullable=False),
    Column("verdict", String(24), nullable=False),  # accepted, accepted_with_errors, rejected, quarantined
    Column("reason", Text),
    Column("profile_version", Integer),
    Column("duplicate_of", String(40)),  # the interchange that this one repeats
    Column("findings", Json, nullable=False),
    Column("byte_offset", BigInteger),
    Column("byte_length", BigInteger),
    UniqueConstraint("transmission_id", "position"),
    Index("ix_interchanges_number", "partner", "sender_id", "control_number"),
)

groups = Table(
    "groups",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("interchange_id", String(40), nullable=False),
    Column("position", Integer, nullable=False),
    Column("functional_identifier", String(8), nullable=False),
    Column("control_number", String(20), nullable=False),
    Column("release", String(20), nullable=False),
    Column("set_count", Integer, nullable=False),
    Column("errors", Json, nullable=False),
    # of the interchange, by which a number is found; empty where nobody is known, null of a version that told nothing
    Column("partner", String(64)),
    Column("sender_id", String(40)),
    UniqueConstraint("interchange_id", "position"),
    Index("ix_groups_number", "control_number", "functional_identifier", "partner", "sender_id"),
)

documents = Table(
    "documents",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("origin_id", String(40), nullable=False),  # the first document of a line of replays; its own id otherwise
    Column("revision", Integer, nullable=False),  # rises when a replay changed the payload
    Column("transmission_id", String(40), nullable=False),
    Column("interchange_id", String(40)),
    Column("group_id", String(40)),
    Column("set_ordinal", Integer),  # n-th document of the transmission, from 0; null for our answers and a TA1
    Column("partner", String(64), nullable=False),
    Column("direction", String(8), nullable=False),  # inbound: from the partner; outbound: to the partner
    Column("type", String(40), nullable=False),
    Column("set_type", String(8)),  # ST01
    Column("number", String(80), nullable=False, server_default=""),
    Column("release", String(20)),
    Column("set_control_number", String(20)),
    Column("byte_offset", BigInteger),
    Column("byte_length", BigInteger),
    Column("segment_count", Integer),
    Column("usage_indicator", String(1), nullable=False),
    Column("verdict", String(24), nullable=False),
    Column("faults", Json, nullable=False),  # what a 997 needs; [] when clean
    Column("findings", Json, nullable=False),
    Column("changes", Json, nullable=False),  # crosswalk changes: pointer, rule, from, to
    Column("status", String(16), nullable=False),
    Column("reason", Text),
    Column("canonical", Text),  # JSON
    Column("canonical_hash", String(64)),
    Column("provenance", Text),  # JSON
    Column("envelope", Json, nullable=False),
    Column("identity_key", String(300)),
    Column("profile_version", Integer),
    Column("replay_of", String(40)),
    Column("created_at", Instant, nullable=False),
    Column("findings_listed", Boolean),  # in document_findings; null: it has none, or an older version wrote it
    Index("ix_documents_transmission", "transmission_id", "set_ordinal"),
    partial("ix_documents_group", "group_id", where="group_id IS NOT NULL"),
    partial("ix_documents_identity", "identity_key", where="identity_key IS NOT NULL"),
    Index("ix_documents_list", "partner", "type", "direction", "seq", "status"),
    Index("ix_documents_partner", "partner", "seq"),
    Index("ix_documents_type", "type", "seq"),
    partial("ix_documents_status", "status", "seq", where="status <> 'routed'"),
    Index("ix_documents_created", "created_at", "seq", "partner", "status"),
    partial("ix_documents_origin", "origin_id", where="origin_id <> id"),
    partial("ix_documents_unlisted", "seq", where="CAST(findings AS TEXT) <> '[]' AND findings_listed IS NULL"),
)

document_findings = Table(
    "document_findings",
    metadata,
    Column("code", Text, primary_key=True),
    Column("document_seq", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

document_keys = Table(
    "document_keys",
    metadata,
    Column("document_seq", BigInteger, primary_key=True),
    Column("kind", String(24), primary_key=True),  # a canonical NumberKind, or control_number
    Column("value", String(80), primary_key=True),
    Index("ix_document_keys_value", "value", "document_seq"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("document_id", String(40), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("target", String(100), nullable=False),  # a target of hub.yaml, or channel:<name>
    Column("idempotency_key", String(200), nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", Text),
    Column("departure_id", String(40)),
    Column("changes", Json),  # crosswalk changes made by compose
    Column("acknowledgment_due", Instant),
    Column("acknowledged_by", String(40)),  # document id of the acknowledgment
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("batch", String(40)),  # composed with all that wait under the same name, when the batch's timer is due
    Column("waits_for", BigInteger),  # seq of an open delivery that was found to hold this one back
    Column("place", BigInteger, nullable=False, server_default=text("0")),  # its seq, or the place of what it replaces
    UniqueConstraint("document_id", "target"),
    partial(
        "ix_deliveries_candidates",
        "place",
        "seq",
        "target",
        where="status = 'pending' AND batch IS NULL AND waits_for IS NULL",
    ),
    partial("ix_deliveries_waits_for", "waits_for", where="waits_for IS NOT NULL"),
    partial("ix_deliveries_batch", "batch", "place", "seq", where="batch IS NOT NULL AND status = 'pending'"),
    partial(
        "ix_deliveries_open",
        "status",
        "seq",
        "target",
        where="status IN ('pending', 'composed', 'awaiting', 'dead')",
    ),
    partial(
        "ix_deliveries_awaited",
        "acknowledgment_due",
        where="status = 'delivered' AND acknowledgment_due IS NOT NULL",
    ),
    partial("ix_deliveries_acknowledged_by", "acknowledged_by", where="acknowledged_by IS NOT NULL"),
    partial("ix_deliveries_departure", "departure_id", where="departure_id IS NOT NULL"),
    partial("ix_deliveries_ended", "status", "seq", where="status IN ('refused', 'given_up')"),
    Index("ix_deliveries_target", "target", "seq"),
    Index("ix_deliveries_partner", "partner", "seq"),
    Index("ix_deliveries_created", "created_at", "seq"),
)

delivery_keys = Table(
    "delivery_keys",
    metadata,
    Column("delivery_seq", BigInteger, primary_key=True),
    Column("order_key", String(200), primary_key=True),
    Column("target", String(100), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("place", BigInteger, nullable=False, server_default=text("0")),  # of the delivery
    partial(
        "ix_delivery_keys_open", "target", "order_key", "place", "delivery_seq", where="open", sqlite_where="open = 1"
    ),
)

attempts = Table(
    "attempts",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("departure_id", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", String(16)),  # delivered, transient, permanent, credential; null while under way or cut off
    Column("status", String(80)),
    Column("detail", Text),  # the answer, clipped, or the error
    UniqueConstraint("departure_id", "number"),
)

outbox = Table(
    "outbox",
    metadata,
    # given one transaction after the other: what is committed later has a larger one
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("departure_id", String(40), nullable=False),
    Column("box", String(110), nullable=False),  # whose it is: partner:<key>, or target:<key> of hub.yaml
    Column("target", String(100), nullable=False),
    Column("available_at", Instant, nullable=False),
    Column("waiting", Boolean, nullable=False),  # for a partner's first fetch, for a system's word
    Column("fetched_at", Instant),  # the first time
    Column("fetched_by", String(120)),
    Column("closed_at", Instant),
    Column("closed_by", String(120)),
    Column("outcome", String(12)),  # confirmed, refused, withdrawn
    Column("lease", String(40)),
    Column("lease_until", Instant),
    partial("ix_outbox_open", "box", "seq", where="closed_at IS NULL"),
    partial("ix_outbox_leased", "box", "lease_until", where="closed_at IS NULL AND lease_until IS NOT NULL"),
    partial("ix_outbox_waiting", "target", "available_at", where="waiting", sqlite_where="waiting = 1"),
    Index("ix_outbox_departure", "departure_id", "seq"),
)

acknowledgments = Table(
    "acknowledgments",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("scope", String(80), nullable=False, unique=True),  # group:<id>, interchange:<id>, document:<id>: once each
    Column("document_id", String(40), nullable=False),  # our acknowledgment, a document like any other
    Column("interchange_id", String(40), nullable=False),
    Column("group_id", String(40)),
    Column("kind", String(8), nullable=False),
    Column("verdict", String(24), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_acknowledgments_interchange", "interchange_id"),
)

sent_sets = Table(
    "sent_sets",
    metadata,
    Column("delivery_id", String(40), primary_key=True),
    Column("departure_id", String(40), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("interchange_control_number", String(9), nullable=False),
    Column("functional_identifier", String(8), nullable=False),
    Column("group_control_number", String(9), nullable=False),
    Column("set_type", String(8), nullable=False),
    Column("set_control_number", String(9), nullable=False),
    Column("identity", String(64), nullable=False, server_default=""),  # ours, whose count it is
    Index("ix_sent_sets_group", "partner", "functional_identifier", "group_control_number"),
    Index("ix_sent_sets_interchange", "partner", "interchange_control_number"),
)

control_numbers = Table(
    "control_numbers",
    metadata,
    Column("partner", String(64), primary_key=True),
    Column("identity", String(64), primary_key=True),  # ours
    Column("kind", String(12), primary_key=True),  # interchange, group
    Column("next", BigInteger, nullable=False),
)

target_states = Table(
    "target_states",
    metadata,
    Column("target", String(100), primary_key=True),  # a target of hub.yaml, or channel:<name>
    Column("id", String(40), nullable=False, unique=True),
    Column("since", Instant, nullable=False),  # in this state of the breaker
    Column("breaker", String(12), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("openings", Integer, nullable=False),
    Column("reason", Text),
    Column("probe_at", Instant),
    Column("probe", String(40)),
    Column("hold_until", Instant),
    Column("next_at", Instant),
    Column("paused_at", Instant),
    Column("paused_by", String(80)),
    Column("pause_reason", Text),
    Column("misdirected", Json),  # departures in a row of which it says that it takes nothing at this place
)

work_items = Table(
    "work_items",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("key", String(300), nullable=False),  # one open item per key, however many documents wait for it
    Column("partner", String(64)),
    Column("summary", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Index("ux_work_items_open", "key", unique=True, sqlite_where=text("open"), postgresql_where=text("open")),
)

work_item_subjects = Table(
    "work_item_subjects",
    metadata,
    Column("work_item_id", String(40), primary_key=True),
    Column("subject_id", String(40), primary_key=True),  # a document, delivery or transmission
)

timers = Table(
    "timers",
    metadata,
    Column("kind", String(40), primary_key=True),
    Column("key", String(120), primary_key=True),
    Column("due_at", Instant, nullable=False),
    Column("payload", Json),
    *lease(),
    Index("ix_timers_due", "due_at"),
)

events = Table(
    "events",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(60), nullable=False),  # past tense: transmission.received, delivery.dead ...
    Column("subject_id", String(40), nullable=False),
    Column("transmission_id", String(40)),  # the correlation id from the first byte to the last answer
    Column("partner", String(64)),
    Column("actor", String(80), nullable=False),  # hub, operator:<name>, system:<name>, partner:<key>
    Column("data", Json, nullable=False),
    Column("position", BigInteger),  # in the feed, without a gap; null until the event is sealed
    Index("ix_events_subject", "subject_id"),
    partial("ix_events_unsealed", "seq", where="position IS NULL"),
    Index(
        "ux_events_position",
        "position",
        unique=True,
        sqlite_where=text("position IS NOT NULL"),
        postgresql_where=text("position IS NOT NULL"),
    ),
)

seals = Table(
    "seals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # 1, 2, 3 ...
    Column("first", BigInteger, nullable=False),  # positions of the events it covers
    Column("last", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),  # of those events
    Column("previous", String(64), nullable=False),  # hash of the seal before
    Column("sealed_at", Instant, nullable=False),
    Column("hash", String(64), nullable=False),  # of everything above
)

pruned_events = Table(
    "pruned_events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),  # what its seal needs of an event that retention removed
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("scope", String(80), primary_key=True),  # partner:<key>, system:<name>, or channel for files
    Column("key", String(200), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("response", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("subject", String(80), nullable=False),  # partner:<key>, system:<name>
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
