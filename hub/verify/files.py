"""Files: nothing that a killed process left behind stays for long."""

from __future__ import annotations

from collections.abc import Iterator

from hub.catalog import load_catalog
from hub.store.traffic import transmissions
from hub.upkeep.sweeping import stray_files
from hub.verify.defect import Defect, Subject

_FIX = "A running hub sweeps every hour: look into its log for why it did not. The file may be deleted."


def no_strays(subject: Subject) -> Iterator[Defect]:
    """Half-written files, and blobs that no row names, older than the sweeper lets them be."""
    with subject.read() as tx:
        named, catalog = transmissions.blobs_named(tx), load_catalog(tx)
    subject.progress(len(named))
    for place in stray_files(subject.blobs, named, subject.data_dir, catalog, subject.now):
        yield Defect("FILE-STRAY", place, "a file that no row names", "no such file after an hour", _FIX)
