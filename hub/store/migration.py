"""The schema's version in a database: looked at by every opening, raised by ``upgrade``.

Versions are Alembic revisions in migrations/. A change of schema/tables.py needs a new one, made by
``python -m hub.store.migration "what changes"`` and then read and mended by hand.

Nodes of two versions may run beside each other while a hub is upgraded. A revision says ``expands = True`` when nodes
that do not know it may go on: it only adds what they need not fill in. All others (what is taken away, renamed, or must
be filled in) want every older node stopped, and are refused while one shows signs of life. The database itself says
how old a node may be (``schema_compatibility``), since an older node has no such revision.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, create_engine, delete, insert, inspect, select, text

from hub.store.engine import dialects
from hub.store.engine.columns import Instant
from hub.store.errors import SchemaTooNew, StoreInUse
from hub.store.schema.nodes import nodes, schema_compatibility

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

LIVING = timedelta(minutes=2)
"""A node whose last sign of life is older does not hold up an upgrade."""

FIRST_WITH_NODES = "0026"
"""The revision from which on nodes give signs of life."""

_HELD = text("SELECT version_num FROM alembic_version")
_OLDEST = select(schema_compatibility.c.oldest).where(schema_compatibility.c.revision == bindparam("held"))
_OLDER_NODES = (
    select(nodes.c.name)
    .where(nodes.c.schema < bindparam("oldest"), nodes.c.seen_at > bindparam("since", type_=Instant()))
    .order_by(nodes.c.name)
)


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
    """True when this version may work on the schema as it is, False when it is older or missing. Raises
    SchemaTooNew."""
    revision = held(tx)
    if revision is None or revision in revisions():
        return revision == newest()
    _check_newer(tx, revision)
    return True


def check_beside(tx: Connection) -> None:
    """For a node that runs: whether its version may go on, whatever another has made of the schema meanwhile. Raises
    SchemaTooNew."""
    revision = tx.execute(_HELD).scalar()
    if revision is not None and revision not in revisions():
        _check_newer(tx, revision)


def _check_newer(tx: Connection, revision: str) -> None:
    """A revision that came after this version. Its database says who may work on it all the same."""
    told = inspect(tx).has_table(schema_compatibility.name)
    oldest = tx.execute(_OLDEST, {"held": revision}).scalar() if told else None
    if oldest is None or oldest not in revisions():
        raise SchemaTooNew(
            f"the store's schema is version {revision}, which this version of the hub does not know: "
            "a newer one has used it. Start that version, or restore the backup from before the upgrade"
        )


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
    """Brings the schema to this version's, inside the caller's transaction. Raises SchemaTooNew, and StoreInUse while
    nodes run that could not go on with it."""
    if check(tx):
        return
    from alembic import command  # here: as above

    oldest, revision = _oldest(), held(tx)
    if revision is not None and revision >= FIRST_WITH_NODES:
        _refuse_older(tx, oldest)
    command.upgrade(_config(tx), "head")
    tx.execute(delete(schema_compatibility))
    tx.execute(insert(schema_compatibility), {"revision": newest(), "oldest": oldest})


def _oldest() -> str:
    """The newest revision that a node must know at least, to work on this version's schema."""
    from alembic.script import ScriptDirectory  # here: as above

    for script in ScriptDirectory.from_config(_config()).walk_revisions():  # the newest first
        if not getattr(script.module, "expands", False):
            return script.revision
    raise AssertionError("the first revision takes nothing for granted")


def _refuse_older(tx: Connection, oldest: str) -> None:
    """Revisions are numbers of one length, so that the older is the smaller."""
    seen = {"oldest": oldest, "since": dialects.clock(tx) - LIVING}
    if names := list(tx.execute(_OLDER_NODES, seen).scalars()):
        raise StoreInUse(
            f"this version changes the store so that older ones cannot go on with it, and {', '.join(names)} still "
            "runs one: stop every node first, then start this version"
        )


def _new_revision(message: str) -> None:
    """Writes a revision from the difference between migrations/ and schema/tables.py."""
    from alembic import command

    with create_engine("sqlite://").begin() as tx:
        upgrade(tx)
        number = int(newest()) + 1
        command.revision(_config(tx), message, autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    _new_revision(sys.argv[1])
