"""Files of the tree that flags of ``go build`` name, and the tree as those flags change it."""

from __future__ import annotations

import json
import posixpath
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from msbuild.plugin.api import ConfigError, paths, remembered
from msbuild_go.flags import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from msbuild.plugin.api import Location, Sources
    from msbuild_go.flags import GoFlags

Answer = TypeVar("Answer")


class Overlaid:
    """A source tree in which some files stand for others, as ``go build -overlay`` sees it.

    Args:
        sources: the tree, which lives longer.
        instead: what is read for a path; ``None`` where it is as if there were no such file.
    """

    def __init__(self, sources: Sources, instead: Mapping[str, str | None]) -> None:
        # it is remembered with the tree, and must not keep it
        self._reference = weakref.ref(sources)
        self._instead = instead

    @property
    def _sources(self) -> Sources:
        sources = self._reference()
        if sources is None:
            raise AssertionError("a tree is gone that is still asked")
        return sources

    def exists(self, path: str) -> bool:
        """Whether ``path`` is a file or a directory of the tree."""
        path = paths.normalize(path)
        if path in self._instead:
            return self._instead[path] is not None
        return self._sources.exists(path) or bool(self._added(path))

    def read(self, path: str) -> str:
        """The text of a file."""
        return self._sources.read(self._behind(path))

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """What a function makes of the text of a file."""
        return self._sources.scan(self._behind(path), scanner)

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files right in a directory, sorted."""
        directory = paths.normalize(directory)
        own = {posixpath.join(directory, name) for name in self._sources.names(directory)}
        changed = self._changed(own, (p for p in self._added(directory)))
        return tuple(
            sorted(posixpath.basename(p) for p in changed if posixpath.dirname(p) == directory)
        )

    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory, sorted."""
        return tuple(sorted(self._changed(self._sources.files(directory), self._added(directory))))

    def ignored(self, directory: str) -> tuple[str, ...]:
        """The files below a directory that ignore rules leave out, sorted."""
        return self._sources.ignored(directory)

    def ignored_by(self, path: str) -> str:
        """The rule that leaves a path out."""
        return self._sources.ignored_by(path)

    def real(self, files: Mapping[str, str]) -> dict[str, str]:
        """Files of this tree as files of the one on the disk, each with its reason."""
        found: dict[str, str] = {}
        for path, reason in files.items():
            target = self._instead.get(path, path)
            if target is not None:
                found.setdefault(target, reason)
            # what is there is seen, though not read
            if target != path and self._sources.exists(path):
                found.setdefault(path, reason)
        return found

    def _behind(self, path: str) -> str:
        path = paths.normalize(path)
        target = self._instead.get(path, path)
        if target is None:
            raise FileNotFoundError(path)
        return target

    def _added(self, directory: str) -> list[str]:
        below = f"{paths.normalize(directory)}/" if paths.normalize(directory) else ""
        return [p for p, target in self._instead.items() if target and p.startswith(below)]

    def _changed(self, own: Iterable[str], added: Iterable[str]) -> set[str]:
        return {p for p in own if self._instead.get(p, p) is not None} | set(added)


def overlaid(flags: GoFlags, root: str, sources: Sources, at: Location) -> Sources:
    """The source tree as ``-overlay`` and ``-modfile`` make it.

    Args:
        flags: the flags of the builder.
        root: the directory in which go is run.
        sources: the source tree.
        at: where the flags are given.

    Raises:
        ConfigError: a flag names what is not there, or no part of the tree.
    """
    if "overlay" not in flags and "modfile" not in flags:
        return sources
    question = (flags, root)
    return remembered(sources, question, lambda: _overlaid(flags, root, sources, at))


