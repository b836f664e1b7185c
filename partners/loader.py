"""Reads profiles from YAML and reports every problem of every file at once, with file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from channels.channel import Remote
from channels.polled import Polled
from channels.rest.access import HttpAccess
from channels.secret import SecretReference
from channels.sftp.server.settings import MailboxSettings
from partners.problem import ConfigurationError, Path, Problem, explain, nearest
from partners.profile import TradingPartner, interchange_key
from partners.yaml_text import SIZE_LIMIT, Tree, read_tree

M = TypeVar("M", bound=BaseModel)

REMEMBERED, REMEMBERED_SIZE = 512, 32_768
"""How many texts, of so many characters at most, are read once however often they are asked for. To apply one profile
is to hold it against all others, and reading YAML takes longer than everything else about it."""


@dataclass(frozen=True)
class Read(Generic[M]):
    """One file, read: ``value`` is None when there are problems. ``text`` is the file as its author wrote it."""

    value: M | None
    tree: Tree
    text: str

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self.tree.problems)

    def require(self) -> M:
        """The value. Raises ConfigurationError with every problem."""
        if self.value is None:
            raise ConfigurationError(self.problems)
        return self.value


@dataclass(frozen=True)
class Known:
    """Names that profiles may refer to and that the application and ``hub.yaml`` define; None is not looked up."""

    checks: Collection[str]
    identities: Collection[str] | None = None
    objection: Callable[[Remote], str | None] | None = None
    """Why a partner's server must not be connected to, as far as its name tells."""
    weakness: Callable[[SecretReference], str | None] | None = None
    """Why a key must not be used to sign, where it can be read."""


@dataclass(frozen=True)
class Loaded:
    """Several profiles. ``texts`` holds each partner's file as its author wrote it; with problems nothing is to be
    applied, though the profiles without own problems are there to look at."""

    profiles: tuple[TradingPartner, ...]
    problems: tuple[Problem, ...]
    texts: dict[str, str]


def read_model(model: type[M], content: bytes | str, source: str) -> Read[M]:
    """One YAML file against one model. Never raises."""
    if len(content) > REMEMBERED_SIZE:
        return _read(model, content, source)
    read = _remembered(model, content, source)
    return replace(read, tree=replace(read.tree, problems=list(read.tree.problems)))  # whoever asks may report more


@lru_cache(REMEMBERED)
def _remembered(model: type[BaseModel], content: bytes | str, source: str) -> Read[Any]:
    return _read(model, content, source)


def _read(model: type[M], content: bytes | str, source: str) -> Read[M]:
    tree = read_tree(content, source)
    text = content if isinstance(content, str) else content.decode("utf-8-sig", "replace")
    if not tree.complete:
        return Read(None, tree, text)
    if not isinstance(tree.value, dict):
        tree.report((), "the file holds no fields", line=1)
        return Read(None, tree, text)
    value = None
    broken = bool(tree.problems)
    try:
        value = model.model_validate(tree.value)
    except ValidationError as error:
        for path, message, fix in explain(error, model, tree.value):
            tree.report(path, message, fix=fix)
    return Read(None if broken else value, tree, text)


def read_file(path: FilePath) -> bytes | Problem:
    """The file's bytes, at most just above the size limit, or why it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Problem(str(path), 1, (), f"cannot be read: {reason}")


def load_profile_text(content: bytes | str, source: str, known: Known | None = None) -> Read[TradingPartner]:
    """One profile. With ``known``, names that it takes from elsewhere are checked too."""
    read = read_model(TradingPartner, content, source)
    if read.value is None:
        return read
    for path, message, fix in [*_guide_problems(read.value), *(_unknown_names(read.value, known) if known else ())]:
        read.tree.report(path, message, fix=fix)
    return Read(None, read.tree, read.text) if read.problems else read


def load_profiles(paths: Iterable[FilePath], known: Known | None = None) -> Loaded:
    """Every profile of the given files and folders (their ``*.yaml`` and ``*.yml``), each checked alone and all
    against one another."""
    reads: list[Read[TradingPartner]] = []
    problems: list[Problem] = []
    for path in _files(paths):
        content = read_file(path)
        if isinstance(content, Problem):
            problems.append(content)
        else:
            reads.append(load_profile_text(content, str(path), known))
    usable = [read for read in reads if read.value is not None]
    problems += [problem for read in reads for problem in read.problems]
    problems += conflicts(usable)
    profiles = tuple(read.require() for read in usable)
    texts = {read.require().partner: read.text for read in usable}
    return Loaded(profiles, tuple(sorted(problems, key=lambda p: (p.file, p.line))), texts)


def conflicts(reads: Iterable[Read[TradingPartner]]) -> list[Problem]:
    """What no two profiles may share: the partner's key, an identifier, a folder."""
    found: list[Problem] = []
    holders: dict[tuple[str, ...], tuple[str, str, str]] = {}
    for read in reads:
        profile, source = read.require(), read.tree.source
        for claim in _claims(profile, source):
            holder, owner, file = holders.setdefault(claim.what, (claim.holder, profile.partner, source))
            if holder != claim.holder:
                message = f"{claim.name} belongs to {owner} already ({file})"
                found.append(Problem(source, read.tree.line_of(claim.path), claim.path, message))
    return found


