"""What PostgreSQL itself saw of claims: triggers that note, whatever the hub believes, by whose connection a claim was
taken, by whose the work of one was written, and who held it at that instant.

A node is known by the ``application_name`` of its connections (``name_of``); it claims under the name that
``hub.node.claims.node_name`` gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import class_row

T = TypeVar("T")

_INSTALL = """
CREATE SCHEMA witness;
CREATE TABLE witness.claims (
    seq bigserial PRIMARY KEY, at timestamptz DEFAULT clock_timestamp(), work text, writer text, taker text,
    holder text, until timestamptz, due_at timestamptz);
CREATE TABLE witness.writes (
    seq bigserial PRIMARY KEY, work text, what text, writer text, holder text, due_at timestamptz,
    transaction bigint DEFAULT pg_current_xact_id()::text::bigint);

CREATE FUNCTION witness.of_transmission() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.fence <> OLD.fence THEN
        INSERT INTO witness.claims (work, writer, taker, holder, until) VALUES
            (OLD.id, current_setting('application_name'), NEW.lease_owner, OLD.lease_owner, OLD.lease_until);
    ELSIF (NEW.status, NEW.next_chunk, NEW.attempts) IS DISTINCT FROM (OLD.status, OLD.next_chunk, OLD.attempts) THEN
        INSERT INTO witness.writes (work, what, writer, holder) VALUES
            (OLD.id, 'status', current_setting('application_name'), OLD.lease_owner);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON transmissions FOR EACH ROW EXECUTE FUNCTION witness.of_transmission();

CREATE FUNCTION witness.of_timer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.fence <> OLD.fence THEN
        INSERT INTO witness.claims (work, writer, taker, holder, until, due_at) VALUES
            (OLD.kind || ' ' || OLD.key, current_setting('application_name'), NEW.lease_owner, OLD.lease_owner,
             OLD.lease_until, OLD.due_at);
    ELSIF OLD.lease_until IS NOT NULL AND NEW.lease_until IS NULL AND NEW.due_at <> OLD.due_at THEN
        INSERT INTO witness.writes (work, what, writer, holder, due_at) VALUES
            (OLD.kind || ' ' || OLD.key, 'settled', current_setting('application_name'), OLD.lease_owner, OLD.due_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON timers FOR EACH ROW EXECUTE FUNCTION witness.of_timer();

CREATE FUNCTION witness.of_result() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO witness.writes (work, what, writer, holder)
        SELECT t.id, TG_TABLE_NAME, current_setting('application_name'), t.lease_owner FROM transmissions t
        WHERE t.id = to_jsonb(NEW) ->> TG_ARGV[0];
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT ON documents
    FOR EACH ROW EXECUTE FUNCTION witness.of_result('transmission_id');
CREATE TRIGGER witness AFTER INSERT OR UPDATE ON attempts
    FOR EACH ROW EXECUTE FUNCTION witness.of_result('departure_id');
"""

_HELD = (
    "SELECT count(*) FROM transmissions WHERE lease_owner = %s AND lease_until IS NOT NULL",
    "SELECT count(*) FROM timers WHERE lease_owner = %s AND lease_until IS NOT NULL",
)
_POLLSTER = "SELECT lease_owner FROM timers WHERE kind = 'poll' AND key = %s AND lease_until IS NOT NULL"

STATUS, SETTLED = "status", "settled"

APART = timedelta(seconds=0.5)
"""By so much a node's idea of the database's clock may be wrong."""


@dataclass(frozen=True, slots=True)
class Claim:
    """``taker`` claimed ``work`` by the connection of ``writer``; before, ``holder`` had it, if anybody, ``until`` then
    unless that had ended. ``due_at`` is a timer's."""

    at: datetime
    work: str
    writer: str
    taker: str | None
    holder: str | None
    until: datetime | None
    due_at: datetime | None = None

    @property
    def took_over(self) -> bool:
        """What another held, and had not ended."""
        return self.until is not None and self.holder != self.taker


@dataclass(frozen=True, slots=True)
class Write:
    """A committed change that belongs to a claim, while ``holder`` had it; nobody, where the same transaction has
    ended the claim already."""

    work: str
    what: str
    writer: str
    holder: str | None
    due_at: datetime | None = None
    transaction: int = 0


@dataclass
class Witnessed:
    """``names`` tells by what name each writer claims."""

    names: Mapping[str, str]
    claims: list[Claim] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)

    @property
    def taken_over(self) -> int:
        return sum(claim.took_over for claim in self.claims)

    def polls(self, channel: str) -> tuple[int, int]:
        """Instants at which a channel was due and was polled, and claims that it took."""
        work = f"poll {channel}"
        due = {write.due_at for write in self.writes if write.work == work and write.what == SETTLED}
        return len(due), sum(claim.work == work and claim.taker is not None for claim in self.claims)