def named_files(flags: GoFlags, root: str, sources: Sources, at: Location) -> dict[str, str]:
    """The files that flags with one file for a value name, each with the reason.

    Args:
        flags: the flags of the builder.
        root: the directory in which go is run.
        sources: the source tree.
        at: where the flags are given.

    Raises:
        ConfigError: a flag names what is not there, or no part of the tree.
    """
    found: dict[str, str] = {}
    for name in ("overlay", "modfile", "pgo"):
        value = flags.value(name)
        if not value or (name == "pgo" and value in {"auto", "off"}):
            continue
        path = inside(f"-{name}={value}", root, value, at)
        if not sources.exists(path):
            raise _wrong(name, value, f"and there is no `{path}`", at)
        found[path] = f"named by the flag `-{name}`"
    if value := flags.value("modfile"):
        sums = f"{posixpath.splitext(paths.join(root, value))[0]}.sum"
        if sources.exists(sums):
            found[sums] = "the sums of what `-modfile` names"
    for target in filter(None, _replaced(flags, root, sources, at).values()):
        found[target] = "stands in for another file by `-overlay`"
    for path in _programs(flags.value("toolexec"), root, sources):
        found[path] = "named by the flag `-toolexec`"
    return found


def real_files(files: Iterable[str] | Mapping[str, str], sources: Sources) -> dict[str, str]:
    """Files of a tree as files on the disk, each with its reason, if it has one."""
    reasons = files if isinstance(files, Mapping) else dict.fromkeys(files, "")
    return sources.real(reasons) if isinstance(sources, Overlaid) else dict(reasons)


def inside(flag: str, root: str, value: str, at: Location) -> str:
    """A path that a flag names, from the source root.

    Raises:
        ConfigError: it leaves the source tree.
    """
    path = paths.join(root, value)
    if paths.is_outside(path):
        raise ConfigError(
            f"`{flag}` names a file outside the source tree",
            hint="steps see the source tree alone; put the file into it and name it relative to "
            f"`{root or '.'}`, where go is run",
            at=at,
        )
    return path


def _programs(command: str, root: str, sources: Sources) -> Iterator[str]:
    """The files of the tree that a command names; of a directory all of them."""
    for word in words_of(command):
        path = paths.join(root, word)
        if "/" in word and not paths.is_outside(path) and path != root:
            yield from sources.files(path) or ((path,) if sources.exists(path) else ())


def _overlaid(flags: GoFlags, root: str, sources: Sources, at: Location) -> Overlaid:
    instead: dict[str, str | None] = {}
    if value := flags.value("modfile"):
        path = inside(f"-modfile={value}", root, value, at)
        if not sources.exists(path):
            raise _wrong("modfile", value, f"and there is no `{path}`", at)
        sums = f"{posixpath.splitext(path)[0]}.sum"
        instead[posixpath.join(root, "go.mod")] = path
        instead[posixpath.join(root, "go.sum")] = sums if sources.exists(sums) else None
    return Overlaid(sources, {**instead, **_replaced(flags, root, sources, at)})


def _replaced(flags: GoFlags, root: str, sources: Sources, at: Location) -> dict[str, str | None]:
    """What ``-overlay`` puts into the place of files of the tree."""
    value = flags.value("overlay")
    if not value:
        return {}
    path = inside(f"-overlay={value}", root, value, at)
    if not sources.exists(path):
        return {}
    found: dict[str, str | None] = {}
    for name, target in _pairs_of(sources.read(path), value, at).items():
        key = paths.join(root, name)
        file = inside(f"-overlay={value}", root, target, at) if target else None
        if file and not sources.exists(file):
            raise _wrong("overlay", value, f"which names `{target}`, and there is no `{file}`", at)
        found[key] = file
    return found


def _pairs_of(text: str, value: str, at: Location) -> dict[str, str]:
    try:
        content: Any = json.loads(text)
        pairs = content.get("Replace") or {}
        if all(isinstance(each, str) for pair in pairs.items() for each in pair):
            return dict(pairs)
    except (ValueError, AttributeError, RecursionError):
        pass
    raise _wrong("overlay", value, 'which is not `{"Replace": {"FILE": "FILE"}}`', at)


def _wrong(flag: str, value: str, what: str, at: Location) -> ConfigError:
    return ConfigError(
        f"the builder's flags have `-{flag}={value}`, {what}",
        hint="paths in flags are seen from the directory of `go.mod` or `go.work`, where go is run",
        at=at,
    )
