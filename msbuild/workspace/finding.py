"""Finds the config file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

NAME = "msbuild.yaml"
_CONFUSED = ("msbuild.yml", ".msbuild.yaml", ".msbuild.yml", "Msbuild.yaml", "msbuild.json")


def find_config(start: Path, file: Path | None = None) -> Path:
    """The absolute path of the config: ``msbuild.yaml`` in a directory or one of its parents.

    Args:
        start: the directory to start in.
        file: the config to use instead, relative to ``start``.

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
        f"cannot find `{NAME}` in `{start}` or any parent directory",
        hint=f"rename `{confused}`" if confused else "`cd` to a workspace, or use `--file`",
    )


def _named(path: Path, name: str) -> Path:
    if path.is_file():
        return path
    if path.is_dir():
        raise ConfigError(f"`{name}` is a directory", hint=f"use the file in it: `{name}/{NAME}`")
    if not path.parent.is_dir():
        raise ConfigError(f"`{name}` does not exist", hint=f"nor does `{path.parent}`")
    names = [each.name for each in path.parent.iterdir() if each.suffix == path.suffix]
    raise ConfigError(f"`{name}` does not exist", hint=did_you_mean(path.name, names))
