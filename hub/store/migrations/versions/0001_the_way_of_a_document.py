"""The way of a document: transmissions, envelopes, documents, deliveries, answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.engine.columns import Instant

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0001"
down_revision = None


def upgrade() -> None:
    _transmissions()
    _indexes_of_transmissions()
    _interchanges()
    _groups()
    _documents()
    _document_keys()
    _deliveries()
    _delivery_keys()
    _attempts()
    _acknowledgments()
    _sent_sets()
    _control_numbers()


def _transmissions() -> None:
    op.create_table(
        "transmissions",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=True),
        sa.Column("order_scope", sa.String(length=100), nullable=False),
        sa.Column("transport_id", sa.Text(), server_default="", nullable=False),
        sa.Column("file_name", sa.Text(), server_default="", nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("profile_version", sa.Integer(), nullable=True),
        sa.Column("next_chunk", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("duplicate_of", sa.String(length=40), nullable=True),
        sa.Column("replay_of", sa.String(length=40), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("target", sa.String(length=100), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("headers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("since", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )


def _indexes_of_transmissions() -> None:
    _partial(
        "ix_transmissions_arrivals", "transmissions", ["order_scope", "seq"], "status IN ('received', 'processing')"
    )
    _partial("ix_transmissions_departures", "transmissions", ["due_at", "lease_until"], "status = 'due'")
    _partial("ix_transmissions_duplicate_of", "transmissions", ["duplicate_of"], "duplicate_of IS NOT NULL")
    _partial("ix_transmissions_file_name", "transmissions", ["file_name"], "file_name <> ''")
    _partial(
        "ix_transmissions_leases",
        "transmissions",
        ["order_scope", "lease_until"],
        "status IN ('received', 'processing') AND lease_until IS NOT NULL",
    )
    op.create_index("ix_transmissions_partner", "transmissions", ["partner", "seq"])
    _partial("ix_transmissions_replay_of", "transmissions", ["replay_of"], "replay_of IS NOT NULL")
    op.create_index("ix_transmissions_sha256", "transmissions", ["partner", "sha256"])
    _partial("ix_transmissions_transport_id", "transmissions", ["transport_id"], "transport_id <> ''")
    _partial(
        "ix_transmissions_trouble", "transmissions", ["status", "seq"], "status IN ('rejected', 'quarantined', 'dead')"
    )


def _interchanges() -> None:
    op.create_table(
        "interchanges",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=True),
        sa.Column("sender_qualifier", sa.String(length=8), nullable=False),
        sa.Column("sender_id", sa.String(length=40), nullable=False),
        sa.Column("receiver_qualifier", sa.String(length=8), nullable=False),
        sa.Column("receiver_id", sa.String(length=40), nullable=False),
        sa.Column("control_number", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("date", sa.String(length=8), nullable=False),
        sa.Column("time", sa.String(length=8), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("usage_indicator", sa.String(length=1), nullable=False),
        sa.Column("note_code", sa.String(length=3), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("profile_version", sa.Integer(), nullable=True),
        sa.Column("duplicate_of", sa.String(length=40), nullable=True),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("transmission_id", "position"),
    )
    op.create_index("ix_interchanges_number", "interchanges", ["partner", "sender_id", "control_number"])


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("interchange_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("functional_identifier", sa.String(length=8), nullable=False),
        sa.Column("control_number", sa.String(length=20), nullable=False),
        sa.Column("release", sa.String(length=20), nullable=False),
        sa.Column("set_count", sa.Integer(), nullable=False),
        sa.Column("errors", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("interchange_id", "position"),
    )


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("origin_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("interchange_id", sa.String(length=40), nullable=True),
        sa.Column("group_id", sa.String(length=40), nullable=True),
        sa.Column("set_ordinal", sa.Integer(), nullable=True),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("set_type", sa.String(length=8), nullable=True),
        sa.Column("number", sa.String(length=80), server_default="", nullable=False),
        sa.Column("release", sa.String(length=20), nullable=True),
        sa.Column("set_control_number", sa.String(length=20), nullable=True),
        sa.Column("byte_offset", sa.BigInteger(), nullable=True),
        sa.Column("byte_length", sa.BigInteger(), nullable=True),
        sa.Column("segment_count", sa.Integer(), nullable=True),
        sa.Column("usage_indicator", sa.String(length=1), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("faults", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("changes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("canonical", sa.Text(), nullable=True),
        sa.Column("canonical_hash", sa.String(length=64), nullable=True),
        sa.Column("provenance", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("envelope", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("identity_key", sa.String(length=300), nullable=True),
        sa.Column("profile_version", sa.Integer(), nullable=True),
        sa.Column("replay_of", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_documents_created", "documents", ["created_at"])
    op.create_index("ix_documents_group", "documents", ["group_id"])
    op.create_index("ix_documents_identity", "documents", ["identity_key"])
    op.create_index("ix_documents_list", "documents", ["partner", "type", "status", "seq"])
    op.create_index("ix_documents_origin", "documents", ["origin_id"])
    op.create_index("ix_documents_status", "documents", ["status", "seq"])
    op.create_index("ix_documents_transmission", "documents", ["transmission_id", "set_ordinal"])


def _document_keys() -> None:
    op.create_table(
        "document_keys",
        sa.Column("document_seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("document_seq", "kind", "value"),
    )
    op.create_index("ix_document_keys_value", "document_keys", ["value", "kind"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("departure_id", sa.String(length=40), nullable=True),
        sa.Column("changes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("acknowledgment_due", Instant(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("document_id", "target"),
        sa.UniqueConstraint("id"),
    )
    _partial(
        "ix_deliveries_awaited",
        "deliveries",
        ["acknowledgment_due"],
        "status = 'delivered' AND acknowledgment_due IS NOT NULL",
    )
    op.create_index("ix_deliveries_departure", "deliveries", ["departure_id"])
    _partial(
        "ix_deliveries_open", "deliveries", ["status", "seq", "target"], "status IN ('pending', 'composed', 'dead')"
    )


def _delivery_keys() -> None:
    op.create_table(
        "delivery_keys",
        sa.Column("delivery_seq", sa.BigInteger(), nullable=False),
        sa.Column("order_key", sa.String(length=200), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_seq", "order_key"),
    )
    _partial("ix_delivery_keys_open", "delivery_keys", ["target", "order_key", "delivery_seq"], "open", "open = 1")


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("departure_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=80), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("departure_id", "number"),
    )


def _acknowledgments() -> None:
    op.create_table(
        "acknowledgments",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("interchange_id", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("scope"),
    )
    op.create_index("ix_acknowledgments_interchange", "acknowledgments", ["interchange_id"])


def _sent_sets() -> None:
    op.create_table(
        "sent_sets",
        sa.Column("delivery_id", sa.String(length=40), nullable=False),
        sa.Column("departure_id", sa.String(length=40), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("interchange_control_number", sa.String(length=9), nullable=False),
        sa.Column("functional_identifier", sa.String(length=8), nullable=False),
        sa.Column("group_control_number", sa.String(length=9), nullable=False),
        sa.Column("set_type", sa.String(length=8), nullable=False),
        sa.Column("set_control_number", sa.String(length=9), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.create_index("ix_sent_sets_group", "sent_sets", ["partner", "functional_identifier", "group_control_number"])
    op.create_index("ix_sent_sets_interchange", "sent_sets", ["partner", "interchange_control_number"])


def _control_numbers() -> None:
    op.create_table(
        "control_numbers",
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "identity", "kind"),
    )


def _partial(name: str, table: str, columns: list[str], where: str, sqlite_where: str = "") -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(sqlite_where or where))
