"""Where the local executor keeps things: one directory, all of it a cache.

oci/        an OCI layout: index.json, blobs          layers/   which blob holds which files
stages/     what stages left, by fingerprint          caches/   cache mounts, by id
work/       sandboxes, for as long as they are used   locks/    between processes
bases/      which manifest came for a pin
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError, error_of
from msbuild.execute.local.files import make_directory, remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = ".msbuild-store"


@dataclass(frozen=True, slots=True)
class Store:
    """The places below one root."""

    root: Path

    @property
    def layout(self) -> Path:
        """The OCI layout of the images."""
        return self.root / "oci"

    @property
    def layers(self) -> Path:
        """Which blob holds which files."""
        return self.root / "layers"

    @property
    def bases(self) -> Path:
        """Which manifest came for the digest of a base image."""
        return self.root / "bases"

    @property
    def stages(self) -> Path:
        """What stages left, by fingerprint."""
        return self.root / "stages"

    @property
    def caches(self) -> Path:
        """The directories behind cache mounts."""
        return self.root / "caches"

    def lock(self, *names: str) -> Path:
        """The lock file for something."""
        return self.root / "locks" / ("-".join(names).replace("/", "_") + ".lock")

    def prepare(self) -> None:
        """Make the root.

        Raises:
            EnvironmentFault: it cannot be written, or it belongs to something else.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self.root.stat()
            if status.st_mode & 0o077 and status.st_uid == os.geteuid():
                # what is in it has all kinds of modes
                self.root.chmod(0o700)
            mark = self.root / _MARK
            if not mark.exists():
                mark.write_text("a cache of msbuild; `msbuild prune` empties it\n", "utf-8")
        except OSError as error:
            raise UnavailableError(
                f"cannot write `{self.root}`: {error.strerror}",
                hint="`MSBUILD_STORE` names another place for caches and images",
            ) from error

    def is_ours(self) -> bool:
        """Whether the root is one that ``prepare`` made."""
        try:
            return (self.root / _MARK).is_file()
        except OSError as error:
            raise error_of(error) from error

    @contextmanager
    def scratch(self, name: str, *, fixed: bool = False) -> Iterator[Path]:
        """A new directory for a while, on the same file system as everything else.

        Args:
            name: what it is for.
            fixed: always the same place; the caller sees to it that nobody else is there.
        """
        unique = "" if fixed else f"-{secrets.token_hex(4)}"
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
        EnvironmentFault: there is no home directory to put it in.
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
            f"there is no home directory for `{path}`",
            hint="set `HOME`, or name a directory for caches and images with `MSBUILD_STORE`",
        ) from error
