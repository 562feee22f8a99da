"""The store of the local executor: one directory, all of it a cache.

oci/        OCI layout: index.json, blobs             layers/   which blob has which files
stages/     results of stages, by fingerprint         caches/   cache mounts, by id
work/       sandboxes in use                          locks/    locks between processes
bases/      the manifest fetched for each pin
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError, environment_error
from msbuild.execute.local.files import remove_tree
from msbuild.state.files import make_directory, remove_unless_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = ".msbuild-store"


@dataclass(frozen=True, slots=True)
class Store:
    """The directories below one root."""

    root: Path

    @property
    def layout(self) -> Path:
        """The OCI layout of the images."""
        return self.root / "oci"

    @property
    def layers(self) -> Path:
        """Which blob contains which files."""
        return self.root / "layers"

    @property
    def bases(self) -> Path:
        """The manifest fetched for the digest of each base image."""
        return self.root / "bases"

    @property
    def stages(self) -> Path:
        """Results of stages, by fingerprint."""
        return self.root / "stages"

    @property
    def caches(self) -> Path:
        """The directories behind cache mounts."""
        return self.root / "caches"

    def lock(self, *names: str) -> Path:
        """The lock file for something."""
        return self.root / "locks" / ("-".join(names).replace("/", "_") + ".lock")

    def prepare(self) -> None:
        """Create the root.

        Raises:
            UnavailableError: it cannot be written.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self.root.stat()
            if status.st_mode & 0o077 and status.st_uid == os.geteuid():
                # its files may have any mode
                self.root.chmod(0o700)
            self._remove_foreign_entries()
            mark = self.root / _MARK
            if not mark.exists():
                mark.write_text("cache of msbuild: `msbuild prune` empties it\n", "utf-8")
        except OSError as error:
            raise UnavailableError(
                f"cannot write `{self.root}`: {error.strerror}",
                hint="set `MSBUILD_STORE` to another directory for caches and images",
            ) from error

    def _remove_foreign_entries(self) -> None:
        """Remove anything in place of a directory of the store or its mark.

        Nothing is written through a link that leads out of the store.
        """
        blobs = self.layout / "blobs"
        named = (self.layout, blobs, blobs / "sha256", self.layers, self.bases, self.stages)
        for place in (*named, self.caches, self.root / "work", self.root / "locks"):
            remove_unless_directory(place)
        mark = self.root / _MARK
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(mark.lstat().st_mode):
                remove_tree(mark)

    def is_ours(self) -> bool:
        """Whether the root was created by ``prepare``."""
        try:
            return (self.root / _MARK).is_file()
        except OSError as error:
            raise environment_error(error) from error

    @contextmanager
    def scratch(self, name: str, *, fixed: bool = False) -> Iterator[Path]:
        """A temporary directory on the same file system as the store.

        Args:
            name: what it is for.
            fixed: always use the same path; the caller has to prevent concurrent use.
        """
        unique = "" if fixed else f"-{os.urandom(4).hex()}"
        directory = self.root / "work" / f"{name}{unique}"
        make_directory(directory.parent)
        remove_tree(directory)
        directory.mkdir(mode=0o700)
        try:
            yield directory
        finally:
            remove_tree(directory)


def default_store() -> Store:
    """The store of this user: ``MSBUILD_STORE``, else below the XDG cache directory.

    Raises:
        UnavailableError: there is no home directory.
    """
    if named := os.environ.get("MSBUILD_STORE"):
        return Store(_expanded(named).absolute())
    cache = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(cache) if os.path.isabs(cache) else _expanded("~/.cache")  # noqa: PTH117
    return Store(base / "msbuild" / "local")


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UnavailableError(
            f"cannot expand `{path}`: there is no home directory",
            hint="set `HOME`, or set `MSBUILD_STORE` to a directory for caches and images",
        ) from error
