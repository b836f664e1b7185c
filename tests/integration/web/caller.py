"""A program that asks the API with one access key."""

from __future__ import annotations

from tests.integration.web.running_hub import Answer, Client, Site

JSON = "application/json"


class Caller:
    """A program with one access key."""

    def __init__(self, site: Site, kind: str, subject: str) -> None:
        self.client: Client = site.client()
        self.key = site.key(kind, subject)

    def get(self, path: str) -> Answer:
        return self.client.get(path, Authorization=f"Bearer {self.key}")

    def post(self, path: str, body: bytes, content_type: str = JSON, **headers: str) -> Answer:
        return self.client.ask(
            "POST", path, body, Authorization=f"Bearer {self.key}", Content_Type=content_type, **headers
        )
