"""RA10 and T17 behind a real nginx: what it and the hub read of one stream of bytes is the same requests."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.store.schema.tables import transmissions
from tests.external import program
from tests.integration.web.raw_requests import CORPUS
from tests.integration.web.running_hub import Site
from tests.integration.web.wire import connect, head, said, statuses
from tests.ports import free_port
from tests.waiting import until

pytestmark = pytest.mark.external("nginx")

CONFIG = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error;
events {{}}
http {{
  log_format passed '$upstream_status';
  access_log {folder}/passed passed;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream hub {{ server 127.0.0.1:{hub}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://hub; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_request_buffering off;
      proxy_next_upstream off;
    }}
  }}
}}
"""


class Proxy:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def passed(self) -> int:
        """Requests that it gave to the hub."""
        return sum(line not in ("-", "") for line in (self.folder / "passed").read_text().splitlines())


@pytest.fixture
def proxy(site: Site, tmp_path: Path) -> Iterator[Proxy]:
    """It keeps its connections to the hub and uses them again, which is what smuggling needs."""
    folder, port = tmp_path / "nginx", free_port()
    folder.mkdir()
    (folder / "config").write_text(CONFIG.format(folder=folder, hub=site.port, port=port))
    process = subprocess.Popen([program("nginx"), "-p", str(folder), "-c", str(folder / "config")])
    try:
        while process.poll() is None:
            try:
                said(port, head("GET /healthz HTTP/1.1", "Connection: close"))
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        assert process.poll() is None, (folder / "error").read_text()
        yield Proxy(folder, port)
    finally:
        process.terminate()
        process.wait()


def test_ra10_no_odd_request_is_two_for_the_hub_and_one_for_the_proxy(
    site: Site, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    key = site.key("partner", "birch-paper")
    before = proxy.passed()
    caplog.set_level(logging.DEBUG, "hub.web")

    def answered(raw: bytes) -> bytes:
        with connect(proxy.port) as connection:
            connection.settimeout(20)
            connection.sendall(raw.replace(b"{key}", key.encode()))
            received = b""
            try:
                while block := connection.recv(65_536):
                    received += block
                    if len(statuses(received)) > 1:  # what rides behind was a request of its own for the proxy, too
                        break
            except (TimeoutError, ConnectionError):
                pass
        return received

    with ThreadPoolExecutor(16) as senders:
        answers = dict(zip(CORPUS, senders.map(answered, CORPUS.values()), strict=True))
    assert all(answers.values()), "each is answered"
    assert statuses(said(proxy.port, head("GET /v1/documents HTTP/1.1", "Connection: close", key=key))) == [200]
    told = [record.getMessage() for record in caplog.records]
    read = told.count("http.answered") + told.count("http.unreadable")
    until(lambda: proxy.passed() - before >= read)  # it answers before it writes that it has
    assert read == proxy.passed() - before
    with site.store.read() as tx:
        assert tx.execute(transmissions.select()).all() == []
