"""Which partner a command is about: a profile's file, a key in a folder of profiles, or a key in the hub's store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.reach import reading
from hub.cli.yaml_files import refuse
from hub.inspection import NEUTRAL
from partners.loader import load_profiles
from partners.profile import Identifier, TradingPartner

Partner = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|KEY",
        help="A profile's file, or a partner's key: in --profiles, else among the profiles in force.",
        show_default=False,
    ),
]
Profiles = Annotated[Path | None, typer.Option(metavar="DIR", help="Profiles to find the partner's key in.")]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="The hub.yaml that says who we are.")]

OURS = Identifier(qualifier="ZZ", id="OURCOMPANY")
"""Who we are in a document when no hub.yaml says it."""


def chosen(
    partner: str | None, profiles: Path | None, config: Path | None, data_dir: Path, database: str
) -> tuple[TradingPartner, Identifier]:
    """The profile and our own identity that it knows us by. Ends the command in plain words where there is none."""
    if partner is None:
        return NEUTRAL.partner, _ours(config, NEUTRAL.partner)
    if Path(partner).is_file():
        profile = _of_files(Path(partner), None)
    elif profiles is not None:
        profile = _of_files(profiles, partner)
    else:
        return _in_force(partner, config, data_dir, database)
    return profile, _ours(config, profile)


def _of_files(path: Path, key: str | None) -> TradingPartner:
    loaded = load_profiles([path])
    for problem in loaded.problems:
        typer.echo(str(problem), err=True)
    found = next((profile for profile in loaded.profiles if key in (None, profile.partner)), None)
    if found is None:
        keys = ", ".join(profile.partner for profile in loaded.profiles)
        refuse(f"{path} has no usable profile {key or ''}".rstrip() + (f"; it has {keys}" if keys else ""))
    return found


def _in_force(key: str, config: Path | None, data_dir: Path, database: str) -> tuple[TradingPartner, Identifier]:
    from hub.catalog import load_catalog  # here: a store is not needed for files

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
    from hub.settings import load_settings_text  # here: as above

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
