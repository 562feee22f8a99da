"""The state directory of a workspace: a cache, deleted at any moment without harm."""

from __future__ import annotations

from pathlib import Path

from msbuild.errors import EnvironmentFault

NAME = ".msbuild"


def state_directory(root: Path) -> Path:
    """``.msbuild/`` beside the config, made where it is missing and invisible to Git.

    Raises:
        EnvironmentFault: it cannot be written.
    """
    directory = Path(root) / NAME
    try:
        (directory / "logs").mkdir(parents=True, exist_ok=True)
        ignore = directory / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(
            f"cannot write `{directory}`: {error.strerror}",
            hint="msbuild keeps logs and the history of builds there",
        ) from error
    return directory
