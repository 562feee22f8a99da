"""Isolates steps from the host: with bubblewrap if possible, else only with a plain directory."""

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
# The settings of the host that programs need to start, to find each other and to resolve names.
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
# The variables with cargo's flags, the one with precedence first, and their separators.
_CARGO_FLAGS = (("CARGO_ENCODED_RUSTFLAGS", "\x1f"), ("RUSTFLAGS", " "))


class Isolation(Protocol):
    """One kind of isolation.

    Attributes:
        fixed: whether every sandbox has the same paths from inside.
        contains: whether it ends everything a step has started when its command or msbuild ends.
    """

    name: str
    fixed: bool
    contains: bool

    def seen(self, sandbox: Sandbox) -> Sandbox:
        """The directories of a sandbox as a step sees them."""

    def environment(self, sandbox: Sandbox, env: Mapping[str, str]) -> Mapping[str, str]:
        """The environment of a step, with the additions of this isolation."""

    def ca_file(self, opening: SandboxAccess) -> str | None:
        """The path of the CA bundle as a step sees it."""

    def command(self, sandbox: Sandbox, script: Path, opening: SandboxAccess) -> Sequence[str]:
        """The command that runs a script in the sandbox."""

    def mounted(self, sandbox: Sandbox, opening: SandboxAccess) -> AbstractContextManager[None]:
        """A context in which the cache mounts are in place."""


class Bubblewrap:
    """Separate mount, process and network namespaces; always the same paths."""

    name = "bwrap"
    fixed = True
    contains = True

    def __init__(self, program: str) -> None:
        self._program = program

    def seen(self, sandbox: Sandbox) -> Sandbox:
        """Fixed paths, so that results do not depend on the machine."""
        return Sandbox(Path("/"))

    def environment(self, sandbox: Sandbox, env: Mapping[str, str]) -> Mapping[str, str]:
        """Unchanged."""
        return env

    def ca_file(self, opening: SandboxAccess) -> str | None:
        """A fixed path."""
        return CA_FILE if opening.ca_bundle else None

    def command(self, sandbox: Sandbox, script: Path, opening: SandboxAccess) -> Sequence[str]:
        """The ``bwrap`` command line."""
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
        """Create the mount points; bwrap itself mounts and unmounts."""
        for mount in opening.mounts:
            _make_mount_point(sandbox.cache, mount.directory)
        yield


_NAMESPACES = (
    *("--unshare-user", "--uid", "0", "--gid", "0"),
    *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", "msbuild"),
    *("--die-with-parent", "--new-session", "--as-pid-1"),
)
# The first process of a namespace; when it ends, the kernel ends all others. It is not the script
# itself, because signals have no default actions in the first process.
_FIRST = ("/bin/sh", "-c", '"$@"; exit $?', "sh")


class Directory:
    """A plain directory: undeclared files are missing there, but absolute paths reach the host."""

    name = "directory"
    fixed = False
    contains = False

    def seen(self, sandbox: Sandbox) -> Sandbox:
        """The paths on the host."""
        return sandbox

    def environment(self, sandbox: Sandbox, env: Mapping[str, str]) -> Mapping[str, str]:
        """Make compilers write the paths they would see with bubblewrap.

        Go does so with `-trimpath`, and the scripts for C++ pass flags. Cargo's flags are only
        extended if they are set: setting them would override those in cargo's config.
        """
        flags = [
            f"--remap-path-prefix={sandbox.root}{place}={place}" for place in ("/work", "/cache")
        ]
        for name, separator in _CARGO_FLAGS:
            if name in env:
                return {**env, name: separator.join(filter(None, [env[name], *flags]))}
        return env

    def ca_file(self, opening: SandboxAccess) -> str | None:
        """The path on the host."""
        return str(opening.ca_bundle) if opening.ca_bundle else None

    def command(self, sandbox: Sandbox, script: Path, opening: SandboxAccess) -> Sequence[str]:
        """The shell, without a wrapper."""
        return ["/bin/sh", str(script)]

    @contextmanager
    def mounted(self, sandbox: Sandbox, opening: SandboxAccess) -> Iterator[None]:
        """Put the mounts into ``$CACHE`` during the block, and restore what was there before.

        Many programs treat a link to a directory differently from the directory, so a mount that
        no other step uses is moved in and out.
        """
        aside = sandbox.root / "shadowed"
        for number, mount in enumerate(opening.mounts):
            _make_mount_point(sandbox.cache, posixpath.dirname(mount.directory))
            place = sandbox.cache / mount.directory
            aside.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):
                place.rename(aside / str(number))
            if mount.exclusive:
                mount.source.rename(place)
            else:
                place.symlink_to(mount.source)
        try:
            yield
        finally:
            for number, mount in enumerate(opening.mounts):
                place = sandbox.cache / mount.directory
                if mount.exclusive:
                    place.rename(mount.source)
                else:
                    remove_tree(place)
                with suppress(FileNotFoundError):
                    (aside / str(number)).rename(place)


def _make_mount_point(cache: Path, directory: str) -> None:
    """Create the directories of a path below ``$CACHE``; replaces links and files among them.

    Mounting follows links, and a step may have left one that leads out.
    """
    place = cache
    for name in directory.split("/") if directory else ():
        place /= name
        if not place.is_dir() or place.is_symlink():
            remove_tree(place)
            place.mkdir()


def find_isolation() -> Isolation:
    """Bubblewrap if it is installed and the kernel allows it, else a plain directory.

    ``MSBUILD_WALL=directory`` forces the latter.
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
