from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.rest.signing import SignatureError, sign, verify

NOW = 1_714_996_800
BODY = b'{"type":"invoice"}'


def test_the_signature_is_the_published_hmac() -> None:
    # printf '1714996800.{"type":"invoice"}' | openssl dgst -sha256 -hmac secret
    assert sign("secret", NOW, BODY) == "v1=87d07445581b991e5825f5bce660e4d7610fba49dde5fc007bfa13fabb05208e"


@pytest.mark.parametrize("secret", ["old", "new"])
def test_both_live_secrets_are_accepted(secret: str) -> None:
    verify(["old", "new"], str(NOW), sign(secret, NOW, BODY), BODY, NOW)


@pytest.mark.parametrize("now", [NOW - 300, NOW + 300])
def test_clocks_may_differ_by_the_tolerance(now: int) -> None:
    verify(["secret"], str(NOW), sign("secret", NOW, BODY), BODY, now)


@pytest.mark.parametrize("now", [NOW - 301, NOW + 301])
def test_an_old_or_early_request_is_refused(now: int) -> None:
    with pytest.raises(SignatureError, match="300 seconds"):
        verify(["secret"], str(NOW), sign("secret", NOW, BODY), BODY, now)


@pytest.mark.parametrize("timestamp", ["", "-1", "1.5", "\uff11\uff12", "9" * 5000, " 1", "now"])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    with pytest.raises(SignatureError, match="not a number"):
        verify(["secret"], timestamp, sign("secret", NOW, BODY), BODY, NOW)


@pytest.mark.parametrize("signature", ["", "v1=", "v0=" + "0" * 64, "v1=" + "0" * 64, "v1=é", "v1=\udce9"])
def test_a_foreign_signature_is_refused(signature: str) -> None:
    with pytest.raises(SignatureError, match="does not fit"):
        verify(["secret", "other"], str(NOW), signature, BODY, NOW)


def test_no_live_secret_accepts_nothing() -> None:
    with pytest.raises(SignatureError):
        verify([], str(NOW), sign("", NOW, BODY), BODY, NOW)


@given(body=st.binary(), other=st.binary(), timestamp=st.integers(0, 10**11), moved=st.integers(-300, 300))
def test_a_signature_holds_for_its_own_body_and_instant_only(
    body: bytes, other: bytes, timestamp: int, moved: int
) -> None:
    signature = sign("secret", timestamp, body)
    verify(["secret"], str(timestamp), signature, body, timestamp)
    later = max(timestamp + moved, 0)
    if (other, later) != (body, timestamp):
        with pytest.raises(SignatureError):
            verify(["secret"], str(later), signature, other, timestamp)
