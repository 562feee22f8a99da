"""Stored results of stages: one directory each, complete or absent, verified before use."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from msbuild.errors import BuildError
from msbuild.execute.local.confined import DIRECTORY
from msbuild.execute.local.files import tidy
from msbuild.state.files import checksummed, read_regular, verify_checksum, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from msbuild.execute.local.sandboxes import Sandbox

_NOTE = "done.json"
# A separate file, because it may be large and copying an artifact does not need it.
_BASE_NOTE = "below.json"
_OUT, _BASE = ("out",), ("work", "cache")
MAX_DEPTH = 200
"""The maximum nesting of directories; each level needs an open file."""


@dataclass(frozen=True, slots=True)
class StageStore:
    """The stored result of a stage.

    Attributes:
        root: contains ``out``, and also ``work`` and ``cache`` if other stages are based on it.
        files: kind and SHA-256 of everything below ``out``, by relative path; includes only empty
            directories.
    """

    root: Path
    files: Mapping[str, tuple[str, str]]

    @property
    def out(self) -> Path:
        """The stage's ``$OUT``."""
        return self.root / "out"


def find(root: Path, *, complete: bool) -> StageStore | None:
    """The result stored in a directory, if it is complete and undamaged.

    Args:
        root: the directory; its name is the key of the stage.
        complete: whether more than ``$OUT`` is needed.
    """
    try:
        note = _checked(root, _NOTE, _OUT)
        if complete:
            _checked(root, _BASE_NOTE, _BASE)
        files = _files(note["out"])
        with suppress(OSError):
            # `msbuild prune` goes by the time of last use
            os.utime(root / _NOTE)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return StageStore(root, files)


def pack(sandbox: Sandbox, root: Path, *, key: str, stage: str, complete: bool) -> StageStore:
    """Store the result of a sandbox.

    Args:
        sandbox: the sandbox; its directories are moved.
        root: the directory to create.
        key: the key of the stage.
        stage: the name of the stage, for messages.
        complete: whether other stages may be based on it.

    Raises:
        BuildError: the stage created something that cannot be stored.
    """
    root.mkdir(mode=0o700, parents=True)
    for name in (*_OUT, *(_BASE if complete else ())):
        place: Path = getattr(sandbox, name)
        try:
            tidy(place, plain=name == "out")
        except (OSError, RecursionError) as error:
            raise BuildError(
                f"cannot store the contents of `{_NAMES[name]}`: {_reason(error)}", stage=stage
            ) from error
        place.rename(root / name)
    about = {"key": key, "stage": stage}
    out = survey(root / "out")
    if complete:
        base = {name: survey(root / name) for name in _BASE}
        write_atomically(root / _BASE_NOTE, [checksummed({**about, **base})])
    write_atomically(root / _NOTE, [checksummed({**about, "out": out})])
    return StageStore(root, _files(out))


_NAMES = {"out": "$OUT", "work": "the working directory", "cache": "$CACHE"}


def _reason(error: OSError | RecursionError) -> str:
    if isinstance(error, OSError):
        about = f"`{error.filename}`: " if error.filename else ""
        return f"{about}{(error.strerror or str(error)).lower()}"
    return "directories are nested too deeply"


def _checked(root: Path, note: str, names: tuple[str, ...]) -> dict[str, Any]:
    """The note about some directories, after checking that they match it.

    Raises:
        ValueError: they do not.
        OSError: something is missing.
    """
    known = verify_checksum(read_regular(root / note))
    if known["key"] != root.name:
        raise ValueError("the note belongs to another stage")
    touched = False
    for name in names:
        before = {path: Found(*values) for path, values in known[name].items()}
        now = survey(root / name, before)
        if now == before:
            continue
        exact = name != "out"
        if _contents(now, exact=exact) != _contents(before, exact=exact):
            raise ValueError("the files have changed")
        known[name], touched = now, True
    if touched:
        # restored from a backup, for example: record the new stats, to avoid hashing it again
        with suppress(OSError):
            write_atomically(
                root / note, [checksummed({k: v for k, v in known.items() if k != "seal"})]
            )
    return known


def _contents(found: Mapping[str, Found], *, exact: bool) -> dict[str, tuple[object, ...]]:
    """The digest for steps that read the files; with ``exact``, it includes modes and times."""
    return {path: each[: 4 if exact else 2] for path, each in found.items()}


def _files(found: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        path: (str(kind), str(digest))
        for path, (kind, digest, *_) in found.items()
        if kind not in ("parent", "other")
    }


def stage_of(root: Path) -> str:
    """The name of the stage, or ``?`` if it is unknown."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(verify_checksum(read_regular(root / _NOTE))["stage"])
    return "?"


def last_use(root: Path) -> float:
    """The time of last use, in seconds since the epoch."""
    for path in (root / _NOTE, root):
        with suppress(OSError):
            return path.stat().st_mtime
    return 0.0


class Found(NamedTuple):
    """An entry of a directory tree.

    Attributes:
        kind: ``file``, ``executable``, ``link``, ``directory`` (an empty one), ``parent`` (a
            non-empty one) or ``other`` (a pipe, a socket or a device).
        digest: SHA-256 of the bytes of a file or of the target of a link; else empty.
        mode: permission bits.
        mtime: time of modification, in ns.
        size, ctime, inode: from stat; 0 for directories.
    """

    kind: str
    digest: str
    mode: int
    mtime: int
    size: int
    ctime: int
    inode: int


def survey(directory: Path, known: Mapping[str, Found] | None = None) -> dict[str, Found]:
    """Everything below a directory, by relative path; links are not followed.

    The digests decide. But reading gigabytes in every build would take longer than the build, so
    only files whose stat has changed are hashed again.

    Args:
        directory: not a link to one.
        known: an earlier result; files with the same stat are not read again.

    Raises:
        OSError: something cannot be read.
    """
    found: dict[str, Found] = {}
    handle = os.open(directory, DIRECTORY)
    try:
        _survey(handle, "", found, known or {}, 0)
    finally:
        os.close(handle)
    return found


def _survey(
    handle: int, prefix: str, found: dict[str, Found], known: Mapping[str, Found], depth: int
) -> bool:
    """Survey an open directory; returns whether it has entries."""
    if depth > MAX_DEPTH:
        raise OSError(0, f"directories are nested deeper than {MAX_DEPTH} levels", prefix)
    names = sorted(os.listdir(handle))
    for name in names:
        path = f"{prefix}{name}"
        status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            inner = os.open(name, DIRECTORY, dir_fd=handle)
            try:
                full = _survey(inner, f"{path}/", found, known, depth + 1)
            finally:
                os.close(inner)
            mode = stat.S_IMODE(status.st_mode)
            found[path] = Found("parent" if full else "directory", "", mode, 0, 0, 0, 0)
        else:
            found[path] = _found(handle, name, status, known.get(path))
    return bool(names)


def _found(handle: int, name: str, status: os.stat_result, known: Found | None) -> Found:
    mode = stat.S_IMODE(status.st_mode)
    about = (mode, status.st_mtime_ns, status.st_size, status.st_ctime_ns, status.st_ino)
    if stat.S_ISLNK(status.st_mode):
        target = os.fsencode(os.readlink(name, dir_fd=handle))
        return Found("link", hashlib.sha256(target).hexdigest(), *about)
    if not stat.S_ISREG(status.st_mode):
        return Found("other", "", *about)
    kind = "executable" if mode & 0o111 else "file"
    if known is not None and known[2:] == about and known.kind == kind:
        return Found(kind, known.digest, *about)
    return Found(kind, _digest(handle, name), *about)


def _digest(handle: int, name: str) -> str:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=handle), "rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
