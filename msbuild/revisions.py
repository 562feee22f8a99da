"""Revisions of the git repository that a workspace is in: which commit, and its files on disk.

The check-out is never touched: a commit's tree is written to a directory of its own, with a
repository of its own, whose index says that all of it is tracked.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import EnvironmentFault, UsageError
from msbuild.git import git

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

_SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository with a check-out.

    Attributes:
        top: the directory of the check-out, absolute.
    """

    top: Path

    def merge_base(self, revision: str) -> str:
        """The commit at which the check-out and a revision parted.

        Raises:
            UsageError: there is no such revision, or their histories do not meet.
        """
        commit = self.commit(revision)
        found = git(self.top, "merge-base", "HEAD", commit)
        if found.returncode == 0:
            return found.stdout.strip()
        if git(self.top, "rev-parse", "--is-shallow-repository").stdout.strip() == "true":
            raise UsageError(
                f"this clone is too shallow to say where `HEAD` and `{revision}` parted",
                hint="fetch more: `git fetch --unshallow`, or `fetch-depth: 0` in the workflow",
            )
        raise UsageError(f"`HEAD` and `{revision}` have no commit in common")

    def commit(self, revision: str) -> str:
        """The commit that a revision names.

        Raises:
            UsageError: there is none.
        """
        found = git(
            self.top, "rev-parse", "--verify", "--quiet", "--end-of-options",
            f"{revision}^{{commit}}",
        )  # fmt: skip
        if found.returncode != 0:
            raise UsageError(
                f"git knows no commit `{revision}` here",
                hint="fetch it first, for example with `git fetch origin main`",
            )
        return found.stdout.strip()

    @contextmanager
    def files_of(self, commit: str) -> Iterator[Path]:
        """A directory with the files of a commit, submodules included, for as long as it lasts."""
        with tempfile.TemporaryDirectory(prefix="msbuild-") as name:
            place = Path(name).resolve()
            (place / "tree").mkdir()
            _write_tree(self.top, commit, place / "tree", place / "git")
            yield place / "tree"


def repository_of(directory: Path) -> Repository:
    """The repository that a directory is in.

    Raises:
        UsageError: it is in none.
    """
    found = git(directory, "rev-parse", "--show-toplevel")
    if found.returncode != 0:
        raise UsageError(
            f"`{directory}` is in no git repository",
            hint="changes are told from commits; `msbuild plan` tells them from what is built",
        )
    return Repository(Path(found.stdout.rstrip("\n")))


def _write_tree(top: Path, commit: str, tree: Path, repository: Path) -> None:
    form = _must(git(top, "rev-parse", "--show-object-format")).stdout.strip()
    words = ("--quiet", "--template=", f"--object-format={form}")
    _must(git(top, "init", *words, f"--separate-git-dir={repository}", str(tree)))
    environment = {"GIT_INDEX_FILE": str(repository / "index")}
    _must(git(top, "read-tree", commit, environment=environment))
    prefix = f"--prefix={tree}/"
    _must(git(top, "checkout-index", "--all", "--force", prefix, environment=environment))
    for path, inner in _submodules(top, commit):
        (tree / path).mkdir(parents=True, exist_ok=True)
        if not (top / path / ".git").exists():
            _must_be_the_same(top, path, inner)
            continue
        if git(top / path, "cat-file", "-e", f"{inner}^{{commit}}").returncode != 0:
            raise UsageError(
                f"the submodule `{path}` has no commit `{inner[:12]}`",
                hint=f"`git -C {path} fetch`",
            )
        _write_tree(top / path, inner, tree / path, repository.with_name(f"{repository.name}-"))


def _must_be_the_same(top: Path, path: str, commit: str) -> None:
    """A submodule that is not checked out is empty here and there, if it is the same."""
    if f" {commit} " not in git(top, "ls-files", "--stage", "--", path).stdout:
        raise UsageError(
            f"the submodule `{path}` is not checked out, and is another now",
            hint="`git submodule update --init`, or `submodules: true` in the workflow",
        )


def _submodules(top: Path, commit: str) -> Iterator[tuple[str, str]]:
    listing = _must(git(top, "ls-tree", "-r", "-z", commit)).stdout
    for entry in listing.split("\0"):
        mode, _, rest = entry.partition(" ")
        if mode == _SUBMODULE:
            described, _, path = rest.partition("\t")
            yield path, described.split(" ")[1]


def _must(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    if done.returncode != 0:
        raise EnvironmentFault(f"git failed: {done.stderr.strip() or done.returncode}")
    return done
