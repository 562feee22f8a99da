"""What keeps a step in: bubblewrap where it works, else a directory and a bare environment."""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msbuild.execute.local.files import remove_tree
from msbuild.execute.local.sandboxes import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from msbuild.execute.local.sandboxes import SandboxAccess

CA_FILE = "/run/msbuild-ca.pem"
_SCRIPT = "/run/msbuild-step.sh"
# Of the host's settings, what programs need to start, to find each other and to find names.
_SETTINGS = (
    "/etc/alternatives",
    "/etc/ca-certificates.conf",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/group",
    "/etc/pki",
    "/etc/ssl/certs",
)
_NETWORK_SETTINGS = ("/etc/hosts", "/etc/resolv.conf", "/etc/services", "/etc/protocols")
_SYSTEM = ("/usr", "/opt", "/nix", "/gnu/store")
_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SECONDS = 10
# The variables with cargo's flags, the one that wins first, and what is between two flags.
_CARGO_FLAGS = (("CARGO_ENCODED_RUSTFLAGS", "\x1f"), ("RUSTFLAGS", " "))


class Isolation(Protocol):
    """One way to keep a step in.

    Attributes:
        fixed: whether every sandbox looks the same from within, wherever it is.
        contains: whether nothing that a step starts outlives its command, or us.
    """

    name: str
    fixed: bool
    contains: bool

    def seen(self, sandbox: Sandbox) -> Sandbox:
        """The directories of a sandbox as a step sees them."""

    def environment(self, sandbox: Sandbox, env: Mapping[str, str]) -> Mapping[str, str]:
        """The environment of a step, with what this wall adds to it."""

    def ca_file(self, opening: SandboxAccess) -> str | None:
        """The certificates as a step sees them."""

    def command(self, sandbox: Sandbox, script: Path, opening: SandboxAccess) -> Sequence[str]:
        """The command that runs a script within the sandbox."""

    def mounted(self, sandbox: Sandbox, opening: SandboxAccess) -> AbstractContextManager[None]:
        """A context in which the mounts are there."""


class Bubblewrap:
    """A mount, process and network namespace of its own; always the same paths."""

    name = "bwrap"
    fixed = True
    contains = True

    def __init__(self, program: str) -> None:
        self._program = program

    def seen(self, sandbox: Sandbox) -> Sandbox:
        """Paths that no result can betray a machine by."""
        return Sandbox(Path("/"))

    def environment(self, sandbox: Sandbox, env: Mapping[str, str]) -> Mapping[str, str]:
        """As it is."""
        return env

    def ca_file(self, opening: SandboxAccess) -> str | None:
        """A fixed place."""
        return CA_FILE if opening.ca_bundle else None

    def command(self, sandbox: Sandbox, script: Path, opening: SandboxAccess) -> Sequence[str]:
        """A call of ``bwrap``."""
        words = [self._program, *_NAMESPACES, *([] if opening.network else ["--unshare-net"])]
        words += ["--proc", "/proc", "--dev", "/dev", "--dir", "/run"]
        for path in (*_SYSTEM, *_SETTINGS, *(_NETWORK_SETTINGS if opening.network else ())):
            words += ["--ro-bind-try", path, path]
        for link in filter(os.path.lexists, _LINKS):
            if os.path.islink(link):  # noqa: PTH114 - a string in, a string out
                words += ["--symlink", os.readlink(link), link]  # noqa: PTH115
            else:
                words += ["--ro-bind", link, link]
        for home in opening.homes:
            if not home.startswith(("/usr/", "/opt/")):
                words += ["--ro-bind", home, home]
        seen = self.seen(sandbox)
        for name in ("work", "out", "cache", "home", "tmp"):
            words += ["--bind", str(getattr(sandbox, name)), str(getattr(seen, name))]
        for mount in opening.mounts:
            words += ["--bind", str(mount.source), str(seen.cache / mount.directory)]
        if opening.ca_bundle:
            words += ["--ro-bind", str(opening.ca_bundle.resolve()), CA_FILE]
        words += ["--ro-bind", str(script), _SCRIPT, "--chdir", str(seen.work)]
        return [*words, *_FIRST, "/bin/sh", _SCRIPT]

    @contextmanager
    def mounted(self, sandbox: Sandbox, opening: SandboxAccess) -> Iterator[None]:
        """The mounts come and go with the command; no link of a step is in their way."""
        for mount in opening.mounts:
            _clear_way(sandbox.cache, mount.directory)
        yield


