"""How documents of ours are written in each form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from channels.channel import Codec
from hub.catalog import Catalog
from hub.pipeline.forms.canonical_json import OutboundJson
from hub.pipeline.forms.interchange import OutboundInterchange
from hub.pipeline.forms.mapped_files import OutboundFile
from hub.pipeline.forms.outbound import Outbound
from hub.store.configuration.control_numbers import Drawing
from partners.pinned import Pinned

Begin: TypeAlias = Callable[[Drawing, Catalog, Pinned, str, datetime], Outbound]
"""Begins a departure to a partner; the text is the usage indicator of all that it will carry."""

WRITERS: Mapping[Codec, Begin] = {
    Codec.X12: OutboundInterchange,
    Codec.JSON: lambda numbers, catalog, pinned, usage, now: OutboundJson(pinned),
    Codec.FILES: lambda numbers, catalog, pinned, usage, now: OutboundFile(pinned),
}
