"""The names below a working directory: what the tree has, and what a sandbox would have."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MOST_LINKS = 40


class Names:
    """Files by path, and the directories that they make up.

    Args:
        files: the paths, relative.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self.files = frozenset(files)

    @cached_property
    def directories(self) -> Mapping[str, frozenset[str]]:
        """The names right in each directory; those of directories end with a slash."""
        found: dict[str, set[str]] = {"": set()}
        for path in self.files:
            self._enter(path, found)
        return {directory: frozenset(names) for directory, names in found.items()}

    @staticmethod
    def _enter(path: str, found: dict[str, set[str]]) -> None:
        directory, name = posixpath.split(path)
        while True:
            known = directory in found
            found.setdefault(directory, set()).add(name)
            if known or not directory:
                return
            directory, name = posixpath.split(directory)
            name += "/"

    def right_in(self, directory: str) -> frozenset[str]:
        """The names right in a directory; none where there is no such directory."""
        return self.directories.get(directory, frozenset())


@dataclass(frozen=True)
class Views:
    """What a stage is compared with.

    Attributes:
        tree: every file of the source tree.
        links: where the links among them lead, as they are written.
        declared: the files that the stage copies: its closure.
        below: files of the tree that the stages below copied and left as they were. They are no
            part of what decides this stage, but facts about them may be.
        made: other files that are there when the stage begins, or that stand for files of the tree:
            artifacts of other stages, stand-ins.
        is_ignored: whether a path is a file that is there and is no source.
    """

    tree: Names
    links: Mapping[str, str]
    declared: frozenset[str]
    below: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    is_ignored: Callable[[str], bool] = lambda _path: False
    _known: dict[str, tuple[tuple[str, ...], str | None]] = field(default_factory=dict)

    @cached_property
    def seen(self) -> Names:
        """Everything that is there by name when a build begins."""
        return Names({*self.declared, *self.below, *self.made})

    def resolve(self, path: str) -> tuple[tuple[str, ...], str | None]:
        """The links on the way to a path, and where it leads; nothing where it leaves the tree.

        Args:
            path: relative to the working directory; may have ``..`` in it.
        """
        if path not in self._known:
            self._known[path] = self._resolve(path)
        return self._known[path]

    def _resolve(self, path: str) -> tuple[tuple[str, ...], str | None]:
        waiting = path.split("/")[::-1]
        place: list[str] = []
        passed: list[str] = []
        while waiting:
            name = waiting.pop()
            if name in ("", "."):
                continue
            if name == "..":
                if not place:
                    return tuple(passed), None
                place.pop()
                continue
            place.append(name)
            link = "/".join(place)
            if link in self.links:
                target = self.links[link]
                passed.append(link)
                if target.startswith("/") or len(passed) > _MOST_LINKS:
                    return tuple(passed), None
                place.pop()
                waiting.extend(target.split("/")[::-1])
        return tuple(passed), "/".join(place)
