"""Finds the workspace of a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.commands.options import warn
from msbuild.errors import ConfigError
from msbuild.workspace.finding import find_config

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
