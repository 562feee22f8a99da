"""Runs git, to ask it about a directory."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# A hook's variables name another repository than the one that is asked about.
_OF_HOOKS = {"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"}


def git(
    directory: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    said: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """What a git command says in a directory; whether it failed is for the caller to see.

    Args:
        directory: where it is run.
        arguments: the command.
        environment: variables besides those of the process.
        said: what it reads from its input.

    Raises:
        EnvironmentFault: there is no git.
    """
    inherited = {key: value for key, value in os.environ.items() if key not in _OF_HOOKS}
    try:
        return subprocess.run(  # noqa: S603 - no word of it is a shell's
            ["git", "-C", str(directory), *arguments],  # noqa: S607
            env={**inherited, **(environment or {})},
            capture_output=True,
            input=said or "",
            text=True,
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError as error:
        raise UnavailableError("there is no `git` here", hint="install git") from error