_NAMESPACES = (
    *("--unshare-user", "--uid", "0", "--gid", "0"),
    *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", "msbuild"),
    *("--die-with-parent", "--new-session", "--as-pid-1"),
)
# The first process of a namespace. The kernel tells of its end when all others have ended, too;
# the script is not that process, which has no default actions for signals.
_FIRST = ("/bin/sh", "-c", '"$@"; exit $?', "sh")


class Directory:
    """No wall to speak of: an undeclared file is not there, but a path from ``/`` reaches all."""

    name = "directory"
    fixed = False
    contains = False

    def seen(self, sandbox: Sandbox) -> Sandbox:
        """The very paths."""
        return sandbox

    def environment(self, sandbox: Sandbox, env: Mapping[str, str]) -> Mapping[str, str]:
        """Have compilers write the paths that they would see behind a wall.

        Go does so with `-trimpath`, and C++ is told by its scripts. Cargo's flags are changed only
        where they are set: otherwise those of its settings would count no more.
        """
        flags = [
            f"--remap-path-prefix={sandbox.root}{place}={place}" for place in ("/work", "/cache")
        ]
        for name, separator in _CARGO_FLAGS:
            if name in env:
                return {**env, name: separator.join(filter(None, [env[name], *flags]))}
        return env

    def ca_file(self, opening: SandboxAccess) -> str | None:
        """The very path."""
        return str(opening.ca_bundle) if opening.ca_bundle else None

    def command(self, sandbox: Sandbox, script: Path, opening: SandboxAccess) -> Sequence[str]:
        """The shell."""
        return ["/bin/sh", str(script)]

    @contextmanager
    def mounted(self, sandbox: Sandbox, opening: SandboxAccess) -> Iterator[None]:
        """Put the mounts into ``$CACHE`` for a while; what was at their places comes back.

        Many programs treat a link to a directory unlike the directory, so one that nobody else
        uses is moved in and out.
        """
        aside = sandbox.root / "shadowed"
        for number, mount in enumerate(opening.mounts):
            _clear_way(sandbox.cache, posixpath.dirname(mount.directory))
            place = sandbox.cache / mount.directory
            aside.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):
                place.rename(aside / str(number))
            if mount.alone:
                mount.source.rename(place)
            else:
                place.symlink_to(mount.source)
        try:
            yield
        finally:
            for number, mount in enumerate(opening.mounts):
                place = sandbox.cache / mount.directory
                if mount.alone:
                    place.rename(mount.source)
                else:
                    remove_tree(place)
                with suppress(FileNotFoundError):
                    (aside / str(number)).rename(place)


def _clear_way(cache: Path, directory: str) -> None:
    """Make the directories of a path below ``$CACHE``; a link among them goes.

    Whoever mounts something there follows links, and a step may have left one that leads out.
    """
    place = cache
    for name in directory.split("/") if directory else ():
        place /= name
        if not place.is_dir() or place.is_symlink():
            remove_tree(place)
            place.mkdir()


def find_isolation() -> Isolation:
    """Bubblewrap if it is installed and the kernel lets it, else a plain directory.

    ``MSBUILD_WALL`` names one, for tests and for hosts where both are possible.
    """
    wanted = os.environ.get("MSBUILD_WALL", "")
    program = None if wanted == Directory.name else shutil.which("bwrap")
    if program and _works(program):
        return Bubblewrap(program)
    return Directory()


def _works(program: str) -> bool:
    command = [program, *_NAMESPACES, "--unshare-net", "--ro-bind", "/", "/", "--proc", "/proc"]
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            [*command, "/bin/true"],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
