"""The schema's version in a database: looked at by every opening, raised by ``upgrade``.

Versions are Alembic revisions in migrations/. A change of tables.py needs a new one, made by
``python -m hub.store.migration "what changes"`` and then read and mended by hand.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from hub.store.errors import SchemaTooNew


def _config(tx: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = tx
    return config


def check(tx: Connection) -> bool:
    """True when the schema is this version's, False when it is older or missing. Raises SchemaTooNew."""
    revision = held(tx)
    scripts = ScriptDirectory.from_config(_config())
    if revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaTooNew(
            f"the store's schema is version {revision}, which this version of the hub does not know: "
            "a newer one has used it. Start that version, or restore the backup from before the upgrade"
        )
    return revision == newest()


def held(tx: Connection) -> str | None:
    """The revision that a database has, None for an empty one."""
    return MigrationContext.configure(tx).get_current_revision()


@cache
def newest() -> str | None:
    """The revision of this version of the hub."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(tx: Connection) -> str:
    """The version of a database's schema."""
    return MigrationContext.configure(tx).get_current_revision() or ""


def upgrade(tx: Connection) -> None:
    """Brings the schema to this version's, inside the caller's transaction. Raises SchemaTooNew."""
    if not check(tx):
        command.upgrade(_config(tx), "head")


def _new_revision(message: str) -> None:
    """Writes a revision from the difference between migrations/ and tables.py."""
    with create_engine("sqlite://").begin() as tx:
        upgrade(tx)
        number = len(list(ScriptDirectory.from_config(_config()).walk_revisions())) + 1
        command.revision(_config(tx), message, autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    _new_revision(sys.argv[1])
