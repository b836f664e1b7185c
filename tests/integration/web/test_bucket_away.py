"""Storage of larger bytes that is away: its sender is told to come again, and nothing is acknowledged."""

from __future__ import annotations

import time

import pytest

from channels.channel import Codec
from hub.services import utc_now
from hub.store.kept import bucket, home
from hub.store.kept.blobs import INLINE_LIMIT
from hub.store.traffic import transmissions
from tests.integration.web.running_hub import Site
from tests.s3_server import S3, troubled

pytestmark = pytest.mark.external("moto")

FILE = b"ISA*00*" + b"x" * INLINE_LIMIT
"""Too large for a row; what is in it is judged later."""


def test_what_the_bucket_does_not_take_is_not_taken(site: Site, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "RETRIES", 0)
    monkeypatch.setattr(bucket, "AWAY_SECONDS", 0.1)
    headers = {"Authorization": f"Bearer {site.key('partner', 'birch-paper')}", "Content_Type": Codec.X12.content_type}
    with troubled(s3) as (port, trouble):
        site.store.settle(home.normal(s3.address(port)), "test", utc_now())
        trouble.begin("slow_down", "PUT")
        refused = site.client().ask("POST", "/v1/transmissions", FILE, **headers)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        with site.store.read() as tx:
            assert transmissions.last_seq(tx) == 0
        trouble.end()
        time.sleep(bucket.AWAY_SECONDS)
        assert site.client().ask("POST", "/v1/transmissions", FILE, **headers).status == 202
