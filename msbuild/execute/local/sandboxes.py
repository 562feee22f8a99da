"""Sandboxes: their directories, and what a step may see besides."""

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
        """Make those that are missing."""
        for place in (self.work, self.out, self.cache, self.home, self.tmp):
            place.mkdir(parents=True, exist_ok=True)


@dataclass(frozen=True, slots=True)
class Mount:
    """A directory of the host that a step sees below ``$CACHE``.

    Attributes:
        directory: where, below ``$CACHE``.
        source: the directory.
        alone: whether no other step sees it at the same time.
        lock: the descriptor that holds its lock.
    """

    directory: str
    source: Path
    alone: bool
    lock: int


@dataclass(frozen=True, slots=True)
class SandboxAccess:
    """What a step may see besides its sandbox.

    Attributes:
        homes: directories of toolchains.
        mounts: cache mounts.
        network: whether it may reach the network.
        ca_bundle: the certificates that it trusts.
    """

    homes: Sequence[str] = ()
    mounts: Sequence[Mount] = ()
    network: bool = False
    ca_bundle: Path | None = None
