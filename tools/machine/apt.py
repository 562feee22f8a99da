"""Installs Debian packages without starting their services."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from machine.root import as_root, call, find, is_root, search_path
from machine.say import Problem, delayed_signals, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# temporary: msbuild installs without starting services\nexit 101\n"
LOCK = Path("/run/lock/msbuild-apt.lock")
INSTALLER = Path(__file__).resolve().parent.parent / "apt-install"


def install(packages: Sequence[str], why: str) -> None:
    """Install packages from the machine's own sources, after announcing it."""
    if find("apt-get") is None:
        raise Problem(
            f"{why} needs {', '.join(packages)}, and apt-get is not available",
            "install them another way",
        )
    if is_root():
        update()
        install_known(packages, why)
    else:
        say(f"{why}: root privileges needed to install {' '.join(packages)}")
        _run([sys.executable, str(INSTALLER), why, *packages])


def install_known(packages: Sequence[str], why: str, options: Sequence[str] = ()) -> None:
    """Install packages as root, without updating the lists. `options` are passed to apt-get."""
    say(f"{why}: installing the Debian packages {' '.join(packages)}")
    quiet = ("-y", "-q", "--no-install-recommends", "--no-remove")
    with delayed_signals(), _no_service_starts():
        _run(["apt-get", *options, "install", *quiet, *packages])


def update(options: Sequence[str] = ()) -> None:
    """Fetch the package lists."""
    _run(["apt-get", *options, "update", "-q"])


def candidate(package: str, options: Sequence[str] = ()) -> str | None:
    """The version that would be installed, or None if the package is unknown."""
    policy = call("apt-cache", *options, "policy", package).stdout
    for line in policy.splitlines():
        key, _, value = line.strip().partition(": ")
        if key == "Candidate" and value != "(none)":
            return value
    return None


def debian_mirror() -> str:
    """The URL of this machine's Debian mirror; ``MSBUILD_DEBIAN_MIRROR`` overrides it."""
    if chosen := os.environ.get("MSBUILD_DEBIAN_MIRROR"):
        return chosen.rstrip("/")
    targets = call("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)")
    for line in targets.stdout.splitlines():
        origin, label, uri = line.split("|", 2)
        if (origin, label) == ("Debian", "Debian") and uri.startswith(("http://", "https://")):
            return uri.rstrip("/")
    raise Problem(
        "this machine has no Debian package source, which the base image is made from",
        "set MSBUILD_DEBIAN_MIRROR to a mirror, or pull the image",
    )


def _run(command: Sequence[str]) -> None:
    environment = {
        **os.environ,
        "PATH": search_path(),
        "DEBIAN_FRONTEND": "noninteractive",
        "NEEDRESTART_MODE": "l",
    }
    if command[0] == "apt-get":
        # another apt may be running; its output needs no terminal
        command = [*command[:1], "-oDPkg::Lock::Timeout=300", "-oDpkg::Use-Pty=0", *command[1:]]
    # apt's output is for people: keep it off our standard output, which is for results
    done = subprocess.run(
        as_root(command), check=False, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    if done.returncode != 0:
        raise Problem(
            f"`{' '.join(command)}` exited with code {done.returncode}", "its own message is above"
        )


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Forbid service starts with a policy, unless the machine has its own policy."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ours = not os.path.lexists(POLICY) or _is_leftover()
        if ours:
            POLICY.unlink(missing_ok=True)
            with POLICY.open("x") as file:
                file.write(POLICY_TEXT)
            POLICY.chmod(0o755)
        try:
            yield
        finally:
            if ours:
                POLICY.unlink(missing_ok=True)


def _is_leftover() -> bool:
    """Whether the policy is ours, left by a run that was killed."""
    return POLICY.is_file() and POLICY.read_bytes() == POLICY_TEXT.encode()
