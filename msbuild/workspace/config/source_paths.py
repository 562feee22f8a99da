"""Whether the paths of a config are there, inside of the source root, and why not."""

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
    """Paths below a source root, through links that stay there; a service is at no link.

    Args:
        tree: the source tree.
        problems: where problems are noted.
    """

    def __init__(self, tree: SourceTree, problems: Problems) -> None:
        self._root = tree.root
        self._problems = problems
        self._tree = tree

    def holds(self, path: str) -> bool:
        """Whether the tree has such a file or directory, or a link within it to one."""
        return isinstance(self._tree.place(path), Place)

    def is_directory(self, path: str) -> bool:
        """Whether the tree has such a directory, reached through no link."""
        place = self._tree.place(path)
        return isinstance(place, Place) and place.is_directory and not place.links

    def is_foreign(self, path: str) -> bool:
        """Whether a directory is a clone or a work tree that git does not track."""
        return self._tree.is_foreign(path)

    def warn_of_foreign(self, paths: list[str]) -> None:
        """Say that such directories were left out where services were looked for."""
        if paths:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            self._tree.warn(
                f"`discover` leaves {shown(paths[0])}{more} out: a clone or work tree of its own "
                "that git does not track here"
            )

    def directories(self, path: str) -> Iterator[str]:
        """The directories right in one that are not hidden, sorted; as paths from the root."""
        for name in self._tree.directories(path):
            child = posixpath.join(path, name)
            fits = not name.startswith(".") and len(child) <= LONGEST_PATH
            if fits and self.is_directory(child):
                yield child

    def expect(self, path: str, at: Location, *, directory: bool = False) -> None:
        """Note a problem if a path is not there.

        Args:
            path: the path.
            at: where the config has it.
            directory: it must be a directory.
        """
        if inside := self._tree.missing_submodule(path):
            self._problems.add(
                at,
                f"{shown(path)} is in the submodule `{inside}`, which is not checked out",
                f"`git submodule update --init {inside}`",
            )
        elif not (self.is_directory(path) if directory else self.holds(path)):
            self._explain(_clean(path), at, directory=directory)

    def expect_files(self, path: str, at: Location) -> None:
        """Note a problem if a path is not there, or if a glob matches no file.

        Args:
            path: a file, a directory or a glob.
            at: where the config has it.
        """
        if not is_glob(path) or self.holds(path):
            self.expect(path, at)
        elif not files_of(path, self._tree):
            message = f"{shown(path)} matches no file"
            self._problems.add(at, message, "ignored files are left out; `**` is any depth")

    def _explain(self, path: str, at: Location, *, directory: bool) -> None:
        for step in _steps(path):
            full = self._root / step
            if os.path.islink(full):  # noqa: PTH114 - says no where a name is too long for a file
                self._explain_link(path, step, at)
                return
            if not os.path.lexists(full):
                self._explain_missing(path, step, at)
                return
        if directory and not (self._root / path).is_dir():
            self._problems.add(at, f"{shown(path)} is no directory", "name the directory it is in")
        else:
            rule = self._tree.ignored_by(path)
            self._problems.add(
                at,
                f"{shown(path)} is ignored",
                f"by {rule}" if rule else "version control keeps it out of the sources",
            )

    def _explain_missing(self, path: str, step: str, at: Location) -> None:
        parent, name = posixpath.split(step)
        try:
            known = os.listdir(self._root / parent)  # noqa: PTH208 - names are what is needed
        except OSError:
            known = []
        prefix = f"{parent}/" if parent else ""
        hint = None if step == path else f"there is no {shown(step)}"
        self._problems.add(at, f"{shown(path)} does not exist", hint, Meant(name, known, prefix))

    def _explain_link(self, path: str, step: str, at: Location) -> None:
        root = os.path.realpath(self._root)
        real = os.path.realpath(self._root / step)
        inside = os.path.commonpath([root, real]) == root
        target = os.path.relpath(real, root)
        link = f"{shown(step)} is a symbolic link to {shown(self._tree.link_text(step))}"
        if not os.path.exists(real):  # noqa: PTH110 - a text that is resolved already
            self._problems.add(at, link, "it leads nowhere")
        elif inside:
            message = link if step == path else f"{shown(path)} does not exist: {link}"
            self._problems.add(at, message, f"name what it points to: {shown(target)}")
        else:
            message = f"{shown(path)} leaves the source root: {link}"
            self._problems.add(at, message, "sources stay below the source root")


def _clean(path: str) -> str:
    return "" if path == "." else path


def _steps(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[: end + 1]) for end in range(len(parts)))
