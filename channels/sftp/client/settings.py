"""Settings of a partner's SFTP server: how to reach it, how to know it, what to fetch, where to put ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from channels.channel import Located, Remote, SettingsModel, refuse_inconsistent, repeated
from channels.file_names import FileNaming, FilePattern
from channels.polled import PolledFiles
from channels.secret import SecretReference
from channels.sending import Sending
from channels.sftp.client.host_key import HostKey


def _folder(value: str) -> str:
    if ".." in value.split("/"):
        raise ValueError('a folder of the server is named without ".."')
    return value.rstrip("/") or "/"


RemoteFolder = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$"), AfterValidator(_folder)
]
"""As the server names it: absolute, or relative to where it puts us at sign-in."""
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$")]
"""A host's name or address, IPv6 without brackets."""


class InboundFolder(SettingsModel):
    """A folder of the server from which files are fetched."""

    path: RemoteFolder
    patterns: tuple[FilePattern, ...] = Field(
        default=("*",), min_length=1, description="Names of files to take, with * and ?; letter case is ignored"
    )
    after: Literal["archive", "delete", "leave"] = Field(
        default="delete", description="What becomes of a file once it is stored; one that is left is noted and not"
        " fetched again"
    )  # fmt: skip
    archive: RemoteFolder | None = Field(default=None, description="Where files go with after: archive")
    complete: Literal["unchanged", "renamed", "done_file"] = Field(
        default="unchanged",
        description="When a file is complete: its size and time are the same in two polls; as soon as it has its name,"
        " since the partner uploads under a temporary one; or when a file of its name and done_suffix lies beside it",
    )
    done_suffix: Annotated[str, StringConstraints(pattern=r"^\.[A-Za-z0-9._-]{1,20}$")] = ".done"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.after == "archive") != (self.archive is not None):
            refuse_inconsistent([(("archive",), "after: archive and the folder archive belong together")])
        if self.archive == self.path:
            refuse_inconsistent([(("archive",), "the archive must be another folder")])
        return self


class SftpSettings(PolledFiles, Sending, FileNaming):
    """A partner's SFTP server, which we sign in to."""

    kind: Literal["sftp"]
    host: Host
    port: int = Field(default=22, ge=1, le=65_535)
    user: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    password: SecretReference | None = None
    private_key: SecretReference | None = Field(default=None, description="In the form of OpenSSH or PEM")
    passphrase: SecretReference | None = Field(default=None, description="Of the private key")
    host_keys: tuple[HostKey, ...] = Field(
        min_length=1,
        description="The server's keys as lines or SHA256 fingerprints, checked before we sign in; hub channel host-key"
        " shows them",
    )
    inbound: tuple[InboundFolder, ...] = Field(default=(), max_length=50)
    outbound: RemoteFolder | None = Field(default=None, description="Where we put files for the partner")
    poll_seconds: int = Field(default=60, ge=1, le=86_400)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse_inconsistent(self._problems())
        return self

    def _problems(self) -> Iterable[Located]:
        if not self.inbound and self.outbound is None:
            yield ("inbound",), "an SFTP channel needs inbound, outbound or both"
        if (self.password is None) == (self.private_key is None):
            yield ("password",), "either password or private_key is needed to sign in"
        if self.passphrase is not None and self.private_key is None:
            yield ("passphrase",), "a passphrase belongs to a private_key"
        for index, path in repeated(folder.path for folder in self.inbound):
            yield ("inbound", index, "path"), f"{path} stands above already"
        paths = {folder.path for folder in self.inbound}
        if self.outbound in paths:
            yield ("outbound",), "what is put there would be fetched again"
        for index, folder in enumerate(self.inbound):
            if folder.archive in paths:
                yield ("inbound", index, "archive"), "what is archived there would be fetched again"

    @property
    def polls(self) -> bool:
        return bool(self.inbound)

    @property
    def sends(self) -> bool:
        return self.outbound is not None

    def remotes(self) -> dict[tuple[str | int, ...], Remote]:
        return {("host",): Remote(self.host)}

    def places(self) -> dict[tuple[str | int, ...], tuple[str, ...]]:
        server = ("sftp", self.host.lower(), str(self.port), self.user)
        places: dict[tuple[str | int, ...], tuple[str, ...]] = {
            ("inbound", index, "path"): (*server, folder.path) for index, folder in enumerate(self.inbound)
        }
        return places | ({("outbound",): (*server, self.outbound)} if self.outbound else {})
