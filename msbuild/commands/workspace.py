"""Finds the workspace of a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.commands.options import offline, warn
from msbuild.errors import ConfigError
from msbuild.workspace.finding import find_config

if TYPE_CHECKING:
    import argparse

    from msbuild.registry import Registry
    from msbuild.workspace.loading import Loaded


def find(arguments: argparse.Namespace) -> Path:
    """The config file: the given one, or the nearest in the working directory or a parent."""
    return find_config(Path.cwd(), arguments.file)


def listed_plugins(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The plugins that the config lists; none if there is no config and none was given."""
    try:
        file = find(arguments)
    except ConfigError:
        if arguments.file:
            raise
        return ()
    from msbuild.workspace.config import plugin_modules  # noqa: PLC0415 - a small change needs no config

    return plugin_modules(file)


def print_warnings(loaded: Loaded) -> None:
    """Print the warnings of the workspace."""
    warn(loaded.assembly.warnings)


def make_registry(arguments: argparse.Namespace, loaded: Loaded) -> Registry | None:
    """A client for the workspace's registry, if it has one and is not offline."""
    if not loaded.workspace.registry or offline(arguments):
        return None
    from msbuild.registry import Registry  # noqa: PLC0415

    return Registry()
