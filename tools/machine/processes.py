"""Runs the sample shop as processes on this host: `msbuild run` for each service, on free ports."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from machine.say import Problem, delayed_signals, say

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP_LIMIT = 10  # seconds
_LOG_LINES = 20


@dataclass(frozen=True)
class RunningProcess:
    """A service running as a process."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def url(self) -> str:
        """The URL of the service. Raises if it has exited."""
        if self.process.poll() is not None:
            lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
            raise Problem(f"`{self.name}` exited; its log:\n" + "\n".join(lines))
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running(workspace: str) -> Iterator[dict[str, RunningProcess]]:
    """Run every service of a workspace as a process until the end of the block."""
    services = _services(workspace)
    say(f"starting {len(services)} processes: {', '.join(services)}")
    ports = _free_ports(len(services))
    urls = {
        f"{name.upper()}_URL": f"http://127.0.0.1:{port}"
        for name, port in zip(services, ports, strict=True)
    }
    processes: dict[str, RunningProcess] = {}
    with tempfile.TemporaryDirectory(prefix="msbuild-demo-") as directory:
        try:
            for name, port in zip(services, ports, strict=True):
                log = Path(directory) / f"{name}.log"
                processes[name] = _start(name, port, urls, log)
            yield processes
        finally:
            with delayed_signals():
                _stop(processes)


def _services(workspace: str) -> list[str]:
    listed = subprocess.run(["msbuild", "images", "--json"], check=True, capture_output=True)
    return sorted(
        image["service"]
        for image in json.loads(listed.stdout)
        if image["executor"] == "local"
        and image["tag"].endswith(f"{workspace}/{image['service']}:latest")
    )


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _start(name: str, port: int, urls: dict[str, str], log: Path) -> RunningProcess:
    words = [word for pair in urls.items() for word in ("--env", "=".join(pair))]
    command = ["msbuild", "run", name, "--executor", "local", "--env", f"PORT={port}", *words]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
    return RunningProcess(name, port, process, log)


def _stop(processes: dict[str, RunningProcess]) -> None:
    for each in processes.values():
        each.process.terminate()
    for each in processes.values():
        try:
            each.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            each.process.kill()
            each.process.wait()
