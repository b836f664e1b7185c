"""A real S3-compatible server that enforces signatures, and a proxy before it that breaks on demand."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from tests.ports import free_port

BUCKET = "hub-bytes"
JUICEFS = Path(sys.executable).parent / "juicefs"
MAKING = 4
"""Requests by which user, key, policy and bucket are made. From the next one on every signature is checked."""

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@dataclass(frozen=True)
class S3:
    """``key`` and ``secret`` of a user who may do everything in the bucket."""

    port: int
    key: str
    secret: str

    def address(self, port: int | None = None) -> str:
        """A prefix of its own, through the port of a proxy where one is named. The secrets are in HUB_S3_KEY and
        HUB_S3_SECRET."""
        endpoint = f"http://127.0.0.1:{port or self.port}"
        return f"s3://{BUCKET}/{uuid.uuid4().hex}?" + urlencode(
            {"endpoint": endpoint, "access_key_id": "env:HUB_S3_KEY", "secret_access_key": "env:HUB_S3_SECRET"}
        )


@contextmanager
def s3_running() -> Iterator[S3]:
    """moto's server, in a process of its own and in memory."""
    port = free_port()
    words = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {"INITIAL_NO_AUTH_ACTION_COUNT": str(MAKING), "PATH": "/usr/bin:/bin"}
    server = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(port, server)
        yield S3(port, *_user_and_bucket(port))
    finally:
        server.kill()
        server.wait()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def _user_and_bucket(port: int) -> tuple[str, str]:
    _making(port, "iam", Action="CreateUser", UserName="hub")
    made = _making(port, "iam", Action="CreateAccessKey", UserName="hub")
    policy = json.dumps(POLICY)
    _making(port, "iam", Action="PutUserPolicy", UserName="hub", PolicyName="bytes", PolicyDocument=policy)
    _making(port, "s3")
    (key,), (secret,) = (re.findall(f"<{name}>(.*?)<", made) for name in ("AccessKeyId", "SecretAccessKey"))
    return key, secret


def _making(port: int, service: str, **action: str) -> str:
    signature = (
        f"AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=x"
    )
    headers = {"Authorization": signature, "Content-Type": "application/x-www-form-urlencoded"}
    url = f"http://127.0.0.1:{port}/" + ("" if action else BUCKET)
    body = urlencode(action | {"Version": "2010-05-08"}).encode() if action else b""
    request = urllib.request.Request(url, body, headers, method="POST" if action else "PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


class LastingS3:
    """JuiceFS's gateway, which checks signatures and clocks as MinIO does, over files: it may be stopped and started.
    The key is ``hub``; the secret may be another at each start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._meta = f"sqlite3://{folder / 'meta.db'}"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        folder.mkdir(parents=True)
        kept = ("--storage", "file", "--bucket", f"{folder}/objects/", "--trash-days", "0", self._meta, BUCKET)
        subprocess.run([JUICEFS, "format", *kept], check=True, capture_output=True)

    @property
    def address(self) -> str:
        """The secrets are in HUB_S3_KEY and HUB_S3_SECRET."""
        return S3(self.port, "", "").address()

    def start(self, secret: str) -> None:
        quiet = ("--no-banner", "--no-usage-report", "--no-bgjob", "--backup-meta", "0", "--metrics", "127.0.0.1:0")
        where = ("--cache-dir", str(self._folder / "cache"), "--log", str(self._folder / "log"))
        words = [JUICEFS, "gateway", *quiet, *where, "--keep-etag", "--bucket-name", BUCKET, self._meta]
        environment = {"MINIO_ROOT_USER": "hub", "MINIO_ROOT_PASSWORD": secret, "PATH": "/usr/bin:/bin"}
        environment["HOME"] = str(self._folder)  # it keeps folders there which another user could not read
        self._process = subprocess.Popen(
            [*words, f"127.0.0.1:{self.port}"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # it has a child of its own
        )
        _await(self.port, self._process)

    def signal(self, number: signal.Signals) -> None:
        """SIGSTOP: connections are taken, and nobody answers."""
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def stop(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@dataclass
class Trouble:
    """What the proxy does to requests of ``method``, ``times`` of them. ``seen`` are all that came."""

    kind: str = ""  # cut, slow_down, skewed, elsewhere, truncated, flipped, late, or held until the trouble ends
    method: str = ""
    times: int = 0
    seen: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def next(self, method: str) -> str:
        self.seen.append(method)
        if not self.times or method != self.method:
            return ""
        self.times -= 1
        return self.kind

    def begin(self, kind: str, method: str, times: int = 1_000_000) -> None:
        self.kind, self.method, self.times = kind, method, times
        self.ended.clear()

    def end(self) -> None:
        self.times = 0
        self.ended.set()


SAID: dict[str, tuple[int, dict[str, str], bytes]] = {
    "slow_down": (503, {}, b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"),
    "skewed": (
        403,
        {},
        b"<Error><Code>RequestTimeTooSkewed</Code><Message>Too large a difference.</Message></Error>",
    ),
    "elsewhere": (404, {}, b"<html>Nothing of this kind is here.</html>"),
}
LATE_SECONDS = 1.0


@contextmanager
def troubled(server: S3) -> Iterator[tuple[int, Trouble]]:
    """The port of a proxy before the server, and what goes wrong there."""
    trouble = Trouble()

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # it writes head and body apart, and the body would wait for the head's arrival

        def log_message(self, *_: object) -> None:
            """Says nothing."""

        def _pass(self) -> None:
            kind, length = trouble.next(self.command), int(self.headers.get("Content-Length") or 0)
            if kind == "cut":  # in the middle of what comes
                self.rfile.read(length // 2)
                self.close_connection = True
                return
            body = self.rfile.read(length)
            if kind == "late":
                time.sleep(LATE_SECONDS)
            if kind == "held":
                trouble.ended.wait(60)
            status, headers, answer = SAID.get(kind) or self._ask(body)
            if kind == "flipped":
                answer = bytes([answer[0] ^ 1]) + answer[1:]
            self._say(status, headers, answer, half=kind == "truncated")

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass

        def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            asking = HTTPConnection("127.0.0.1", server.port, timeout=30)
            try:
                asking.request(self.command, self.path, body, dict(self.headers))
                answer: HTTPResponse = asking.getresponse()
                return answer.status, dict(answer.getheaders()), answer.read()
            finally:
                asking.close()

        def _say(self, status: int, headers: dict[str, str], body: bytes, *, half: bool = False) -> None:
            self.send_response_only(status)
            length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
            for name, value in (headers | {"Content-Length": length, "Connection": "keep-alive"}).items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # who waits no longer
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if half else body)
            self.close_connection = half

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    proxy.daemon_threads = True
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy.server_address[1], trouble
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
