"""What commands may read that CMake runs, now or when it builds: their words, and scripts."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild_cpp.nested import MANIFESTS, has_manifest, is_builder, leading_out
from msbuild_cpp.script_files import Surroundings, is_script, listed_by, surroundings_of
from msbuild_cpp.values import without_conditions
from msbuild_cpp.words import named_by, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild_cpp.frame import Frame

_SHELL = re.compile(r"[\s;|&<>`]")
_SHOWN = re.compile(r"/@source[^\s\"'`;|&<>()]*")


def read_by(
    frame: Frame,
    words: Sequence[str],
    homes: Sequence[str],
    reason: str,
    *,
    builds: Sequence[str] = (),
) -> Surroundings:
    """What a command may read.

    Args:
        frame: where the command is named.
        words: the command, all choices among them.
        homes: the directories of the tree that it is run in, as far as they are known.
        reason: why it is run.
        builds: directories that it builds.
    """
    reading = _Reading(frame, tuple(dict.fromkeys(homes)), reason)
    for before, value in zip(("", *words), words, strict=False):
        reading.word(value, before)
    if any(map(is_builder, words)):
        builds = (*builds, *(each for each in homes if has_manifest(each, frame.world.tree)))
    for directory in dict.fromkeys(builds):
        reading.take(directory)
    return reading.result()


@dataclass(slots=True)
class _Reading:
    """Collects what the words of a command name."""

    frame: Frame
    homes: tuple[str, ...]
    reason: str
    found: Surroundings = field(default_factory=Surroundings)
    scripts: dict[str, None] = field(default_factory=dict)

    def word(self, value: str, before: str) -> None:
        """Take what one word names."""
        for path in self._files(value):
            self.file(path)
        for path in self._directories(value):
            self.take(path)
        if _SHELL.search(value):
            self._line(value)
        elif before == "-m":
            self.scripts.update(dict.fromkeys(self._module(value)))

    def file(self, path: str) -> None:
        """Take a file, and what it names if it is a list of files."""
        tree = self.frame.world.tree
        if is_script(path, tree):
            self.scripts.setdefault(path)
        else:
            self.found.files.setdefault(path, self.reason)
            for each in listed_by(path, (*self.homes, self.frame.directory.path), tree):
                self.found.files.setdefault(each, f"named by {path}")
        home = posixpath.dirname(path)
        if posixpath.basename(path) in MANIFESTS and home not in ("", tree.root):
            self.take(home)

    def take(self, directory: str) -> None:
        """Take a directory whole, and what a build in it names outside of it."""
        self.found.taken.setdefault(directory, self.reason)
        if has_manifest(directory, self.frame.world.tree):
            files, directories = leading_out(directory, self.frame.world.tree)
            self.found.files = {**files, **self.found.files}
            self.found.taken = {**directories, **self.found.taken}

    def result(self) -> Surroundings:
        """What was named, and what the scripts among it may read."""
        given = bool(self.found.taken or self.found.files)
        for path in self.scripts:
            tree = self.frame.world.tree
            more = surroundings_of(path, self.reason, self.homes, tree, given=given)
            self.found.files = {**more.files, **self.found.files}
            self.found.taken = {**more.taken, **self.found.taken}
        return self.found

    def _files(self, value: str) -> list[str]:
        found: list[str] = []
        for text in _texts(value):
            found += self.frame.paths(text)
            found += [path for path in self._at_home(text) if self.frame.world.tree.is_file(path)]
        return list(dict.fromkeys(found))

    def _directories(self, value: str) -> list[str]:
        """Directories that are arguments; one that holds this one only says where to run."""
        here = f"{self.frame.directory.path}/"
        tree = self.frame.world.tree
        found: list[str] = []
        for text in _texts(value):
            if "/" in text:
                found += self.frame.paths(text, directories=True)
            found += [path for path in self._at_home(text) if tree.has_directory(path)]
        return [path for path in dict.fromkeys(found) if path and not here.startswith(f"{path}/")]

    def _at_home(self, text: str) -> list[str]:
        """What a relative path means where the command is run."""
        if "/@" in text or "\n" in text or text.startswith("-") or not re.search(r"\w", text):
            return []
        return [posixpath.normpath(posixpath.join(home, text)) for home in self.homes]

    def _line(self, value: str) -> None:
        """A line for a shell, or a program in a word: ``sh -c "…"``, ``python -c "…"``."""
        for word in _SHOWN.findall(value):
            for path in self.frame.paths(word):
                self.file(path)
            for path in self._directories(word):
                self.take(path)
        # below the root of the source tree is what was named in full
        text = _SHOWN.sub(lambda found: found[0].removeprefix("/@source/"), value)
        places = ("", *self.homes, self.frame.directory.path)
        named = named_by(words_of(text, bare=True), places, self.frame.world.tree)
        for path in named.files:
            self.file(path)
        for path in named.directories:
            if not f"{self.frame.directory.path}/".startswith(f"{path}/"):
                self.take(path)

    def _module(self, value: str) -> list[str]:
        """The scripts that `python -m` may run."""
        path = value.replace(".", "/")
        ends = (".py", "/__main__.py", "/__init__.py")
        # `PYTHONPATH` is a directory among the words
        homes = (*self.homes, *self.found.taken)
        places = [posixpath.join(home, f"{path}{end}") for home in homes for end in ends]
        return [each for each in places if self.frame.world.tree.is_file(each)]


def _texts(value: str) -> list[str]:
    """What may be a path in a word: ``-Idir``, ``--in=file``, ``@list``."""
    parts = without_conditions(value)
    parts += [part.split("=", 1)[1] for part in parts if "=" in part]
    parts += _SHOWN.findall(value)
    return list(dict.fromkeys(re.sub(r"^(?:-I|@)", "", part) for part in (value, *parts)))
