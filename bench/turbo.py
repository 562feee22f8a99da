"""A generated tree for Turborepo: a `package.json` for every service and shared package.

The build of a package writes one small file. While the cache is filled, a fake `npm` writes it,
because starting npm a thousand times is slow. The timed runs execute nothing, not even npm.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from bench.timing import Command
from bench.workspaces import layout, make

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.workspaces import Package

VERSION = "2.11.11"
QUIET = {
    "TURBO_TELEMETRY_DISABLED": "1",
    "TURBO_NO_UPDATE_NOTIFIER": "1",
    "DO_NOT_TRACK": "1",
    "CI": "1",
}
_NPM = "#!/bin/sh\necho built > out.txt\n"
_IGNORE = "node_modules\n.turbo\nout.txt\n"
_TASKS = {"tasks": {"build": {"dependsOn": ["^build"], "outputs": ["out.txt"]}}}


def prepare(services: int, place: Path) -> Command | None:
    """Make the tree and fill the cache. Returns None, with a message, without turbo."""
    place.mkdir()
    program = _install(place)
    if not program:
        return None
    tree = place / "tree"
    make(tree, services)
    _describe(tree, *layout(services))
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=all"]):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        subprocess.run(["git", *identity, *words], cwd=tree, check=True)
    tools = place / "tools"
    tools.mkdir()
    (tools / "npm").write_text(_NPM, "utf-8")
    (tools / "npm").chmod(0o755)
    command = [program, "run", "build", "--no-daemon", "--output-logs=none"]
    path = f"{tools}:{os.environ['PATH']}"
    environment = {**os.environ, **QUIET, "PATH": path}
    subprocess.run(command, cwd=tree, check=True, env=environment, stdout=subprocess.DEVNULL)
    return Command(command, tree, {**QUIET, "PATH": path})


def as_npm_starts_it(timed: Command) -> Command:
    """The same run by the script that npm installs, where node starts the program."""
    script = timed.directory.parent / "node_modules/.bin/turbo"
    return Command([str(script), *timed.argv[1:]], timed.directory, timed.environment)


def is_full(timed: Command) -> bool:
    """Whether a run finds everything in the cache."""
    command = [*timed.argv, "--summarize"]
    environment = {**os.environ, **timed.environment}
    subprocess.run(command, cwd=timed.directory, check=True, env=environment, capture_output=True)
    summaries = sorted((timed.directory / ".turbo" / "runs").glob("*.json"))
    execution = json.loads(summaries[-1].read_text("utf-8"))["execution"]
    return bool(execution["cached"] == execution["attempted"])


def _install(place: Path) -> str | None:
    """The program itself, without the script that starts it with node."""
    if not shutil.which("npm"):
        print("skipped: turbo (`npm` is not on the PATH)")
        return None
    command = ["npm", "install", "--prefix", str(place), "--no-audit", "--no-fund"]
    done = subprocess.run(
        [*command, f"turbo@{VERSION}"], check=False, capture_output=True, text=True
    )
    found = sorted(place.glob("node_modules/@turbo/*/bin/turbo"))
    if done.returncode or not found:
        print(f"skipped: turbo (npm cannot install it: {done.stderr.strip()[-200:]})")
        return None
    return str(found[0])


def _describe(tree: Path, shared: Sequence[Package], programs: Sequence[Package]) -> None:
    name_of = {package.path: f"@bench/{package.name}" for package in (*shared, *programs)}
    locked: dict[str, Any] = {"": {"name": "bench", "workspaces": ["lib/*", "services/*"]}}
    for package in (*shared, *programs):
        name = name_of[package.path]
        described = {
            "name": name,
            "version": "1.0.0",
            "dependencies": {name_of[path]: "1.0.0" for path in package.uses},
        }
        locked[package.path] = described
        locked[f"node_modules/{name}"] = {"resolved": package.path, "link": True}
        script = {"scripts": {"build": "echo built > out.txt"}}
        _write(tree / package.path / "package.json", {**described, **script})
    root = {
        "name": "bench",
        "private": True,
        "packageManager": "npm@10.8.2",
        "workspaces": ["lib/*", "services/*"],
    }
    _write(tree / "package.json", root)
    _write(tree / "turbo.json", _TASKS)
    lock = {"name": "bench", "lockfileVersion": 3, "requires": True, "packages": locked}
    _write(tree / "package-lock.json", lock)
    (tree / ".gitignore").write_text(_IGNORE, "utf-8")


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
