"""The channels that a profile can name: each adapter's settings, told apart by ``kind``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from channels.channel import ChannelSettings
from channels.folder.settings import FolderSettings
from channels.offered import Offered
from channels.sftp.client.settings import SftpSettings
from channels.sftp.server.settings import MailboxSettings


class ApiSettings(ChannelSettings, Offered):
    """The hub's own HTTP door: the partner posts documents with its credential, and fetches ours from its outbox."""

    kind: Literal["api"]

    @property
    def sends(self) -> bool:
        return True


Channel = Annotated[FolderSettings | SftpSettings | MailboxSettings | ApiSettings, Field(discriminator="kind")]
