"""Public keys whose private halves nobody has."""

from __future__ import annotations

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEKORkIDYQHuMngsZzw5mN2iserKV6aGucVhExQ23F9H"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINsu7uvbQnHQMlvqW6EzMZnQ9D9QQ+v8DPgMbJnt9ayK"
