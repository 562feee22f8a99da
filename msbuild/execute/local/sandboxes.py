"""Sandboxes: their directories, what else a step may see, and its environment variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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
    """What a step may see besides its sandbox.

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
