"""Finds the config file and the workspace of a command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msbuild.commands.options import warn
from msbuild.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.registry import Registry
    from msbuild.run_options import RunOptions
    from msbuild.workspace.loading import Loaded


def find(file: Path | None) -> Path:
    """The config file: the given one, or the nearest in the working directory or a parent."""
    from pathlib import Path  # noqa: PLC0415 - not needed on the fast path

    return Path(find_config(os.getcwd(), file))


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


def find_config(start: str, file: str | os.PathLike[str] | None = None) -> str:
    """The absolute path of the config: ``msbuild.yaml`` in a directory or one of its parents.

    Args:
        start: the directory to start in, absolute.
        file: the config to use instead, relative to ``start``.

    Raises:
        ConfigError: there is no config.
    """
    if file is not None:
        return _named(os.path.join(start, file), os.fspath(file))
    directory = start
    while not os.path.isfile(found := os.path.join(directory, NAME)):
        if directory == os.path.dirname(directory):
            break
        directory = os.path.dirname(directory)
    else:
        return found
    confused = next((n for n in _CONFUSED if os.path.exists(os.path.join(start, n))), None)
    raise ConfigError(
        f"cannot find `{NAME}` in `{start}` or any parent directory",
        hint=f"rename `{confused}`" if confused else "`cd` to a workspace, or use `--file`",
    )


def _named(path: str, name: str) -> str:
    if os.path.isfile(path):
        return path
    if os.path.isdir(path):
        raise ConfigError(f"`{name}` is a directory", hint=f"use the file in it: `{name}/{NAME}`")
    parent, wanted = os.path.split(path)
    if not os.path.isdir(parent):
        raise ConfigError(f"`{name}` does not exist", hint=f"nor does `{parent}`")
    suffix = os.path.splitext(wanted)[1]
    names = [each for each in os.listdir(parent) if os.path.splitext(each)[1] == suffix]
    raise ConfigError(f"`{name}` does not exist", hint=did_you_mean(wanted, names))