def _stale(seen: Witnessed) -> Iterator[str]:
    ended = {(one.work, one.transaction): one.holder for one in seen.writes if one.what == STATUS}
    for write in seen.writes:
        holder = write.holder or ended.get((write.work, write.transaction))
        if seen.names.get(write.writer) != holder:
            yield f"stale commit: {write.writer} wrote {write.what} of {write.work}, held by {holder or 'nobody'}"


def _living(seen: Witnessed) -> Iterator[str]:
    for claim in seen.claims:
        if claim.took_over and claim.until is not None and claim.until > claim.at + APART:
            yield f"living claim: {claim.taker} took {claim.work} at {claim.at} of {claim.holder}, until {claim.until}"
        if claim.taker is not None and seen.names.get(claim.writer) != claim.taker:
            yield f"{claim.writer} claimed {claim.work} as {claim.taker}"


def _twice_due(seen: Witnessed) -> Iterator[str]:
    settled = Counter((write.work, write.due_at) for write in seen.writes if write.what == SETTLED)
    yield from (f"{work}, due at {due_at}, was done {n} times" for (work, due_at), n in settled.items() if n > 1)


def breaches(seen: Witnessed) -> list[str]:
    """Every stale commit, every claim that was taken while another lived, every timer that was done twice."""
    return [*_stale(seen), *_living(seen), *_twice_due(seen)]


def name_of(number: int) -> str:
    return f"supplier-hub:{number}"


class Witness:
    """Of one database, which has the hub's schema. ``names`` as in Witnessed."""

    def __init__(self, url: str, names: Mapping[str, str]) -> None:
        self._url = url
        self._names = names
        with self._asking() as connection:
            connection.execute(_INSTALL)

    def read(self) -> Witnessed:
        with self._asking() as connection:
            return Witnessed(self._names, list(_rows(connection, Claim)), list(_rows(connection, Write)))

    def holds(self, writer: str) -> int:
        """How many claims are a node's at this moment, also such as have ended and nobody has taken since."""
        with self._asking() as connection:
            return sum(connection.execute(one, [self._names[writer]]).fetchone()[0] for one in _HELD)  # type: ignore[index]

    def pollster(self, channel: str) -> str | None:
        """The node that polls a channel at this moment."""
        with self._asking() as connection:
            found = connection.execute(_POLLSTER, [channel]).fetchone()
        return next((name for name, claims in self._names.items() if found and claims == found[0]), None)

    def _asking(self) -> psycopg.Connection:
        """What it reads is in UTC, wherever the server's machine is."""
        return psycopg.connect(self._url, autocommit=True, options="-c TimeZone=UTC")


def _rows(connection: psycopg.Connection, kind: type[T]) -> Iterator[T]:
    columns = sql.SQL(", ").join(sql.Identifier(one.name) for one in fields(kind))  # type: ignore[arg-type]
    table = sql.Identifier("witness", f"{kind.__name__.lower()}s")
    query = sql.SQL("SELECT {} FROM {} ORDER BY seq").format(columns, table)
    return connection.cursor(row_factory=class_row(kind)).stream(query)
