"""The directories of the private engine, and which processes use it."""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from machine.say import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET_PATH_LIMIT = 107  # bytes, Linux; Python and Go both count the terminating zero
LONGEST_SOCKET = "exec/libnetwork/0123456789ab.sock"


@dataclass(frozen=True)
class Home:
    """The directories of one private engine; engines of two homes share nothing."""

    root: Path
    uses_containerd_store: bool

    @property
    def name(self) -> str:
        """A short unique name, also for the network bridge."""
        return f"msb-{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:8]}"

    @property
    def data(self) -> Path:
        """Images and caches, kept between runs."""
        return self.root / "data"

    @property
    def run(self) -> Path:
        """Sockets and mounts of the running engine; under /run if the path is too long."""
        inside = self.root / "run"
        fits = len(os.fsencode(inside / LONGEST_SOCKET)) <= SOCKET_PATH_LIMIT
        return inside if fits else Path("/run/msbuild") / self.name

    @property
    def socket(self) -> Path:
        """The socket of the engine."""
        return self.run / "docker.sock"

    @property
    def host(self) -> str:
        """The socket in the form of DOCKER_HOST."""
        return f"unix://{self.socket}"

    @property
    def log(self) -> Path:
        """The log of the last start."""
        return self.root / "dockerd.log"

    @property
    def keep(self) -> Path:
        """Exists if the engine must outlive the commands that use it."""
        return self.run / "keep"

    @contextmanager
    def in_use(self) -> Iterator[Usage]:
        """Count as a user of the engine until the end of the block, or until the process dies."""
        self.root.mkdir(parents=True, exist_ok=True)
        with _lock_file(self.root / "users.lock") as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield Usage(descriptor)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the exclusive right to start or stop the engine."""
        self.root.mkdir(parents=True, exist_ok=True)
        with _lock_file(self.root / "change.lock") as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True)
class Usage:
    """A registered use of the engine."""

    descriptor: int

    def is_last(self) -> bool:
        """Whether no other process uses the engine. If so, none can start to until we exit."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def engine_home() -> Home:
    """The home selected by the environment."""
    store = os.environ.get("MSBUILD_ENGINE_SNAPSHOTTER", "")
    if store not in ("", "containerd"):
        raise Problem(
            f"MSBUILD_ENGINE_SNAPSHOTTER is `{store}`", "set it to `containerd`, or unset it"
        )
    chosen = os.environ.get("MSBUILD_ENGINE_DIR")
    root = Path(chosen).expanduser() if chosen else cache_directory() / "engine"
    root = root.resolve()
    return Home(root.with_name(f"{root.name}-{store}") if store else root, bool(store))


def cache_directory() -> Path:
    """The directory for caches of this user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "msbuild"


@contextmanager
def _lock_file(path: Path) -> Iterator[int]:
    # a lock needs no write permission, and a user must be able to lock root's file
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
