"""What every home of blobs promises; each runs these tests against its own."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.store.errors import BitRot
from hub.store.kept.blobs import INCOMING, INLINE_LIMIT, Blobs

LATER = 3600.0
"""Whatever was written by now is older than that."""


class BlobContract(ABC):
    examples = 25

    @pytest.fixture
    @abstractmethod
    def blobs(self) -> Blobs:
        """Empty."""

    @abstractmethod
    def damage(self, digest: str, bytes_now: bytes | None) -> None:
        """What lies under the hash becomes this, or nothing, whoever looks."""

    @abstractmethod
    def count(self) -> int:
        """Blobs that lie there."""

    def staged(self, blobs: Blobs) -> list[Path]:
        return [path for path in (blobs._folder / INCOMING).glob("*") if path.is_file()]

    def test_the_same_bytes_are_kept_once_and_come_back(self, blobs: Blobs) -> None:
        seen: set[bytes] = set()

        @settings(max_examples=self.examples, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(st.lists(st.binary(min_size=1, max_size=200), max_size=4))
        def kept_and_got(bodies: list[bytes]) -> None:
            for body in bodies:
                digest = blobs.put(body)
                assert digest == sha256(body).hexdigest()
                with blobs.open(digest) as mapped:
                    assert bytes(mapped) == body
                assert blobs.locate(digest).read_bytes() == body
            seen.update(bodies)

        kept_and_got()
        assert self.count() == len(seen)
        assert blobs.names() == {sha256(body).hexdigest() for body in seen}

    @pytest.mark.parametrize("damaged", [b"gooe bytes", b"good", b"", None], ids=["flip", "cut", "empty", "missing"])
    def test_damage_of_any_kind_is_found_and_mended_by_the_same_bytes(
        self, blobs: Blobs, damaged: bytes | None
    ) -> None:
        digest = blobs.put(b"good bytes")
        self.damage(digest, damaged)
        with pytest.raises(BitRot, match=digest):
            blobs.open(digest)
        with pytest.raises(BitRot, match=digest):
            blobs.locate(digest)
        blobs.put(b"good bytes")
        with blobs.open(digest) as mapped:
            assert bytes(mapped) == b"good bytes"

    def test_bytes_that_arrive_in_blocks_are_kept_as_if_they_had_come_at_once(self, blobs: Blobs) -> None:
        for size in (0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, 300_000):
            body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
            with blobs.incoming() as incoming:
                for start in range(0, size, 10_000):
                    incoming.write(body[start : start + 10_000])
                result = incoming.keep()
            assert (result.sha256, result.size) == (sha256(body).hexdigest(), size)
            assert result.inline == (body if size <= INLINE_LIMIT else None)
            assert blobs.start_of(result, 100) == body[:100]
            if size > INLINE_LIMIT:
                with blobs.open(result.sha256) as mapped:
                    assert bytes(mapped) == body
        assert self.staged(blobs) == []

    def test_what_a_sender_broke_off_is_gone_and_what_a_dead_writer_left_is_swept(self, blobs: Blobs) -> None:
        with blobs.incoming() as broken_off:
            broken_off.write(b"x" * 100_000)
        assert (self.staged(blobs), self.count()) == ([], 0)
        (blobs._folder / INCOMING / ".abandoned").write_bytes(b"half")
        with blobs.incoming() as living:
            living.write(b"y" * 100_000)
            assert blobs.sweep() == 1
            digest = living.keep().sha256
        with blobs.open(digest) as mapped:
            assert bytes(mapped) == b"y" * 100_000

    def test_only_what_nobody_names_and_is_old_is_removed_and_nothing_while_a_backup_copies(self, blobs: Blobs) -> None:
        named, unnamed = blobs.put(b"named"), blobs.put(b"unnamed")
        now = time.time()
        assert list(blobs.strays({named}, now - LATER)) == []
        (stray,) = blobs.strays({named}, now + LATER)
        assert stray.endswith(unnamed)
        with blobs.kept():
            assert not blobs.remove(stray, now + LATER)
        assert not blobs.remove(stray, now - LATER), "somebody has kept the same bytes since it was found"
        assert blobs.remove(stray, now + LATER)
        assert blobs.names() == {named}
        assert list(blobs.strays({named}, now + LATER)) == []

    def test_a_home_that_answers_says_so(self, blobs: Blobs) -> None:
        blobs.probe()
