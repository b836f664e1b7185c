"""The kinds of columns and indexes that tables are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    text,
)

from hub.store.engine import dialects

V = TypeVar("V")

metadata = MetaData()
"""Every table of the hub."""

Serial = BigInteger().with_variant(Integer, "sqlite")
"""An ever growing number given by the database: arrival order."""


class _Written(TypeDecorator[V]):
    """A type whose values SQLite keeps as text. ``_as_text`` makes it, and is called straight: a row has a dozen such
    values, and SQLAlchemy's own way to a decorated type takes longer than most of them."""

    @staticmethod
    def _as_text(value: V | None) -> str | None:
        raise NotImplementedError

    def bind_processor(self, dialect: Dialect) -> Any:
        return self._as_text if dialect.name == "sqlite" else super().bind_processor(dialect)


class _Json(_Written[Any]):
    """What JSON can say; None is NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    @staticmethod
    def _as_text(value: Any) -> str | None:
        return None if value is None else dialects.to_json(value)


Json = _Json()


class Instant(_Written[datetime]):
    """An aware UTC datetime with microseconds; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    @staticmethod
    def _as_text(value: datetime | None) -> str | None:
        return None if value is None else _text(value)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _aware(value).astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value


@lru_cache(64)
def _text(value: datetime) -> str:
    """Kept, as the rows of one transaction tell the same instant many times."""
    return _aware(value).astimezone(UTC).isoformat(timespec="microseconds")


def partial(name: str, *columns: str, where: str, sqlite_where: str = "") -> Index:
    """An index of the few rows that still want work: finished ones, the many, leave it.

    A statement uses it only when it repeats ``where`` with literal values.
    """
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(sqlite_where or where))


def lease() -> tuple[Column[Any], ...]:
    """Claimable rows: the holder, until when, and a fence that rises with every claim."""
    return (
        Column("lease_owner", String(64)),
        Column("lease_until", Instant),
        Column("fence", Integer, nullable=False, server_default=text("0")),
    )
