"""The mappings of a profile: how a partner's own files carry each type of document."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from pydantic import Field, model_validator

from channels.channel import refuse_inconsistent
from channels.file_names import FilePattern
from channels.files.model.mapping import FileMapping
from partners.problem import nearest


class PartnerMapping(FileMapping):
    """One mapping, and which of the files that come through a channel it is for, where several mappings read there."""

    ready: str | None = Field(
        default=None,
        description="A mapping that comes with the hub; what is said beside it is put in its place, and what is left "
        "empty there is left out",
    )
    names: tuple[FilePattern, ...] = Field(
        default=(), description="Names of files that it is for, with * and ?; letter case is ignored. None: any name"
    )

    @model_validator(mode="before")
    @classmethod
    def _overlaid(cls, said: Any) -> Any:
        """A ready mapping with the profile's own changes; afterwards it is like any other."""
        if not isinstance(said, dict) or said.get("ready") is None:
            return said
        from partners.ready_mappings import READY, ready_fields  # here: it loads what reads YAML

        name, own = said["ready"], {key: value for key, value in said.items() if key != "ready"}
        if name not in READY:
            hint = nearest(str(name), READY) or f"there are {', '.join(READY)}"
            refuse_inconsistent([(("ready",), f"there is no ready mapping {name}: {hint}")])
        return _changed(ready_fields(name), own)

    def is_named(self, name: str) -> bool:
        """Whether it is for files called so."""
        plain = PurePosixPath(name).name.casefold()
        return not self.names or any(fnmatchcase(plain, pattern.casefold()) for pattern in self.names)


def _changed(entries: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of a mapping with changes: field by field, in each list as in the whole. A field is exchanged as it is,
    or it would be found in two places at once."""
    found = dict(entries)
    for name, value in own.items():
        before = found.get(name)
        if not isinstance(value, dict) or not isinstance(before, dict) or name not in ("fields", "lists", "format"):
            found[name] = value
        elif name == "format":
            found[name] = before | value if value.get("kind", before["kind"]) == before["kind"] else value
        else:
            inner = {key: _inner(before.get(key), one, name) for key, one in value.items()}
            found[name] = {key: one for key, one in (before | inner).items() if one is not None}
    return found


def _inner(before: Any, own: Any, of: str) -> Any:
    return _changed(before, own) if of == "lists" and isinstance(before, dict) and isinstance(own, dict) else own
