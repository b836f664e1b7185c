"""A real OpenSSH server on a loopback port, run as the current user with keys of its own."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from channels.sftp.client.settings import SftpSettings
from tests.external import program
from tests.ports import free_port

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/{host_key}
AuthorizedKeysFile {folder}/client.pub
PidFile none
UsePAM no
UseDNS no
StrictModes no
PermitRootLogin yes
PasswordAuthentication yes
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp {arguments}
"""


def user_here() -> str:
    """Whom these tests run as, whatever the environment says."""
    return pwd.getpwuid(os.geteuid()).pw_name


@dataclass
class Server:
    """``folder`` holds its configuration, keys and log; what is served is the whole file system, as sshd's user may."""

    folder: Path
    port: int

    @property
    def host_key(self) -> str:
        return (self.folder / "host.pub").read_text().rsplit(" ", 1)[0].strip()

    def settings(self, **given: object) -> SftpSettings:
        """Of a channel that signs in here with the right key."""
        return SftpSettings.model_validate(self._channel(given))

    def channel(self, **given: object) -> str:
        """The same as a line of ``channels`` of a profile."""
        return f"  - {json.dumps(self._channel(given))}\n"

    def _channel(self, given: dict[str, object]) -> dict[str, object]:
        return {
            "kind": "sftp",
            "name": "files",
            "host": "127.0.0.1",
            "port": self.port,
            "user": user_here(),
            "private_key": f"file:{self.folder / 'client'}",
            "host_keys": [self.host_key],
            **given,
        }

    def log(self) -> str:
        return (self.folder / "log").read_text()


@contextmanager
def running_sshd(folder: Path, arguments: str = "", host_key: str = "host", port: int = 0) -> Iterator[Server]:
    """``arguments`` for internal-sftp; ``host_key`` names the key that it shows: ``host``, or ``other``."""
    for name in ("host", "other", "client"):
        if not (folder / name).exists():
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(folder / name)]
            subprocess.run(command, check=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port = port or free_port()
    config = folder / "config"
    config.write_text(CONFIG.format(port=port, folder=folder, host_key=host_key, arguments=arguments))
    daemon = program("sshd")
    text = config.read_text()
    config.write_text(f"PerSourcePenalties no\n{text}")  # releases since 9.8 know it, and need it
    if subprocess.run([daemon, "-t", "-f", str(config)], capture_output=True, check=False).returncode:
        config.write_text(text)
    command = [daemon, "-D", "-f", str(config), "-E", str(folder / "log")]
    (folder / "log").unlink(missing_ok=True)
    process = subprocess.Popen(command)
    try:
        _wait(folder / "log", process)
        yield Server(folder, port)
    finally:
        process.terminate()
        process.wait()


def _wait(log: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if log.exists() and "Server listening" in log.read_text():
            return
        time.sleep(0.02)
    raise AssertionError(f"sshd did not start: {log.read_text() if log.exists() else process.poll()}")
