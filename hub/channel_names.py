"""What channels are called in the store, and as targets of deliveries."""

from __future__ import annotations

from channels.channel import ChannelSettings
from partners.profile import TradingPartner

CHANNEL_PREFIX = "channel:"
"""A delivery's target is a target of hub.yaml, or this and the channel's id."""

WEBHOOK_PREFIX = "webhook:"
"""The target of a notification is this, its owner and the webhook's name."""

WEBHOOKS = "webhooks"
"""The channel that notifications leave by, whoever is notified."""


def channel_id(partner: TradingPartner, channel: ChannelSettings) -> str:
    """The name a channel has in the store: channels of two partners may be called the same."""
    return f"shared/{channel.name}" if channel.shared else f"{partner.partner}/{channel.name}"


def box_of_partner(partner: str) -> str:
    """Where lies what a partner fetches, through whichever channel it was sent."""
    return f"partner:{partner}"


def box_of_target(target: str) -> str:
    """Where lies what a system of ours fetches as this target of hub.yaml."""
    return f"target:{target}"
