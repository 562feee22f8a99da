"""Finds and runs system commands, also as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from machine.say import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

# Variables that root's commands need: proxies, certificates, the engine's directory.
PASSED_ON = ("PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "MSBUILD_ENGINE", "XDG_CACHE_HOME", "HOME")


def search_path() -> str:
    """`PATH` including the directories of root's commands, which a user's often lacks."""
    system = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin")
    return os.pathsep.join(dict.fromkeys([*os.get_exec_path(), *system]))


def find(command: str) -> str | None:
    """The path of a command, or None."""
    return shutil.which(command, path=search_path())


def is_root() -> bool:
    """Whether this process runs as root."""
    return os.geteuid() == 0


def as_root(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` as root."""
    if is_root():
        return list(command)
    sudo = find("sudo")
    if sudo is None:
        raise Problem(
            f"`{command[0]}` must run as root, and sudo is not installed",
            "run this as root, or start a Docker engine yourself and set DOCKER_HOST",
        )
    passed = [
        f"{key}={value}"
        for key, value in os.environ.items()
        if any(part in key.upper() for part in PASSED_ON)
    ]
    return [sudo, "env", *passed, *command]


def call(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a system command and capture its output. With `check`, raises `Problem` if it fails."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": search_path(), "LC_ALL": "C"},
        )
    except FileNotFoundError as error:
        raise Problem(f"`{command[0]}` is not installed") from error
    if check and done.returncode != 0:
        output = (done.stderr or done.stdout).strip()
        raise Problem(f"`{' '.join(command)}` failed: {output}")
    return done
