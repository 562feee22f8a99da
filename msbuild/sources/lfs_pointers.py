"""Git LFS pointers: the text that stands for a file whose content was not checked out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, UnavailableError
from msbuild.sources.git_index import CAUTIOUS

if TYPE_CHECKING:
    from pathlib import Path

_BEGINNING = b"version https://git-lfs.github.com/spec/v1\n"
_LONGEST = 1024


def check_pointer(root: Path, path: str, data: bytes) -> None:
    """Refuse a file that is a pointer, and not what it points to.

    Raises:
        ConfigError: it is one.
    """
    if not data.startswith(_BEGINNING) or len(data) > _LONGEST or b"\noid sha256:" not in data:
        return
    if _is_of_lfs(root, path):
        raise ConfigError(
            f"`{path}` is a Git LFS pointer: its content is not checked out",
            hint="`git lfs pull`, or `lfs: true` in the workflow",
        )


def _is_of_lfs(root: Path, path: str) -> bool:
    """Whether git says so, for a test may hold a pointer as it is. Without git it is believed."""
    from msbuild.sources.git import git  # noqa: PLC0415 - there are few pointers

    directory, name = os.path.split(path)
    words = ("check-attr", "-z", "filter", "--", name)
    try:
        done = git(root / directory, *CAUTIOUS, *words)
    except UnavailableError:
        return True
    return done.returncode != 0 or done.stdout.split("\0")[2:3] == ["lfs"]
