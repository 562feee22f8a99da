"""Lists and removes what can be pruned from the store; never touches anything outside it."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.api import StoredItem
from msbuild.execute.local.files import remove_tree, tree_size
from msbuild.execute.local.layers import digest_in
from msbuild.execute.local.locks import open_lock, try_lock
from msbuild.execute.local.stage_store import last_use, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from msbuild.execute.local.layout import Blobs, LayoutIndex
    from msbuild.execute.local.store import Store


@contextmanager
def exclusive_use(store: Store) -> Iterator[None]:
    """Exclude builds during the block.

    Raises:
        UnavailableError: a build is running.
    """
    lock = open_lock(store.lock("use"))
    try:
        if not try_lock(lock, fcntl.LOCK_EX):
            raise UnavailableError(
                "a build is running on this host and uses the store",
                hint="run again when it has finished",
            )
        yield
    finally:
        os.close(lock)


def items(store: Store, blobs: Blobs, index: LayoutIndex) -> Iterator[StoredItem]:
    """The contents of the store except blobs: `sweep` removes those that no image uses."""
    for root in _directories(store.stages):
        yield StoredItem("stage", stage_of(root), tree_size(root), last_use(root), _removal(root))
    for cache in _directories(store.caches):
        for root in _directories(cache):
            used = root.lstat().st_mtime
            yield StoredItem("cache", cache.name, tree_size(root), used, _removal(root))
    for root in _directories(store.root / "work"):
        yield StoredItem("leftover", root.name, tree_size(root), 0, _removal(root))
    for digest, tags in index.digests().items():
        path = blobs.path(digest)
        used = path.stat().st_mtime if path.exists() else 0.0
        name = min(tags, key=lambda tag: (":fp-" in tag, tag))
        yield StoredItem(
            "image", name, _image_size(blobs, digest), used, partial(index.forget, tags)
        )


def sweep(store: Store, blobs: Blobs, index: LayoutIndex, *, dry: bool = False) -> int:
    """Remove blobs that no image uses; returns their bytes.

    Args:
        store: the store.
        blobs: its blobs.
        index: its index, which lists the images.
        dry: only count.
    """
    needed = {digest for one in index.digests() for digest in _parts(blobs, one)}
    freed = 0
    directory = store.layout / "blobs" / "sha256"
    for path in sorted(directory.glob("*")):
        if f"sha256:{path.name}" not in needed:
            freed += path.lstat().st_size
            if not dry:
                remove_tree(path)
    if not dry:
        for stray in store.root.glob("new-*"):
            stray.unlink()
        for note in store.layers.glob("*.json"):
            if digest_in(note) not in needed:
                remove_tree(note)
    return freed


def _directories(parent: Path) -> list[Path]:
    return sorted(path for path in parent.glob("*") if path.is_dir())


def _removal(root: Path) -> partial[None]:
    return partial(remove_tree, root)


def _image_size(blobs: Blobs, digest: str) -> int:
    paths = (blobs.path(part) for part in _parts(blobs, digest))
    return sum(path.stat().st_size for path in paths if path.exists())


def _parts(blobs: Blobs, digest: str) -> set[str]:
    """The digests of the blobs of an image: manifest, config and layers."""
    found = {digest}
    with suppress(OSError, UnavailableError):
        manifest = blobs.manifest(digest)
        found |= {part["digest"] for part in (manifest["config"], *manifest["layers"])}
    return found
