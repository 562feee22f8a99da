"""Where files are: in the build context, and in containers. Pure."""

from __future__ import annotations

import os
import posixpath
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.model import Copy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from msbuild.model import Stage

# Cannot collide with a source file: those are below the name of their stage, and stage names have
# no leading dot.
CA_IN_CONTEXT = ".msbuild-ca.pem"
CA_IN_CONTAINER = "/run/msbuild-ca.pem"

WORKDIR = "/work"
OUT = "/out"
CACHE = "/cache"
# Control characters cannot be in a line, and invalid UTF-8 cannot be in text: `?` matches either.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_PATTERN = re.compile(r"[*?\[\]\\]")
_SPECIAL = re.compile(r"[*?\[\]\\+(){}^|]")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a Dockerfile refers to its context.

    Attributes:
        by_step: every ``Copy`` has its own directory in the context, so that a stage can read
            exactly its own files. Otherwise the context is the source root.
        ca: downloading steps trust the CA bundle in the context.
    """

    by_step: bool
    ca: bool = False


EXECUTED = Layout(by_step=True)
EXPORTED = Layout(by_step=False)


def step_directory(stage: Stage, index: int) -> str:
    """The directory of the context for step number ``index`` of a stage."""
    return f"{stage.name}/{index}"


def context_paths(stages: Sequence[Stage]) -> Mapping[str, str]:
    """The context of ``stages``: every path in it, with its source file."""
    return {
        f"{step_directory(stage, index)}/{step.placed(path).lstrip('/')}": path
        for stage in stages
        for index, step in enumerate(stage.steps)
        if isinstance(step, Copy)
        for path in step.files
    }


def in_container(value: str) -> str:
    """A value with a leading ``$OUT`` or ``$CACHE`` replaced by its directory."""
    for name, directory in (("$OUT", OUT), ("$CACHE", CACHE)):
        if value == name or value.startswith(f"{name}/"):
            return directory + value.removeprefix(name)
    return value


def ignore_file(files: Collection[str], root: Path) -> str:
    """The ignore file that admits ``files`` and nothing else that is below ``root`` now.

    A directory is listed instead of its files if it contains nothing else, to need fewer lines.

    Args:
        files: relative to the root.
        root: the root of the context.
    """
    below: dict[str, set[str]] = defaultdict(set)
    for file in files:
        path = file
        while path:
            below[posixpath.dirname(path)].add(path)
            path = posixpath.dirname(path)
    lines = [f"!{_escaped(path)}" for path in _admitted("", set(files), below, root)]
    return "".join(f"{line}\n" for line in ("*", *lines))


def _admitted(
    directory: str, files: Collection[str], below: Mapping[str, Collection[str]], root: Path
) -> Iterator[str]:
    for path in sorted(below[directory]):
        if path in files or _holds_only(path, files, root):
            yield path
        else:
            yield from _admitted(path, files, below, root)


def _holds_only(directory: str, files: Collection[str], root: Path) -> bool:
    """Whether everything in a directory is among ``files``; an empty directory counts as extra."""
    with os.scandir(root / directory) as found:
        entries = [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
    return bool(entries) and all(
        _holds_only(f"{directory}/{name}", files, root)
        if is_directory
        else f"{directory}/{name}" in files
        for name, is_directory in entries
    )


def _escaped(path: str) -> str:
    """A pattern that matches exactly one path."""
    stripped = path.strip()
    if _PATTERN.search(path) or stripped != path:
        # Docker turns a pattern with such characters into a regular expression
        path = _SPECIAL.sub(lambda found: f"\\{found[0]}", path)
        start = len(path) - len(path.lstrip())
        end = max(start, len(path.rstrip()))
        path = _in_class(path[:start]) + path[start:end] + _in_class(path[end:])
    return _UNWRITABLE.sub("?", path)


def _in_class(spaces: str) -> str:
    """Spaces that Docker does not strip."""
    return "".join(f"[{space}]" for space in spaces)


def fold(files: Collection[str], context: Collection[str]) -> list[tuple[tuple[str, ...], str]]:
    """Sources and parent directory of the ``COPY`` instructions that copy exactly ``files``.

    Args:
        files: the files to copy.
        context: all files of the context; the ignore file excludes any others.

    Returns:
        Files of one directory, with that directory; or a directory alone, with itself.
    """
    wanted, available = set(files), _count_below(context)
    complete = {each for each, count in _count_below(wanted).items() if count == available[each]}
    # never the root of the context: without an ignore file that would copy the whole tree
    complete.discard("")
    by_parent: dict[str, list[str]] = defaultdict(list)
    directories: set[str] = set()
    for path in sorted(wanted):
        outermost = next((each for each in _above(path) if each in complete), None)
        if outermost is None:
            by_parent[posixpath.dirname(path)].append(path)
        else:
            directories.add(outermost)
    copies = [(tuple(paths), parent) for parent, paths in by_parent.items()]
    copies += [((directory,), directory) for directory in directories]
    return sorted(copies, key=lambda copy: (copy[1].split("/") if copy[1] else [], copy[0]))


def copies_directory(copy: tuple[tuple[str, ...], str]) -> bool:
    """Whether a result of ``fold`` copies a directory."""
    return copy[0] == (copy[1],)


def _count_below(files: Iterable[str]) -> Counter[str]:
    """The number of files in every directory, at any depth."""
    return Counter(directory for path in files for directory in _above(path))


def _above(path: str) -> Iterator[str]:
    """The directories above a path, outermost first; the root is the empty string."""
    parts = path.split("/")[:-1]
    return ("/".join(parts[:depth]) for depth in range(len(parts) + 1))