@dataclass(frozen=True, slots=True)
class _Claim:
    """``what`` may have one ``holder`` only; ``name`` is how people call it."""

    what: tuple[str, ...]
    holder: str
    path: Path
    name: str


def _claims(profile: TradingPartner, source: str) -> Iterator[_Claim]:
    yield _Claim(("partner", profile.partner), source, ("partner",), f"the key {profile.partner}")
    entries = [
        *((("identifiers", index), entry.qualifier, entry.id) for index, entry in enumerate(profile.identifiers)),
        *((("aliases", index), entry.qualifier, entry.id) for index, entry in enumerate(profile.aliases)),
    ]
    for path, qualifier, id in entries:
        what = ("identifier", *interchange_key(qualifier, id))
        yield _Claim(what, source, path, f"{qualifier} {id}".strip())
    for index, channel in enumerate(profile.channels):
        if isinstance(channel, Polled):
            # Partners who share a channel name the same folders under the same channel name.
            holder = f"shared/{channel.name}" if channel.shared else f"{source}/{channel.name}"
            for field, place in channel.places().items():
                yield _Claim(place, holder, ("channels", index, *field), f"the folder {place[-1]}")
        if isinstance(channel, MailboxSettings):
            holder = f"{source}/{channel.name}"
            yield _Claim(
                ("mailbox", channel.user), holder, ("channels", index, "user"), f"the mailbox user {channel.user}"
            )


def _guide_problems(profile: TradingPartner) -> Iterator[tuple[Path, str, str | None]]:
    for index, agreement in enumerate(profile.documents):
        if agreement.guide is not None:
            release = agreement.release or profile.x12.release
            for set_type in agreement.guide.root:
                for problem in agreement.guide.problems(release, set_type):
                    yield ("documents", index, "guide", set_type), problem, None


def _unknown_names(profile: TradingPartner, known: Known) -> Iterator[tuple[Path, str, str | None]]:
    identity = profile.x12.identity
    if identity is not None and known.identities is not None and identity not in known.identities:
        message = f"hub.yaml has no identity {identity}"
        yield ("x12", "identity"), message, nearest(identity, known.identities)
    for path, remote in _remotes(profile):
        if known.objection is not None and (why := known.objection(remote)) is not None:
            yield path, why, None
    for path, reference in _keys(profile):
        if known.weakness is not None and (why := known.weakness(reference)) is not None:
            yield path, f"must not be used to sign: {why}", None
    places: list[tuple[Path, Iterable[str]]] = [(("checks",), profile.checks)]
    places += [(("documents", index, "checks"), a.checks) for index, a in enumerate(profile.documents)]
    for path, names in places:
        for name in names:
            if name not in known.checks:
                yield (*path, name), f"there is no check {name}", nearest(name, known.checks)


def _remotes(profile: TradingPartner) -> Iterator[tuple[Path, Remote]]:
    """Every server of the partner that its profile names."""
    for field in ("channels", "webhooks"):
        for index, named in enumerate(getattr(profile, field)):
            yield from (((field, index, *path), remote) for path, remote in named.remotes().items())


def _keys(profile: TradingPartner) -> Iterator[tuple[Path, SecretReference]]:
    for field in ("channels", "webhooks"):
        for index, named in enumerate(getattr(profile, field)):
            if isinstance(named, HttpAccess):
                yield from (((field, index, key), reference) for key, reference in named.signing_keys())


def _files(paths: Iterable[FilePath]) -> Iterator[FilePath]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))
        else:
            yield path
