"""The channels that a profile can name: each adapter's settings, told apart by ``kind``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from channels.channel import ChannelSettings, SettingsModel
from channels.folder.settings import FolderSettings
from channels.offered import Offered
from channels.portal.settings import PortalSettings
from channels.rest.settings import RestSettings
from channels.secret import SecretReference
from channels.sftp.client.settings import SftpSettings
from channels.sftp.server.settings import MailboxSettings


class SignatureSettings(SettingsModel):
    """HMAC-SHA256 of timestamp and body, as docs/api.md has it. Two secrets are live while one is changed."""

    secrets: Annotated[tuple[SecretReference, ...], Field(min_length=1, max_length=2)]


class ApiSettings(ChannelSettings, Offered):
    """The hub's own HTTP door: the partner posts documents with its credential, and fetches ours from its outbox."""

    kind: Literal["api"]
    signature: SignatureSettings | None = Field(
        default=None, description="What is posted must be signed besides; without it a key or token is enough"
    )

    @property
    def sends(self) -> bool:
        return True


Channel = Annotated[
    FolderSettings | SftpSettings | RestSettings | MailboxSettings | ApiSettings | PortalSettings,
    Field(discriminator="kind"),
]
