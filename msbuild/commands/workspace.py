"""Finds the config file and the workspace of a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.commands.options import warn
from msbuild.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from msbuild.registry import Registry
    from msbuild.run_options import RunOptions
    from msbuild.workspace.loading import Loaded


def find(file: Path | None) -> Path:
    """The config file: the given one, or the nearest in the working directory or a parent."""
    return find_config(Path.cwd(), file)


def listed_plugins(given: Path | None) -> tuple[str, ...]:
    """The plugins that the config lists; none if there is no config and none was given."""
    try:
        file = find(given)
    except ConfigError:
        if given:
            raise
        return ()
    from msbuild.workspace.config import plugin_modules  # noqa: PLC0415 - a small change needs no config

    return plugin_modules(file)


def print_warnings(loaded: Loaded) -> None:
    """Print the warnings of the workspace."""
    warn(loaded.assembly.warnings)


def make_registry(options: RunOptions, loaded: Loaded) -> Registry | None:
    """A client for the workspace's registry, if it has one and is not offline."""
    if not loaded.workspace.registry or options.offline:
        return None
    from msbuild.registry import Registry  # noqa: PLC0415

    return Registry()


NAME = "msbuild.yaml"
_CONFUSED = ("msbuild.yml", ".msbuild.yaml", ".msbuild.yml", "Msbuild.yaml", "msbuild.json")


def find_config(start: Path, file: Path | None = None) -> Path:
    """The absolute path of the config: ``msbuild.yaml`` in a directory or one of its parents.

    Args:
        start: the directory to start in.
        file: the config to use instead, relative to ``start``.

    Raises:
        ConfigError: there is no config.
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
