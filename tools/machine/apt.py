"""Installing Debian packages without starting the services they bring."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from machine.root import as_root, call, find, is_root, search_path
from machine.say import Problem, say, signals_wait

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# temporary: msbuild installs without starting services\nexit 101\n"
LOCK = Path("/run/lock/msbuild-apt.lock")
INSTALLER = Path(__file__).resolve().parent.parent / "apt-install"


def install(packages: Sequence[str], why: str) -> None:
    """Install packages from the machine's own sources, saying so first."""
    if find("apt-get") is None:
        raise Problem(
            f"{why} needs {', '.join(packages)}, and there is no apt-get here",
            "install them by other means",
        )
    if is_root():
        update()
        install_known(packages, why)
    else:
        say(f"{why}: asking for root's rights to install {' '.join(packages)}")
        _run([sys.executable, str(INSTALLER), why, *packages])


def install_known(packages: Sequence[str], why: str, options: Sequence[str] = ()) -> None:
    """Install packages of known lists, as root. `options` go to apt-get as they are."""
    say(f"{why}: installing the Debian packages {' '.join(packages)}")
    quiet = ("-y", "-q", "--no-install-recommends", "--no-remove")
    with signals_wait(), _no_service_starts():
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
    """Where this machine gets Debian from; ``MSBUILD_DEBIAN_MIRROR`` if it is not a Debian."""
    if chosen := os.environ.get("MSBUILD_DEBIAN_MIRROR"):
        return chosen.rstrip("/")
    targets = call("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)")
    for line in targets.stdout.splitlines():
        origin, label, uri = line.split("|", 2)
        if (origin, label) == ("Debian", "Debian") and uri.startswith(("http://", "https://")):
            return uri.rstrip("/")
    raise Problem(
        "this machine gets no packages from Debian, which the base image is made of",
        "name a mirror with MSBUILD_DEBIAN_MIRROR, or have the image pulled",
    )


def _run(command: Sequence[str]) -> None:
    environment = {
        **os.environ,
        "PATH": search_path(),
        "DEBIAN_FRONTEND": "noninteractive",
        "NEEDRESTART_MODE": "l",
    }
    if command[0] == "apt-get":
        # another run of apt may be under way; its output needs no terminal
        command = [*command[:1], "-oDPkg::Lock::Timeout=300", "-oDpkg::Use-Pty=0", *command[1:]]
    # what apt prints is for people: keep it off our standard output, which is for results
    done = subprocess.run(
        as_root(command), check=False, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    if done.returncode != 0:
        raise Problem(
            f"`{' '.join(command)}` ended with {done.returncode}", "its own message is above"
        )


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Have the policy of service starts say no, unless the machine has a policy of its own."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ours = not os.path.lexists(POLICY) or _is_left_over()
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


def _is_left_over() -> bool:
    """Whether the policy is one of ours, from a run that was killed."""
    return POLICY.is_file() and POLICY.read_bytes() == POLICY_TEXT.encode()
