"""References to secrets: settings say where a secret is, never what it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, SecretStr
from pydantic_core import CoreSchema, core_schema

SCHEMES = ("env", "file")
FILE_LIMIT = 65_536
"""Bytes of a secret file that are read; anything longer is not a secret."""


class SecretUnavailable(Exception):
    """The place that a reference names holds no usable secret. The message names the place, never a value."""


@dataclass(frozen=True, slots=True)
class SecretReference:
    """``env:NAME`` (an environment variable) or ``file:/path`` (a file's text without its last line end)."""

    scheme: str
    name: str

    @classmethod
    def parse(cls, text: str) -> SecretReference:
        """Raises ValueError when the text is no reference; the text is not repeated, as it may be the secret itself."""
        scheme, separator, name = text.partition(":")
        if not separator or scheme not in SCHEMES or not name.strip() or not name.isprintable():
            raise ValueError('a secret is written as a reference: "env:NAME" or "file:/path", never as its value')
        return cls(scheme, name)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}"

    def read(self, environment: Mapping[str, str] = os.environ) -> SecretStr:
        """The secret itself, hidden in repr and logs. Raises SecretUnavailable."""
        value = environment.get(self.name, "") if self.scheme == "env" else self._file_text()
        if not value:
            raise SecretUnavailable(f"{self} is not set or empty")
        return SecretStr(value)

    def _file_text(self) -> str:
        try:
            with Path(self.name).open("rb") as file:
                content = file.read(FILE_LIMIT + 1)
            if len(content) > FILE_LIMIT:
                raise SecretUnavailable(f"{self} is longer than {FILE_LIMIT} bytes")
            return content.decode("utf-8").rstrip("\r\n")
        except OSError as error:
            raise SecretUnavailable(f"{self} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise SecretUnavailable(f"{self} is not UTF-8 text") from error

    @classmethod
    def _validated(cls, value: Any) -> SecretReference:
        if isinstance(value, cls):
            return value
        return cls.parse(value if isinstance(value, str) else "")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validated,
            json_schema_input_schema=core_schema.str_schema(),
            serialization=core_schema.to_string_ser_schema(),
        )
