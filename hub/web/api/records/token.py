"""Tokens of OAuth 2, in the shapes of RFC 6749 (sections 4.4, 5.1 and 5.2)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from hub.entry.credentials import Token
from hub.web.api.records.record import Record


class TokenRequest(BaseModel):
    """The client is named here, or by HTTP Basic and then not here."""

    grant_type: Literal["client_credentials"]
    client_id: str | None = Field(default=None, description="The id of an access key.")
    client_secret: str | None = Field(default=None, description="The access key.")
    scope: str | None = Field(
        default=None, description="What the token may do, parted by blanks: all that the key may."
    )


class TokenRecord(Record):
    """``expires_in`` is in seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    scope: str

    @classmethod
    def of(cls, token: Token) -> TokenRecord:
        seconds = int(token.lifetime.total_seconds())
        return cls(access_token=token.plain, expires_in=seconds, scope=" ".join(sorted(token.scopes)))


class TokenRefusal(Record):
    """``error`` is a name of RFC 6749."""

    error: Literal["invalid_request", "invalid_client", "invalid_scope", "unsupported_grant_type"]
    error_description: str
