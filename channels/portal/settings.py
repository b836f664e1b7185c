"""A portal channel as a profile describes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import model_validator

from channels.channel import ChannelSettings, Located, refuse_inconsistent
from channels.offered import Offered


class PortalSettings(ChannelSettings, Offered):
    """The supplier portal: the partner's people drop files there, whatever their form, and fetch what lies ready for
    them. ``codec`` is the form of what lies ready."""

    kind: Literal["portal"]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse_inconsistent(self._problems())
        return self

    def _problems(self) -> Iterable[Located]:
        if self.shared:
            yield ("shared",), "a portal belongs to one partner: who signs in is who sends"

    @property
    def sends(self) -> bool:
        return True
