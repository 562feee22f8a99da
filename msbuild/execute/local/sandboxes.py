"""Sandboxes: their directories, cache mounts, and the environment variables of steps."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.execute.context import MTIME
from msbuild.execute.local.confined import ConfinedDirectory, LeadsOutsideError
from msbuild.execute.local.files import copy_into, remove_tree
from msbuild.execute.local.locks import locked

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from msbuild.execute.local.stage_store import StageStore
    from msbuild.execute.local.store import Store
    from msbuild.execute.local.toolchains import HostToolchain
    from msbuild.model import CacheMount, Run, Stage

_KEY = 16
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Only set for downloading steps.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The directories of a sandbox, on the host or as a step sees them."""

    root: Path

    @property
    def work(self) -> Path:
        """The working directory."""
        return self.root / "work"

    @property
    def out(self) -> Path:
        """``$OUT``."""
        return self.root / "out"

    @property
    def cache(self) -> Path:
        """``$CACHE``."""
        return self.root / "cache"

    @property
    def home(self) -> Path:
        """``$HOME``."""
        return self.root / "home"

    @property
    def tmp(self) -> Path:
        """``$TMPDIR``."""
        return self.root / "tmp"

    def make(self) -> None:
        """Create missing directories."""
        for place in (self.work, self.out, self.cache, self.home, self.tmp):
            place.mkdir(parents=True, exist_ok=True)


@dataclass(frozen=True, slots=True)
class Mount:
    """A directory of the host that a step sees below ``$CACHE``.

    Attributes:
        directory: its path below ``$CACHE``.
        source: the directory on the host.
        exclusive: whether no other step sees it at the same time.
        lock: the descriptor that holds its lock.
    """

    directory: str
    source: Path
    exclusive: bool
    lock: int


@dataclass(frozen=True, slots=True)
class SandboxAccess:
    """Everything a step can access besides its sandbox.

    Attributes:
        homes: directories of toolchains.
        mounts: cache mounts.
        network: whether it has network access.
        ca_bundle: the certificates that it trusts.
    """

    homes: Sequence[str] = ()
    mounts: Sequence[Mount] = ()
    network: bool = False
    ca_bundle: Path | None = None


class CacheDirectory:
    """The directory of one cache mount. A different seed means a different cache, as in BuildKit.

    Args:
        store: the store.
        cache: the mount.
        seed: the key of the seed stage's result; empty without a seed.
        parent: the parent directory to use instead of the store's, for a step that must not see
            the cache of earlier ones.
    """

    def __init__(
        self, store: Store, cache: CacheMount, seed: str, parent: Path | None = None
    ) -> None:
        self._store = store
        self._cache = cache
        self._source = (parent or store.caches) / cache.id / (seed[:_KEY] or "own")

    def exists(self) -> bool:
        """Whether it exists."""
        return self._source.is_dir() and not self._source.is_symlink()

    def fill(self, seed: StageStore, cancel: threading.Event) -> None:
        """Initialize an empty cache with the same directory of the seed stage.

        Raises:
            Cancelled: ``cancel`` was set.
        """
        with locked(self._lock(), cancel=cancel), self._store.scratch("seed") as scratch:
            if not self.exists():
                _copy_from_cache(seed.root / "cache", self._cache.directory, scratch / "seed")
                remove_tree(self._source)
                self._source.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                (scratch / "seed").rename(self._source)

    @contextmanager
    def held(self, cancel: threading.Event) -> Iterator[Mount]:
        """The mount, locked until the end of the block.

        Raises:
            Cancelled: ``cancel`` was set.
        """
        exclusive = self._cache.sharing != "shared"
        with locked(self._lock(), shared=not exclusive, cancel=cancel) as lock:
            if not self.exists():
                remove_tree(self._source)
                self._source.mkdir(parents=True)
            # `msbuild prune` goes by the time of last use
            os.utime(self._source)
            yield Mount(self._cache.directory, self._source, exclusive, lock)

    def _lock(self) -> Path:
        return self._store.lock("cache", self._cache.id, self._source.name)


def _copy_from_cache(cache: Path, directory: str, target: Path) -> None:
    """Copy a directory of a ``$CACHE``; a link, or a path through one, counts as empty."""
    target.mkdir()
    with suppress(OSError, LeadsOutsideError), ConfinedDirectory(cache) as below:
        if below.real(directory) != directory:
            return
        with below.directory(directory) as handle:
            copy_into(handle, target, directory)


def environment(
    chain: Sequence[Stage], step: Run, view: Sandbox, toolchain: HostToolchain | None
) -> dict[str, str]:
    """All variables of a step.

    Args:
        chain: the stage and all stages it is based on, the root first.
        step: the step.
        view: the directories as the step sees them.
        toolchain: the compilers.
    """
    env = {
        "PATH": ":".join([*(toolchain.path if toolchain else ()), _SYSTEM_PATH]),
        "HOME": str(view.home),
        "TMPDIR": str(view.tmp),
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": str(MTIME),
        "OUT": str(view.out),
        "CACHE": str(view.cache),
    }
    if step.network:
        env |= _proxies(os.environ)
    for stage in chain:
        env |= {name: _resolved(value, view) for name, value in stage.env}
    return env | {name: _resolved(value, view) for name, value in step.env}


def _proxies(env: Mapping[str, str]) -> dict[str, str]:
    names = {spelt for name in _PROXIES for spelt in (name, name.lower())}
    return {name: env[name] for name in sorted(names & set(env))}


def _resolved(value: str, view: Sandbox) -> str:
    for name, directory in (("$OUT", view.out), ("$CACHE", view.cache)):
        if value == name or value.startswith(f"{name}/"):
            return str(directory) + value.removeprefix(name)
    return value
