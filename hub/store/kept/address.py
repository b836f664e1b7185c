"""Where blobs lie, as text: ``folder``, or ``s3://bucket/prefix`` with what else is to be known behind a ``?``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode, urlsplit

from channels.secret import SecretReference
from hub.store.errors import StoreError
from partners.problem import nearest

FOLDER = "folder"
"""Of the data directory: where blobs lie unless something else is said."""

SECRETS = ("access_key_id", "secret_access_key", "session_token")
PARAMETERS = ("endpoint", "region", "path_style", "cache_megabytes", "ca", *SECRETS)
ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
CACHE_MEGABYTES = 2048
EXAMPLE = "s3://bucket/prefix?region=eu-central-1, or with &endpoint=https://storage.example.com"


class WrongAddress(StoreError):
    """The text names no place that blobs can lie at; the message says why."""


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """``secrets`` are references; where there are none, the usual variables and files of AWS say who the hub is.
    ``ca`` refers to certificates that are trusted besides the system's."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    virtual_hosted: bool = False
    cache_bytes: int = CACHE_MEGABYTES * 1_000_000
    ca: SecretReference | None = None
    secrets: Mapping[str, SecretReference] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def host(self) -> str:
        """The endpoint that is asked, with the bucket in its name where that is its style; empty for AWS's own."""
        scheme, separator, rest = self.endpoint.partition("://")
        return f"{scheme}://{self.bucket}.{rest}" if self.virtual_hosted and separator else self.endpoint

    @classmethod
    def parse(cls, text: str, environment: Mapping[str, str] = os.environ) -> BucketAddress:
        """Endpoint and region that the text leaves out are those of the environment. Raises WrongAddress."""
        parts = urlsplit(text)
        if parts.scheme != "s3" or not parts.netloc or parts.fragment or "@" in parts.netloc:
            raise WrongAddress(f"blobs lie at {FOLDER} or at an address such as {EXAMPLE}")
        try:
            given = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query), keep_blank_values=True))
            for unknown in given.keys() - set(PARAMETERS):
                raise ValueError(f"there is no {unknown}: {nearest(unknown, PARAMETERS) or ', '.join(PARAMETERS)}")
            endpoint = given.get("endpoint") or _first(environment, ENDPOINTS)
            secrets = {name: SecretReference.parse(given[name]) for name in SECRETS if name in given}
            _refuse_half(secrets)
            return cls(
                bucket=parts.netloc,
                prefix=parts.path.strip("/"),
                endpoint=_endpoint(endpoint),
                region=given.get("region") or _first(environment, REGIONS) or "us-east-1",
                virtual_hosted=not _yes("path_style", given.get("path_style", "yes")),
                cache_bytes=_number("cache_megabytes", given.get("cache_megabytes", str(CACHE_MEGABYTES))) * 1_000_000,
                ca=SecretReference.parse(given["ca"]) if "ca" in given else None,
                secrets=secrets,
            )
        except ValueError as error:
            raise WrongAddress(f"{parts.scheme}://{parts.netloc}{parts.path}: {error}") from None

    def __str__(self) -> str:
        """The whole address, which holds no secret."""
        given: dict[str, str] = {"region": self.region}
        if self.endpoint:
            given["endpoint"] = self.endpoint
        if self.virtual_hosted:
            given["path_style"] = "no"
        if self.cache_bytes != CACHE_MEGABYTES * 1_000_000:
            given["cache_megabytes"] = str(self.cache_bytes // 1_000_000)
        if self.ca is not None:
            given["ca"] = str(self.ca)
        given |= {name: str(reference) for name, reference in self.secrets.items()}
        return f"{self.place}?{urlencode(given, safe=':/[]')}"


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")


def _refuse_half(secrets: Mapping[str, SecretReference]) -> None:
    if secrets and not {"access_key_id", "secret_access_key"} <= secrets.keys():
        raise ValueError("access_key_id and secret_access_key go together")


def _endpoint(text: str) -> str:
    """Without TLS only to this machine: the bytes are partners', and a signature does not hide them."""
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise ValueError("an endpoint looks like https://storage.example.com")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError(f"the endpoint must be https: http is for this machine alone, and {parts.hostname} is not it")
    return text.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _yes(name: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"{name} is yes or no")
    return text == "yes"


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000_000:
        raise ValueError(f"{name} is a number from 1 on")
    return int(text)
