"""Which partner a command is about: a profile's file, a key in a folder of profiles, or a key in the hub's store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from channels.x12.envelope import PartyId
from hub.inspection.file import NEUTRAL, ProfileOf
from partners.pinned import Pinned
from partners.profile import Identifier, TradingPartner

if TYPE_CHECKING:
    from partners.loader import Loaded

Partner = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|KEY",
        help="A profile's file, or a partner's key: in --profiles, else among the profiles in force.",
        show_default=False,
    ),
]
Profiles = Annotated[Path | None, typer.Option(metavar="DIR", help="Profiles to find the partner's key in.")]
Judging = Annotated[
    str | None,
    typer.Option("--partner", metavar="FILE|KEY", help="The profile to judge by: a file, or a key in --profiles."),
]
Senders = Annotated[
    Path | None,
    typer.Option("--profiles", metavar="DIR", help="Profiles; each interchange's sender chooses its own."),
]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="The hub.yaml that says who we are.")]

OURS = Identifier(qualifier="ZZ", id="OURCOMPANY")
"""Who we are in a document when no hub.yaml says it."""


def chosen(
    partner: str | None, profiles: Path | None, config: Path | None, data_dir: Path, database: str
) -> tuple[TradingPartner, Identifier]:
    """The profile and our own identity that it knows us by. Ends the command in plain words where there is none."""
    if partner is None:
        return NEUTRAL.partner, _ours(config, NEUTRAL.partner)
    profile = _of_files(partner, profiles)
    if profile is None:
        return _in_force(partner, config, data_dir, database)
    return profile, _ours(config, profile)


def profile_of(partner: str | None, profiles: Path | None) -> ProfileOf:
    """Which profile an interchange is judged by: always the one chosen, else its sender's, else the neutral one. Ends
    the command in plain words where that cannot be told."""
    asked = profiles_of(partner, profiles)
    if not asked:
        return lambda sender: NEUTRAL
    if partner is not None:
        return lambda sender: asked[0]
    from partners.identifiers import Directory  # here, as below: reading YAML is not needed without profiles

    directory = Directory(pinned.partner for pinned in asked)

    def by_sender(sender: PartyId) -> Pinned | None:
        owner = directory.by_identifier(sender.qualifier, sender.id)
        return Pinned(owner, 0) if owner else None

    return by_sender


def profiles_of(partner: str | None, profiles: Path | None) -> list[Pinned]:
    """The profile chosen, else all that a file's sender may have; none where none are said. Ends the command as
    ``profile_of``."""
    if partner is not None:
        profile = _of_files(partner, profiles)
        if profile is None:
            raise _wrong(f"there is no file {partner}; a partner's key needs --profiles")
        return [Pinned(profile, 0)]
    if profiles is None:
        return []
    loaded = _loaded(profiles)
    if loaded.problems or not loaded.profiles:
        raise _wrong(f"{profiles} holds no profile that can be used")
    return [Pinned(profile, 0) for profile in loaded.profiles]


def _of_files(partner: str, folder: Path | None) -> TradingPartner | None:
    """The profile of a file or, in a folder, of a key; None for a key without a folder. Problems of other profiles are
    told and do not matter."""
    path, key = (Path(partner), None) if Path(partner).is_file() else (folder, partner)
    if path is None:
        return None
    profiles = _loaded(path).profiles
    found = next((profile for profile in profiles if key in (None, profile.partner)), None)
    if found is None:
        keys = ", ".join(profile.partner for profile in profiles)
        raise _wrong(f"{path} has no usable profile {key or ''}".rstrip() + (f"; it has {keys}" if keys else ""))
    return found


def _loaded(path: Path) -> Loaded:
    """The profiles of a file or folder; every problem is told."""
    from partners.loader import load_profiles

    loaded = load_profiles([path])
    for problem in loaded.problems:
        typer.echo(str(problem), err=True)
    return loaded


def _wrong(reason: str) -> typer.BadParameter:
    return typer.BadParameter(reason, param_hint="--partner, --profiles")


def _in_force(key: str, config: Path | None, data_dir: Path, database: str) -> tuple[TradingPartner, Identifier]:
    from hub.catalog import load_catalog  # here: a store is not needed for files
    from hub.cli.output import refuse
    from hub.cli.reach import reading

    with reading(data_dir, database) as store, store.read() as tx:
        catalog = load_catalog(tx)
    pinned = catalog.profiles.get(key)
    if pinned is None:
        refuse(f"There is no partner {key}; hub partner list shows them. A file or --profiles is taken, too.")
    ours = _ours(config, pinned.partner) if config else catalog.our_identity(pinned.partner)
    return pinned.partner, ours


def _ours(config: Path | None, partner: TradingPartner) -> Identifier:
    if config is None:
        return OURS
    from hub.cli.output import refuse  # here: as above
    from hub.settings import load_settings_text

    try:
        read = load_settings_text(config.read_text(encoding="utf-8-sig"), str(config))
    except (OSError, ValueError) as error:
        refuse(f"{config}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}")
    if read.value is None:
        refuse("\n".join(str(problem) for problem in read.problems))
    try:
        return read.value.identity(partner.x12.identity)
    except LookupError as error:
        refuse(str(error.args[0]))
