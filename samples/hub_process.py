"""A real hub in a process of its own, for the demo and scenario tests: started, asked and stopped by its commands."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from ruamel.yaml import YAML

SAMPLES = Path(__file__).parent
START_SECONDS = 60
STOP_SECONDS = 30


@dataclass
class Hub:
    """``folder`` holds the data directory, the configuration it was given and the log. ``secrets`` are environment
    variables that hub.yaml refers to. ``url`` is known once it has started."""

    folder: Path
    secrets: dict[str, str]
    url: str = ""
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "hub.log"

    async def configure(self, targets: dict[str, str]) -> None:
        """Applies the sample profiles, and the sample hub.yaml with these URLs of targets and whatever port is free."""
        self.folder.mkdir(parents=True, exist_ok=True)
        yaml = YAML()
        settings = yaml.load(SAMPLES / "hub.yaml")
        for target in settings["targets"]:
            if target["key"] in targets:
                target["url"] = targets[target["key"]]
        settings["web"]["port"] = 0
        yaml.dump(settings, self.folder / "hub.yaml")
        await self.command("config", "apply", str(self.folder / "hub.yaml"))
        await self.command("partner", "apply", str(SAMPLES / "partners"))
        for rows in sorted((SAMPLES / "crosswalks").glob("*.csv")):
            await self.command("crosswalk", "import", rows.stem, str(rows))

    async def start(self) -> None:
        """Raises RuntimeError with the end of the log when the hub does not come up."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._arguments("serve"),
                env=self._environment(),
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is ours to pass on, once
            )
        async with aiohttp.ClientSession() as session:
            for _ in range(START_SECONDS * 10):
                if self._process.returncode is not None:
                    break
                if listens := re.search(r"listens at (http://\S+)", self.log.read_text()):
                    self.url = listens[1]
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)
        raise RuntimeError(f"the hub did not start:\n{self.log.read_text()[-2000:]}")

    async def stop(self) -> None:
        """A clean stop, as by Ctrl-C."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)

    def setup_token(self) -> str:
        """The one-time token by which the first operator signs in; empty when there is none."""
        found = re.search(r"setup token .*: (\S+)$", self.log.read_text(), re.MULTILINE)
        return found[1] if found else ""

    async def wait(self) -> None:
        if self._process is not None:
            await self._process.wait()

    async def command(self, *arguments: str) -> str:
        """What a ``hub`` command prints. Raises RuntimeError when it fails."""
        process = await asyncio.create_subprocess_exec(
            *self._arguments(*arguments),
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"hub {' '.join(arguments)}: {errors.decode()}{output.decode()}")
        return output.decode()

    async def access_key(self, owner: str, subject: str) -> str:
        """A new key for our API; ``owner`` is system or partner."""
        key: str = (await self.ask("key", "create", f"--{owner}", subject, "--name", "demo"))["key"]
        return key

    async def ask(self, *arguments: str) -> Any:
        """A command's JSON."""
        return json.loads(await self.command(*arguments, "--json"))

    def _arguments(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "hub.cli", *arguments]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.secrets, "SUPPLIER_HUB_DATA": str(self.data)}
