"""What stages left: a directory each, complete or not there, and checked before it is used."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.errors import BuildError
from msbuild.execute.local.cleanup import tidy
from msbuild.execute.local.inventory import Found, survey
from msbuild.state.files import checksummed, read_regular, verify_checksum, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from msbuild.execute.local.sandboxes import Sandbox

_NOTE = "done.json"
# Beside it, for it may be large, and who copies an artifact does not need it.
_BELOW = "below.json"
_OUT, _STANDING = ("out",), ("work", "cache")


@dataclass(frozen=True, slots=True)
class StageStore:
    """What a stage left.

    Attributes:
        root: holds ``out``, and ``work`` and ``cache`` where other stages stand on this one.
        files: kind and SHA-256 of everything below ``out``, by its path there; directories are
            among it if they are empty.
    """

    root: Path
    files: Mapping[str, tuple[str, str]]

    @property
    def out(self) -> Path:
        """The stage's ``$OUT``."""
        return self.root / "out"


def find(root: Path, *, whole: bool) -> StageStore | None:
    """What is kept in a directory, if it is complete and undamaged.

    Args:
        root: the directory; its name is what the stage is kept under.
        whole: whether more than ``$OUT`` is wanted.
    """
    try:
        note = _checked(root, _NOTE, _OUT)
        if whole:
            _checked(root, _BELOW, _STANDING)
        files = _files(note["out"])
        with suppress(OSError):
            # prune goes by when a thing was last of use
            os.utime(root / _NOTE)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return StageStore(root, files)


def pack(sandbox: Sandbox, root: Path, *, key: str, stage: str, whole: bool) -> StageStore:
    """Make of a sandbox what is kept of it.

    Args:
        sandbox: the sandbox; it is emptied.
        root: a directory that is not there yet.
        key: what the stage is kept under.
        stage: the name of the stage, for people.
        whole: whether other stages may stand on it.

    Raises:
        BuildFailure: the stage left what cannot be kept.
    """
    root.mkdir(mode=0o700, parents=True)
    for name in (*_OUT, *(_STANDING if whole else ())):
        place: Path = getattr(sandbox, name)
        try:
            tidy(place, plain=name == "out")
        except (OSError, RecursionError) as error:
            raise BuildError(
                f"what it left in `{_NAMES[name]}` cannot be kept: {_words(error)}", stage=stage
            ) from error
        place.rename(root / name)
    about = {"key": key, "stage": stage}
    out = survey(root / "out")
    if whole:
        below = {name: survey(root / name) for name in _STANDING}
        write_atomically(root / _BELOW, [checksummed({**about, **below})])
    write_atomically(root / _NOTE, [checksummed({**about, "out": out})])
    return StageStore(root, _files(out))


_NAMES = {"out": "$OUT", "work": "the working directory", "cache": "$CACHE"}


def _words(error: OSError | RecursionError) -> str:
    if isinstance(error, OSError):
        about = f"`{error.filename}`: " if error.filename else ""
        return f"{about}{(error.strerror or str(error)).lower()}"
    return "too many directories within each other"


def _checked(root: Path, note: str, names: tuple[str, ...]) -> dict[str, Any]:
    """The note about some directories, which are as it says.

    Raises:
        ValueError: they are not.
        OSError: something is not there.
    """
    known = verify_checksum(read_regular(root / note))
    if known["key"] != root.name:
        raise ValueError("the note of another stage")
    touched = False
    for name in names:
        before = {path: Found(*values) for path, values in known[name].items()}
        now = survey(root / name, before)
        if now == before:
            continue
        exact = name != "out"
        if _contents(now, exact=exact) != _contents(before, exact=exact):
            raise ValueError("not what was kept")
        known[name], touched = now, True
    if touched:
        # moved here with all its files, by a backup for example: so it need not be read again
        with suppress(OSError):
            write_atomically(
                root / note, [checksummed({k: v for k, v in known.items() if k != "seal"})]
            )
    return known


def _contents(found: Mapping[str, Found], *, exact: bool) -> dict[str, tuple[object, ...]]:
    """What decides about a step that finds it there: for tools that go by times, those as well."""
    return {path: each[: 4 if exact else 2] for path, each in found.items()}


def _files(found: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        path: (str(kind), str(digest))
        for path, (kind, digest, *_) in found.items()
        if kind not in ("parent", "other")
    }


def stage_of(root: Path) -> str:
    """The stage that left it, as far as anybody can tell."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(verify_checksum(read_regular(root / _NOTE))["stage"])
    return "?"


def last_use(root: Path) -> float:
    """When it was last of use, in seconds since the epoch."""
    for path in (root / _NOTE, root):
        with suppress(OSError):
            return path.stat().st_mtime
    return 0.0
