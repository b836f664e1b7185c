"""What the server offers in a handshake: nothing that is known to be weak."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import asyncssh
from asyncssh.kex import get_kex_algs

KEX = (
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group16-sha512",
)
CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
"""No ChaCha20 and no CBC: a peer that knows no strict key exchange could have its first packets cut off (Terrapin)."""
MACS = ("hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com")
SIGNATURES = (
    *("ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"),
    *("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
)
"""Of our host keys and of partners' keys; RSA with SHA-2 only."""

OLDER_KEX = ("ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256")
OLDER_MACS = ("hmac-sha2-512", "hmac-sha2-256")


def algorithms(*, older_clients: bool) -> dict[str, Any]:
    """As options of asyncssh. Which exchanges it can do depends on the libraries that it finds."""
    known = {name.decode() for name in get_kex_algs()}
    wanted = (*KEX, *(OLDER_KEX if older_clients else ()))
    return {
        "kex_algs": [name for name in wanted if name in known],
        "encryption_algs": list(CIPHERS),
        "mac_algs": [*MACS, *(OLDER_MACS if older_clients else ())],
        "signature_algs": list(SIGNATURES),
        "compression_algs": ["none"],
    }


def key_pairs(host_keys: Iterable[asyncssh.SSHKey]) -> list[asyncssh.SSHKeyPair]:
    """For one connection: asyncssh would have an RSA key sign with SHA-1, too, for clients that ask for it."""
    pairs = list(asyncssh.load_keypairs(list(host_keys)))
    for pair in pairs:
        pair.host_key_algorithms = [name for name in pair.host_key_algorithms if name.decode() in SIGNATURES]
    return pairs


def take_strong_signatures_only(key: asyncssh.SSHKey) -> None:
    """Of a partner's key, whose signature is verified next: asyncssh takes all that it knows, whatever was offered."""
    key.all_sig_algorithms = {name for name in key.all_sig_algorithms if name.decode() in SIGNATURES}
