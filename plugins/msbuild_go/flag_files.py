"""Files of the tree that flags of ``go build`` name, and the tree as ``-overlay`` changes it."""

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
    """A source tree in which some files replace others, as ``go build -overlay`` sees it.

    Args:
        sources: the tree, which outlives this one.
        replaced: the file to read for a path; ``None`` if the path appears not to exist.
    """

    def __init__(self, sources: Sources, replaced: Mapping[str, str | None]) -> None:
        # this is cached with the tree, and must not keep it alive
        self._reference = weakref.ref(sources)
        self._replaced = replaced

    @property
    def _sources(self) -> Sources:
        sources = self._reference()
        if sources is None:
            raise AssertionError("the source tree no longer exists")
        return sources

    def exists(self, path: str) -> bool:
        """Whether ``path`` is a file or a directory of the tree."""
        path = paths.normalize(path)
        if path in self._replaced:
            return self._replaced[path] is not None
        return self._sources.exists(path) or bool(self._added(path))

    def read(self, path: str) -> str:
        """The text of a file."""
        return self._sources.read(self._path_on_disk(path))

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """A function's result for the text of a file."""
        return self._sources.scan(self._path_on_disk(path), scanner)

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files directly in a directory, sorted."""
        directory = paths.normalize(directory)
        own = {posixpath.join(directory, name) for name in self._sources.names(directory)}
        changed = map(posixpath.split, self._changed(own, self._added(directory)))
        return tuple(sorted(name for parent, name in changed if parent == directory))

    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory, sorted."""
        return tuple(sorted(self._changed(self._sources.files(directory), self._added(directory))))

    def find(self, directory: str, name: str) -> tuple[str, ...]:
        """The files of a name below a directory, sorted."""
        return tuple(path for path in self.files(directory) if posixpath.basename(path) == name)

    def ignored(self, directory: str) -> tuple[str, ...]:
        """The files below a directory that ignore rules exclude, sorted."""
        return self._sources.ignored(directory)

    def ignored_by(self, path: str) -> str:
        """The rule that excludes a path."""
        return self._sources.ignored_by(path)

    def real(self, files: Mapping[str, str]) -> dict[str, str]:
        """The files on disk behind files of this tree, each with its reason."""
        on_disk: dict[str, str] = {}
        for path, reason in files.items():
            target = self._replaced.get(path, path)
            if target is not None:
                on_disk.setdefault(target, reason)
            # a replaced file is not read, but go sees that it exists
            if target != path and self._sources.exists(path):
                on_disk.setdefault(path, reason)
        return on_disk

    def _path_on_disk(self, path: str) -> str:
        path = paths.normalize(path)
        target = self._replaced.get(path, path)
        if target is None:
            raise FileNotFoundError(path)
        return target

    def _added(self, directory: str) -> list[str]:
        below = f"{paths.normalize(directory)}/" if paths.normalize(directory) else ""
        return [
            path for path, target in self._replaced.items() if target and path.startswith(below)
        ]

    def _changed(self, own: Iterable[str], added: Iterable[str]) -> set[str]:
        return {path for path in own if self._replaced.get(path, path) is not None} | set(added)


def overlaid(flags: GoFlags, root: str, sources: Sources, at: Location) -> Sources:
    """The source tree as ``-overlay`` and ``-modfile`` change it.

    Args:
        flags: the flags of the builder.
        root: the directory in which go runs.
        sources: the source tree.
        at: the location of the flags.

    Raises:
        ConfigError: a flag names a file that doesn't exist or is outside the tree.
    """
    if "overlay" not in flags and "modfile" not in flags:
        return sources
    question = (flags, root)
    return remembered(sources, question, lambda: _overlaid(flags, root, sources, at))


