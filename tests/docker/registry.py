"""A local registry and its access log."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """\
version: 0.1
log: {{accesslog: {{disabled: false}}, level: error}}
storage: {{filesystem: {{rootdirectory: {root}/data}}, delete: {{enabled: true}}}}
http: {{addr: 127.0.0.1:{port}}}
"""
START_LIMIT = 20


@dataclass
class RegistryServer:
    """A running registry: its address and its access log."""

    host: str
    log: Path

    def requests(self, method: str, part: str = "") -> list[str]:
        """The requests with a method whose path contains a part."""
        lines = self.log.read_text().splitlines()
        return [line for line in lines if f'"{method} /v2/' in line and part in line]

    def clear_log(self) -> None:
        self.log.write_text("")

    def tags(self, repository: str) -> list[str]:
        with urllib.request.urlopen(f"http://{self.host}/v2/{repository}/tags/list") as answer:
            return sorted(json.load(answer)["tags"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(root: Path) -> Iterator[RegistryServer]:
    port = _free_port()
    (root / "config.yml").write_text(CONFIG.format(root=root, port=port))
    program = Path(sys.executable).with_name("docker-registry")
    log = root / "access.log"
    with log.open("a") as output:
        process = subprocess.Popen(
            [str(program) if program.exists() else "docker-registry", "serve", "config.yml"],
            cwd=root,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(port)
        yield RegistryServer(f"127.0.0.1:{port}", log)
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_LIMIT
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/"):
                return
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
