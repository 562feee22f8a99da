"""The directories behind cache mounts."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msbuild.execute.local.beneath import Below, LeadsOutsideError
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
    """The directory of one cache mount. Another seed is another cache, as with BuildKit.

    Args:
        store: where it is.
        cache: the mount.
        seed: under what the result of the seed stage is kept; empty where there is none.
        above: where it is instead, for a step that must see nothing of earlier ones.
    """

    def __init__(
        self, store: Store, cache: CacheMount, seed: str, above: Path | None = None
    ) -> None:
        self._store = store
        self._cache = cache
        self._source = (above or store.caches) / cache.id / (seed[:_KEY] or "own")

    def exists(self) -> bool:
        """Whether there is one already."""
        return self._source.is_dir() and not self._source.is_symlink()

    def fill(self, seed: StageStore, cancel: threading.Event) -> None:
        """Let an empty cache begin with what the seed stage has at its place.

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
        """The mount, for as long as a step has it.

        Raises:
            Cancelled: ``cancel`` was set.
        """
        alone = self._cache.sharing != "shared"
        with locked(self._lock(), shared=not alone, cancel=cancel) as lock:
            if not self.exists():
                remove_tree(self._source)
                self._source.mkdir(parents=True)
            # prune goes by when a thing was last of use
            os.utime(self._source)
            yield Mount(self._cache.directory, self._source, alone, lock)

    def _lock(self) -> Path:
        return self._store.lock("cache", self._cache.id, self._source.name)


def _copy_from_cache(cache: Path, directory: str, target: Path) -> None:
    """Copy a directory of a ``$CACHE``; one that is a link, or behind one, holds nothing."""
    target.mkdir()
    with suppress(OSError, LeadsOutsideError), Below(cache) as below:
        if below.real(directory) != directory:
            return
        with below.directory(directory) as handle:
            copy_into(handle, target, directory)
