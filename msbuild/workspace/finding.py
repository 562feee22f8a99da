"""Finds the config file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

NAME = "msbuild.yaml"
_CONFUSED = ("msbuild.yml", ".msbuild.yaml", ".msbuild.yml", "Msbuild.yaml", "msbuild.json")


def find_config(start: Path, file: Path | None = None) -> Path:
    """The config of a directory, absolute: ``msbuild.yaml`` there or in a directory above.

    Args:
        start: the directory to start at.
        file: a config that was named instead; relative to ``start``.

    Raises:
        ConfigError: there is none.
    """
    start = start.absolute()
    if file is not None:
        return _named(start / file, str(file))
    for directory in (start, *start.parents):
        if (directory / NAME).is_file():
            return directory / NAME
    confused = next((name for name in _CONFUSED if (start / name).exists()), None)
    raise ConfigError(
        f"there is no `{NAME}` here or in a directory above",
        hint=f"rename `{confused}`" if confused else "go to a workspace, or name one with `--file`",
    )


def _named(path: Path, told: str) -> Path:
    if path.is_file():
        return path
    if path.is_dir():
        raise ConfigError(f"`{told}` is a directory", hint=f"name the file: `{told}/{NAME}`")
    if not path.parent.is_dir():
        raise ConfigError(f"`{told}` does not exist", hint=f"there is no `{path.parent}` either")
    names = [each.name for each in path.parent.iterdir() if each.suffix == path.suffix]
    raise ConfigError(f"`{told}` does not exist", hint=did_you_mean(path.name, names))
