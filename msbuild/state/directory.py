"""The state directory of a workspace: a cache, deleted at any moment without harm."""

from __future__ import annotations

import os
from pathlib import Path

from msbuild.errors import UnavailableError

NAME = ".msbuild"


def state_directory(root: Path) -> Path:
    """``.msbuild/`` beside the config, made where it is missing and invisible to Git.

    Raises:
        EnvironmentFault: it cannot be written.
    """
    directory = Path(root) / NAME
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        status = directory.stat()
        if status.st_mode & 0o077 and status.st_uid == os.geteuid():
            # logs may tell of anything that a step prints
            directory.chmod(0o700)
        _make_logs(directory / "logs")
        ignore = directory / ".gitignore"
        if ignore.is_symlink():
            # what it leads to is not ours to write
            ignore.unlink()
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(
            f"cannot write `{directory}`: {error.strerror}",
            hint="msbuild keeps logs and the history of builds there",
        ) from error
    return directory


def _make_logs(logs: Path) -> None:
    try:
        logs.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        logs.unlink()
        logs.mkdir(mode=0o700)
