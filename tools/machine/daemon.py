"""The private engine: a dockerd and a containerd that share nothing with the machine's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from machine import cgroups, debris, engine_api, network
from machine.root import find, search_path
from machine.say import Problem, delayed_signals, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from machine.home import Home

START_LIMIT = 90  # seconds
STOP_LIMIT = 30
# Parts of containerd that serve Kubernetes or write outside of the directories given
NOT_NEEDED = (
    "io.containerd.grpc.v1.cri",
    "io.containerd.cri.v1.images",
    "io.containerd.cri.v1.runtime",
    "io.containerd.nri.v1.nri",
    "io.containerd.internal.v1.opt",
)


def is_running(home: Home) -> bool:
    """Whether the engine of this home responds."""
    return home.socket.exists() and engine_api.version(home.host) is not None


def start(home: Home, group: int) -> None:
    """Start the engine unless it is running, and wait until it responds. `group` may use it."""
    with home.changing():
        if is_running(home):
            return
        _clean_up(home)
        try:
            _start(home, group)
        except BaseException:
            with delayed_signals():
                _stop(home)
            raise


def stop(home: Home) -> None:
    """Stop the engine and its containers; keep its data."""
    with home.changing(), delayed_signals():
        _stop(home)


def _start(home: Home, group: int) -> None:
    for directory in (home.data, home.run):
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
    cgroups.prepare()
    network.up(home)
    store = "containerd's image store" if home.uses_containerd_store else "overlay2"
    say(f"starting a private Docker engine in {home.root} ({store})")
    home.log.write_text("")
    _write_settings(home, str(group))
    containerd = _spawn(home, "containerd", "--config", str(home.run / "containerd.toml"))
    _wait(home, containerd, (home.run / "containerd.sock").exists)
    dockerd = _spawn(home, "dockerd", "--config-file", str(home.run / "daemon.json"))
    _wait(home, dockerd, partial(is_running, home))


def _stop(home: Home) -> None:
    if is_running(home):
        _remove_containers(home)
    debris.end(partial(debris.programs, home, "dockerd"), STOP_LIMIT)
    debris.end(partial(debris.programs, home, "containerd"), STOP_LIMIT)
    _clean_up(home)


def _clean_up(home: Home) -> None:
    """Remove everything that an engine of this home leaves on the machine."""
    debris.clear(home)
    if find("ip"):
        network.down(home)
    shutil.rmtree(home.run, ignore_errors=True)


def _remove_containers(home: Home) -> None:
    """Remove containers first: a stopping engine would wait for each and leave their networks."""
    try:
        for container in engine_api.ask(home.host, "GET", "/containers/json?all=1"):
            path = f"/containers/{container['Id']}?force=1&v=1"
            engine_api.ask(home.host, "DELETE", path, timeout=STOP_LIMIT)
        engine_api.ask(home.host, "POST", "/networks/prune", timeout=STOP_LIMIT)
    except (Problem, OSError) as error:
        say(f"cannot remove a container: {error}")


def _write_settings(home: Home, group: str) -> None:
    (home.run / "containerd.toml").write_text(
        "version = 2\n"
        f"root = {json.dumps(str(home.data / 'containerd'))}\n"
        f"state = {json.dumps(str(home.run / 'containerd'))}\n"
        f"disabled_plugins = {json.dumps(NOT_NEEDED)}\n"
        f"[grpc]\naddress = {json.dumps(str(home.run / 'containerd.sock'))}\n"
    )
    # never `default-address-pools`: with it, dockerd deletes docker0 from its second start on,
    # even if another engine uses it
    settings = {
        "hosts": [home.host],
        "group": group,
        "data-root": str(home.data / "docker"),
        "exec-root": str(home.run / "exec"),
        "pidfile": str(home.run / "dockerd.pid"),
        "containerd": str(home.run / "containerd.sock"),
        "bridge": home.name,
        "iptables": False,
        "ip6tables": False,
        "features": {"containerd-snapshotter": home.uses_containerd_store},
    }
    (home.run / "daemon.json").write_text(json.dumps(settings, indent=1))


def _spawn(home: Home, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    path = find(program)
    if path is None:
        raise Problem(f"`{program}` is not installed")
    with home.log.open("ab") as log:
        return subprocess.Popen(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={**os.environ, "PATH": search_path()},
            start_new_session=True,
        )


def _wait(home: Home, process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_LIMIT
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            name = Path(str(process.args[0] if isinstance(process.args, list) else "")).name
            raise Problem(
                f"{name} did not start; the end of its log:\n{_tail(home.log)}",
                f"the full log is {home.log}",
            )
        time.sleep(0.1)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-15:])
