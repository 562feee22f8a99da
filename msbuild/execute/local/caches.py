"""Cache mounts: directories of the store that outlive the steps that use them."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msbuild.execute.local.confined import ConfinedDirectory, LeadsOutsideError
from msbuild.execute.local.files import copy_into, remove_tree
from msbuild.execute.local.locks import locked
from msbuild.execute.local.sandboxes import Mount

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from msbuild.execute.local.stage_store import StageStore
    from msbuild.execute.local.store import Store
    from msbuild.model import CacheMount

_KEY = 16


class CacheDirectory:
    """The directory of one cache mount. A different seed gives a different cache, as in BuildKit.

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
