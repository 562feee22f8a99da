"""Commits of a repository as directories, without changing its checkout."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Checkout:
    """A work tree that can move to other commits."""

    tree: Path

    def move(self, commit: str) -> None:
        """Check out a commit; unchanged files keep their times."""
        git(self.tree, "checkout", "--quiet", "--detach", "--force", commit)
        git(self.tree, "clean", "--quiet", "-ffdx")


@contextmanager
def checkout(repository: Path, commit: str) -> Iterator[Checkout]:
    """A temporary work tree at a commit."""
    with tempfile.TemporaryDirectory(prefix="closures-") as place:
        tree = Path(place).resolve() / "tree"
        git(repository, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield Checkout(tree)
        finally:
            git(repository, "worktree", "remove", "--force", str(tree))


def commits(repository: Path, revision: str, count: int) -> list[str]:
    """The last commits up to a revision, along first parents, oldest first."""
    listed = git(repository, "rev-list", "--first-parent", f"--max-count={count}", revision)
    return listed.split()[::-1]


def git(directory: Path, *arguments: str) -> str:
    """The output of a git command."""
    command = ["git", "-C", str(directory), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
