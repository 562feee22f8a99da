"""Commits of the repository around a workspace, and their files on disk.

The work tree is never touched: git checks a commit out to a temporary directory, with the settings,
attributes, filters and sparse patterns of the repository. That directory has its own repository,
whose index tracks all of its files.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, UnavailableError, UsageError
from msbuild.sources.git import git, repository_around

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

_SUBMODULE = "160000"
_SKIPPED = "S "
_FETCH_MORE = "fetch more: `git fetch --unshallow`, or `fetch-depth: 0` in the workflow"
# Settings with which git writes nothing to the repository itself, not even a cache.
_ASIDE = (
    *("-c", "core.fsmonitor=false", "-c", "core.splitIndex=false", "-c", "index.sparse=false"),
    *("-c", "core.untrackedCache=false", "-c", "submodule.recurse=false"),
    # a hook could change the files
    *("-c", f"core.hooksPath={os.devnull}"),
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository with a work tree.

    Attributes:
        top: the top of the work tree, absolute.
    """

    top: Path

    def merge_base(self, revision: str) -> str:
        """The merge base of ``HEAD`` and a revision.

        Raises:
            UsageError: the revision does not exist, or there is no common commit.
        """
        commit = self.commit(revision)
        found = git(self.top, "merge-base", "HEAD", commit)
        if found.returncode == 0:
            return found.stdout.strip()
        if self._is_shallow():
            raise UsageError(
                f"this clone is too shallow to find the merge base of `HEAD` and `{revision}`",
                hint=_FETCH_MORE,
            )
        raise UsageError(f"`HEAD` and `{revision}` have no commit in common")

    def commit(self, revision: str) -> str:
        """The commit of a revision.

        Raises:
            UsageError: it does not exist.
        """
        found = git(
            self.top, "rev-parse", "--verify", "--quiet", "--end-of-options",
            f"{revision}^{{commit}}",
        )  # fmt: skip
        if found.returncode != 0 and self._is_shallow():
            raise UsageError(f"unknown commit `{revision}` in this shallow clone", hint=_FETCH_MORE)
        if found.returncode != 0:
            raise UsageError(
                f"unknown commit `{revision}`",
                hint="commit first: the repository has no commits"
                if revision == "HEAD"
                else "fetch it first, for example with `git fetch origin main`",
            )
        return found.stdout.strip()

    def _is_shallow(self) -> bool:
        return git(self.top, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"

    @contextmanager
    def files_of(self, commit: str) -> Iterator[Path]:
        """A temporary directory with the files of a commit, including submodules."""
        with tempfile.TemporaryDirectory(prefix="msbuild-") as name:
            place = Path(name).resolve()
            (place / "tree").mkdir()
            _write_tree(self.top, commit, place / "tree", place / "git")
            yield place / "tree"


def repository_of(directory: Path) -> Repository:
    """The repository around a directory.

    Raises:
        UsageError: there is no repository.
        UnavailableError: it belongs to another user.
    """
    found = git(directory, "rev-parse", "--show-toplevel", environment={"LC_ALL": "C"})
    if found.returncode != 0 and "dubious ownership" in found.stderr:
        around = repository_around(str(directory.absolute()))
        top = around.top if around else directory
        raise UnavailableError(
            f"git does not trust the repository `{top}`: it belongs to another user",
            hint=f"`git config --global --add safe.directory {quote(str(top))}`",
        )
    if found.returncode != 0:
        raise UsageError(
            f"`{directory}` is not in a git repository",
            hint="without commits to compare, use `msbuild plan` to see what would be built",
        )
    return Repository(Path(found.stdout.rstrip("\n")))


def _write_tree(top: Path, commit: str, tree: Path, repository: Path) -> None:
    form = _must(git(top, "rev-parse", "--show-object-format")).stdout.strip()
    words = ("--quiet", "--template=", f"--object-format={form}")
    _must(git(top, "init", *words, f"--separate-git-dir={repository}", str(tree)))
    own = _must(git(top, "rev-parse", "--absolute-git-dir")).stdout.rstrip("\n")
    there = {
        "GIT_DIR": own,
        "GIT_WORK_TREE": str(tree),
        "GIT_INDEX_FILE": str(repository / "index"),
    }
    _must(git(tree, *_ASIDE, "read-tree", "-m", "-u", commit, environment=there))
    skipped = _skipped(top, {})
    _leave_out(top, tree, skipped, there)
    for path, inner in _submodules(top, commit):
        if path in skipped and not (top / path).exists():
            continue
        (tree / path).mkdir(parents=True, exist_ok=True)
        if not (top / path / ".git").exists():
            _check_same_commit(top, path, inner)
            continue
        if git(top / path, "cat-file", "-e", f"{inner}^{{commit}}").returncode != 0:
            raise UsageError(
                f"the submodule `{path}` has no commit `{inner[:12]}`",
                hint=f"`git -C {path} fetch`",
            )
        _write_tree(top / path, inner, tree / path, repository.with_name(f"{repository.name}-"))


def _skipped(directory: Path, environment: Mapping[str, str]) -> frozenset[str]:
    """The files of an index that are not checked out because of a sparse checkout."""
    words = ("ls-files", "-z", "-t", "--cached")
    listed = _must(git(directory, *_ASIDE, *words, environment=environment)).stdout.split("\0")
    return frozenset(each[len(_SKIPPED) :] for each in listed if each.startswith(_SKIPPED))


def _leave_out(top: Path, tree: Path, skipped: frozenset[str], there: Mapping[str, str]) -> None:
    """Make a commit's tree contain the same files as a work tree that skips some of them.

    git has applied the patterns of a sparse checkout. But a file may be skipped for another reason,
        and a file outside of the patterns may exist anyway.
    """
    for path in skipped:
        if not os.path.lexists(top / path):
            (tree / path).unlink(missing_ok=True)
    missing = [path for path in _skipped(tree, there) if os.path.lexists(top / path)]
    if missing:
        listed = "".join(f"{path}\0" for path in sorted(missing))
        for words in (("update-index", "--no-skip-worktree"), ("checkout-index", "--force")):
            command = (*_ASIDE, *words, "-z", "--stdin")
            _must(git(tree, *command, environment=there, stdin=listed))


def _check_same_commit(top: Path, path: str, commit: str) -> None:
    """Check that a submodule that is not checked out is at the same commit on both sides."""
    now = git(top, "--literal-pathspecs", "ls-files", "--stage", "--", path).stdout
    if not now.startswith(f"{_SUBMODULE} "):
        raise ConfigError(f"the submodule `{path}` and its files no longer exist here")
    if f" {commit} " not in now:
        raise UsageError(
            f"the submodule `{path}` is not checked out, and its commit has changed",
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
        raise UnavailableError(f"git failed: {done.stderr.strip() or done.returncode}")
    return done
