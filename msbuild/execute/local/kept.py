"""What stages left: a directory each, complete or not there, and checked before it is used."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.execute.local.boxes import Box

_NOTE = "done.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """What a stage left.

    Attributes:
        root: holds ``out``, and ``work`` and ``cache`` where other stages stand on this one.
        files: kind and SHA-256 of everything below ``out``, by its path there.
    """

    root: Path
    files: Mapping[str, tuple[str, str]]

    @property
    def out(self) -> Path:
        """The stage's ``$OUT``."""
        return self.root / "out"


def find(root: Path, *, whole: bool) -> Kept | None:
    """What is kept in a directory, if it is complete and undamaged.

    Args:
        root: the directory.
        whole: whether more than ``$OUT`` is wanted.
    """
    try:
        note: dict[str, Any] = json.loads((root / _NOTE).read_text("utf-8"))
        files = {path: (kind, digest) for path, (kind, digest) in note["out"].items()}
        if whole and not note["whole"]:
            return None
        if files != hash_files(root / "out"):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    with suppress(OSError):
        # prune goes by when a thing was last of use
        os.utime(root / _NOTE)
    return Kept(root, files)


def pack(box: Box, root: Path, *, stage: str, whole: bool) -> Kept:
    """Make of a sandbox what is kept of it.

    Args:
        box: the sandbox; it is emptied.
        root: a directory that is not there yet.
        stage: the name of the stage, for people.
        whole: whether other stages may stand on it.
    """
    root.mkdir(parents=True)
    box.out.rename(root / "out")
    if whole:
        box.work.rename(root / "work")
        box.cache.rename(root / "cache")
    files = hash_files(root / "out")
    note = {"stage": stage, "whole": whole, "out": files}
    (root / _NOTE).write_text(json.dumps(note, sort_keys=True), "utf-8")
    return Kept(root, files)


def stage_of(root: Path) -> str:
    """The stage that left it, as far as anybody can tell."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((root / _NOTE).read_text("utf-8"))["stage"])
    return "?"


def last_use(root: Path) -> float:
    """When it was last of use, in seconds since the epoch."""
    for path in (root / _NOTE, root):
        with suppress(OSError):
            return path.stat().st_mtime
    return 0.0


def hash_files(directory: Path) -> dict[str, tuple[str, str]]:
    """Kind and SHA-256 of every file, link and empty directory below a directory."""
    found: dict[str, tuple[str, str]] = {}
    for parent, directories, names in os.walk(directory):
        for name in [*names, *directories]:
            path = Path(parent) / name
            relative = path.relative_to(directory).as_posix()
            if path.is_symlink():
                target = os.fsencode(path.readlink())
                found[relative] = ("link", hashlib.sha256(target).hexdigest())
            elif path.is_file():
                kind = "executable" if path.stat().st_mode & 0o111 else "file"
                found[relative] = (kind, _hash(path))
            elif path.is_dir() and not any(path.iterdir()):
                found[relative] = ("directory", "")
    return found


def _hash(path: Path) -> str:
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()
