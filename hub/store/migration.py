"""The schema's version in a database: looked at by every opening, raised by ``upgrade``.

Versions are Alembic revisions in migrations/. A change of tables.py needs a new one, made by
``python -m hub.store.migration "what changes"`` and then read and mended by hand.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, inspect, text

from hub.store.errors import SchemaTooNew

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

_HELD = text("SELECT version_num FROM alembic_version")


def _config(tx: Connection | None = None) -> Config:
    from alembic.config import Config  # here: Alembic takes longer to load than most commands to run

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = tx
    return config


@cache
def revisions() -> list[str]:
    """Every revision that this version of the hub knows, oldest first: the numbers by which their files begin."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def check(tx: Connection) -> bool:
    """True when the schema is this version's, False when it is older or missing. Raises SchemaTooNew."""
    revision = held(tx)
    if revision is not None and revision not in revisions():
        raise SchemaTooNew(
            f"the store's schema is version {revision}, which this version of the hub does not know: "
            "a newer one has used it. Start that version, or restore the backup from before the upgrade"
        )
    return revision == newest()


def held(tx: Connection) -> str | None:
    """The revision that a database has, None for an empty one."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    revision: str | None = tx.execute(_HELD).scalar()
    return revision


def newest() -> str:
    """The revision of this version of the hub."""
    return revisions()[-1]


def upgrade(tx: Connection) -> None:
    """Brings the schema to this version's, inside the caller's transaction. Raises SchemaTooNew."""
    if not check(tx):
        from alembic import command  # here: as above

        command.upgrade(_config(tx), "head")


def _new_revision(message: str) -> None:
    """Writes a revision from the difference between migrations/ and tables.py."""
    from alembic import command

    with create_engine("sqlite://").begin() as tx:
        upgrade(tx)
        number = int(newest()) + 1
        command.revision(_config(tx), message, autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    _new_revision(sys.argv[1])
