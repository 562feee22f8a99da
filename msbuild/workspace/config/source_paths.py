"""Checks that the paths in a config exist below the source root, and explains why not."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from msbuild.sources.globs import files_of, is_glob
from msbuild.sources.links import Place
from msbuild.workspace.config.formats import LONGEST_PATH
from msbuild.workspace.config.problems import Meant, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.model import Location
    from msbuild.sources.tree import SourceTree
    from msbuild.workspace.config.problems import Problems


class SourcePaths:
    """The paths below a source root. Links within it count, except for a service's directory.

    Args:
        tree: the source tree.
        problems: receives the problems.
    """

    def __init__(self, tree: SourceTree, problems: Problems) -> None:
        self._root = tree.root
        self._problems = problems
        self._tree = tree

    def exists(self, path: str) -> bool:
        """Whether the tree has a file or directory at a path, or a link within it to one."""
        return isinstance(self._tree.place(path), Place)

    def is_directory(self, path: str) -> bool:
        """Whether the tree has a directory at a path, without links on the way."""
        place = self._tree.place(path)
        return isinstance(place, Place) and place.is_directory and not place.links

    def is_foreign(self, path: str) -> bool:
        """Whether a directory is a clone or a work tree that git does not track."""
        return self._tree.is_foreign(path)

    def warn_of_foreign(self, paths: list[str]) -> None:
        """Warn that `discover` skipped such directories."""
        if paths:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            self._tree.warn(
                f"`discover` skips {shown(paths[0])}{more}: a clone or work tree that this "
                "repository does not track"
            )

    def directories(self, path: str) -> Iterator[str]:
        """The direct subdirectories that are not hidden, sorted, as paths from the root."""
        for name in self._tree.directories(path):
            child = posixpath.join(path, name)
            fits = not name.startswith(".") and len(child) <= LONGEST_PATH
            if fits and self.is_directory(child):
                yield child

    def expect(self, path: str, at: Location, *, directory: bool = False) -> None:
        """Add a problem if a path does not exist.

        Args:
            path: the path.
            at: its location in the config.
            directory: whether it must be a directory.
        """
        if inside := self._tree.missing_submodule(path):
            self._problems.add(
                at,
                f"{shown(path)} is in the submodule `{inside}`, which is not checked out",
                f"`git submodule update --init {inside}`",
            )
        elif not (self.is_directory(path) if directory else self.exists(path)):
            self._explain(_clean(path), at, directory=directory)

    def expect_files(self, path: str, at: Location) -> None:
        """Add a problem if a path does not exist, or if a glob matches no file.

        Args:
            path: a file, a directory or a glob.
            at: its location in the config.
        """
        if not is_glob(path) or self.exists(path):
            self.expect(path, at)
        elif not files_of(path, self._tree):
            message = f"{shown(path)} matches no file"
            self._problems.add(at, message, "ignored files do not match; `**` matches any depth")

    def _explain(self, path: str, at: Location, *, directory: bool) -> None:
        for step in _steps(path):
            full = self._root / step
            if os.path.islink(full):  # noqa: PTH114 - also returns False for names that are too long
                self._explain_link(path, step, at)
                return
            if not os.path.lexists(full):
                self._explain_missing(path, step, at)
                return
        if directory and not (self._root / path).is_dir():
            self._problems.add(
                at, f"{shown(path)} is not a directory", "use the directory it is in"
            )
        else:
            rule = self._tree.ignored_by(path)
            self._problems.add(
                at,
                f"{shown(path)} is ignored",
                f"by {rule}" if rule else "it belongs to version control",
            )

    def _explain_missing(self, path: str, step: str, at: Location) -> None:
        parent, name = posixpath.split(step)
        try:
            known = os.listdir(self._root / parent)  # noqa: PTH208 - names are what is needed
        except OSError:
            known = []
        prefix = f"{parent}/" if parent else ""
        hint = None if step == path else f"{shown(step)} does not exist"
        self._problems.add(at, f"{shown(path)} does not exist", hint, Meant(name, known, prefix))

    def _explain_link(self, path: str, step: str, at: Location) -> None:
        root = os.path.realpath(self._root)
        real = os.path.realpath(self._root / step)
        inside = os.path.commonpath([root, real]) == root
        target = os.path.relpath(real, root)
        link = f"{shown(step)} is a symbolic link to {shown(self._tree.link_text(step))}"
        if not os.path.exists(real):  # noqa: PTH110 - already resolved
            self._problems.add(at, link, "the target does not exist")
        elif inside:
            message = link if step == path else f"{shown(path)} does not exist: {link}"
            self._problems.add(at, message, f"use its target: {shown(target)}")
        else:
            message = f"{shown(path)} leaves the source root: {link}"
            self._problems.add(at, message, "sources must be below the source root")


def _clean(path: str) -> str:
    return "" if path == "." else path


def _steps(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[: end + 1]) for end in range(len(parts)))
