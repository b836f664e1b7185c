"""Where blobs lie, as text: in full and without a secret, or refused with the reason."""

from __future__ import annotations

import pytest

from hub.store.kept.address import BucketAddress, WrongAddress

PLAIN = "s3://acme-hub/production"
SECRETS = "access_key_id=env:KEY&secret_access_key=file:/run/secret"


@pytest.mark.parametrize(
    "text",
    [
        f"{PLAIN}?region=eu-central-1",
        f"{PLAIN}?region=us-east-1&endpoint=https://storage.example.com:9000",
        f"{PLAIN}?region=us-east-1&endpoint=http://127.0.0.1:9000&path_style=no&cache_megabytes=5&ca=file:/etc/ca.pem&{SECRETS}",
        "s3://acme-hub?region=us-east-1&endpoint=http://[::1]:9000",
    ],
)
def test_an_address_is_written_as_it_is_read(text: str) -> None:
    assert str(BucketAddress.parse(text, {})) == text


def test_what_it_leaves_out_is_the_environment_s_and_is_written_down() -> None:
    found = BucketAddress.parse(PLAIN, {"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "https://s3.example.com/"})
    assert str(found) == f"{PLAIN}?region=eu-west-1&endpoint=https://s3.example.com"
    assert str(BucketAddress.parse(PLAIN, {})) == f"{PLAIN}?region=us-east-1"


def test_the_bucket_is_in_the_path_or_in_the_host() -> None:
    text = f"{PLAIN}?endpoint=https://s3.example.com:9000"
    assert BucketAddress.parse(text, {}).host == "https://s3.example.com:9000"
    assert BucketAddress.parse(f"{text}&path_style=no", {}).host == "https://acme-hub.s3.example.com:9000"
    assert BucketAddress.parse(f"{PLAIN}?path_style=no", {}).host == "", "AWS's own"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/srv/blobs", "an address such as"),
        ("https://acme-hub/production", "an address such as"),
        ("s3://key:secret@acme-hub", "an address such as"),
        (f"{PLAIN}?endpoint=http://storage.example.com", "must be https"),
        (f"{PLAIN}?endpoint=http://10.1.2.3:9000", "must be https"),
        (f"{PLAIN}?endpoint=http://127.0.0.1.example.com", "must be https"),
        (f"{PLAIN}?endpoint=storage.example.com", "looks like https"),
        (f"{PLAIN}?endpoint=https://key:secret@storage.example.com", "looks like https"),
        (f"{PLAIN}?access_key_id=env:KEY&secret_access_key=hunter2", "never as its value"),
        (f"{PLAIN}?access_key_id=env:KEY", "go together"),
        (f"{PLAIN}?regoin=eu-central-1", "did you mean region"),
        (f"{PLAIN}?cache_megabytes=0", "a number from 1 on"),
        (f"{PLAIN}?path_style=maybe", "yes or no"),
    ],
)
def test_what_cannot_be_meant_is_refused_without_repeating_a_secret(text: str, why: str) -> None:
    with pytest.raises(WrongAddress, match=why) as refused:
        BucketAddress.parse(text, {})
    assert not any(secret in str(refused.value) for secret in ("hunter2", "secret@", "key:secret"))


def test_the_environment_s_endpoint_is_held_to_the_same() -> None:
    with pytest.raises(WrongAddress, match="must be https"):
        BucketAddress.parse(PLAIN, {"AWS_ENDPOINT": "http://storage.example.com"})