def named_files(flags: GoFlags, root: str, sources: Sources, at: Location) -> dict[str, str]:
    """The files that flags name, each with the reason.

    Args:
        flags: the flags of the builder.
        root: the directory in which go runs.
        sources: the source tree.
        at: the location of the flags.

    Raises:
        ConfigError: a flag names a file that doesn't exist or is outside the tree.
    """
    files: dict[str, str] = {}
    for name in ("overlay", "modfile", "pgo"):
        value = flags.value(name)
        if not value or (name == "pgo" and value in {"auto", "off"}):
            continue
        path = inside(f"-{name}={value}", root, value, at)
        if not sources.exists(path):
            raise _flag_error(name, value, f"but `{path}` does not exist", at)
        files[path] = f"named by the flag `-{name}`"
    if value := flags.value("modfile"):
        sums = f"{posixpath.splitext(paths.join(root, value))[0]}.sum"
        if sources.exists(sums):
            files[sums] = "the checksums for `-modfile`"
    for target in filter(None, _replaced(flags, root, sources, at).values()):
        files[target] = "replaces another file through `-overlay`"
    for path in _programs(flags.value("toolexec"), root, sources):
        files[path] = "named by the flag `-toolexec`"
    return files


def real_files(files: Iterable[str] | Mapping[str, str], sources: Sources) -> dict[str, str]:
    """The files on disk behind files of a tree, each with its reason, if it has one."""
    reasons = files if isinstance(files, Mapping) else dict.fromkeys(files, "")
    return sources.real(reasons) if isinstance(sources, Overlaid) else dict(reasons)


def inside(flag: str, root: str, value: str, at: Location) -> str:
    """The path, from the source root, of a path in a flag.

    Raises:
        ConfigError: it leaves the source tree.
    """
    path = paths.join(root, value)
    if paths.is_outside(path):
        raise ConfigError(
            f"`{flag}` names a file outside the source tree",
            hint="steps see only the source tree; move the file into it and use a path relative to "
            f"`{root or '.'}`, where go runs",
            at=at,
        )
    return path


def _programs(command: str, root: str, sources: Sources) -> Iterator[str]:
    """The files of the tree that a command names; all files of a directory."""
    for word in words_of(command):
        path = paths.join(root, word)
        if "/" in word and not paths.is_outside(path) and path != root:
            yield from sources.files(path) or ((path,) if sources.exists(path) else ())


def _overlaid(flags: GoFlags, root: str, sources: Sources, at: Location) -> Overlaid:
    replaced: dict[str, str | None] = {}
    if value := flags.value("modfile"):
        path = inside(f"-modfile={value}", root, value, at)
        if not sources.exists(path):
            raise _flag_error("modfile", value, f"but `{path}` does not exist", at)
        sums = f"{posixpath.splitext(path)[0]}.sum"
        replaced[posixpath.join(root, "go.mod")] = path
        replaced[posixpath.join(root, "go.sum")] = sums if sources.exists(sums) else None
    return Overlaid(sources, {**replaced, **_replaced(flags, root, sources, at)})


def _replaced(flags: GoFlags, root: str, sources: Sources, at: Location) -> dict[str, str | None]:
    """The replacements of files by ``-overlay``."""
    value = flags.value("overlay")
    if not value:
        return {}
    path = inside(f"-overlay={value}", root, value, at)
    if not sources.exists(path):
        return {}
    replacements: dict[str, str | None] = {}
    for name, target in _parse_overlay(sources.read(path), value, at).items():
        key = paths.join(root, name)
        file = inside(f"-overlay={value}", root, target, at) if target else None
        if file and not sources.exists(file):
            raise _flag_error(
                "overlay", value, f"which names `{target}`, but `{file}` does not exist", at
            )
        replacements[key] = file
    return replacements


def _parse_overlay(text: str, value: str, at: Location) -> dict[str, str]:
    try:
        content: Any = json.loads(text)
        pairs = content.get("Replace") or {}
        if all(isinstance(path, str) for pair in pairs.items() for path in pair):
            return dict(pairs)
    except (ValueError, AttributeError, RecursionError):
        pass
    raise _flag_error("overlay", value, 'which is not `{"Replace": {"FILE": "FILE"}}`', at)


def _flag_error(flag: str, value: str, problem: str, at: Location) -> ConfigError:
    return ConfigError(
        f"the builder's flags contain `-{flag}={value}`, {problem}",
        hint="paths in flags are relative to the directory of `go.mod` or `go.work`, where go runs",
        at=at,
    )
