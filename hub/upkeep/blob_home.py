"""Where a store's blobs are to lie, said at its start: noted the first time, and compared ever after."""

from __future__ import annotations

from datetime import datetime

from hub.errors import OperationRefused
from hub.store.kept import home
from hub.store.kept.address import FOLDER
from hub.store.store import Store
from hub.store.traffic import transmissions


def settle_blobs(store: Store, wanted: str, now: datetime) -> None:
    """Has blobs of a store that has none yet lie where they are wanted; nothing is said by an empty ``wanted``. Raises
    WrongAddress, and OperationRefused when they lie elsewhere already, or when others lie there."""
    if not wanted:
        return
    address = home.normal(wanted)
    with store.read() as tx:
        held, named = home.home(tx), transmissions.blobs_named(tx)
    if address == held:
        return
    if named or held:
        raise OperationRefused(
            f"the bytes of this store lie at {held or FOLDER}, and not at {wanted}: leave --blobs and "
            "SUPPLIER_HUB_BLOBS away, or move them with hub store move --blobs"
        )
    refuse_foreign(home.blobs_at(address, store.data_dir, caching=False).names(), set(), address)
    store.settle(address, "hub", now)


def refuse_foreign(found: set[str], own: set[str], address: str) -> None:
    """What lies there already must be this store's: another's sweeper would remove what this one keeps."""
    if strangers := found - own:
        raise OperationRefused(
            f"{address} holds bytes of another store ({len(strangers)}): each store takes a prefix of its own"
        )
