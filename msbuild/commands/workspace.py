"""Finds the workspace that a command is about."""

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
    """The config file: the one that is named, or the nearest above the working directory."""
    return find_config(Path.cwd(), arguments.file)


def listed_plugins(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The plugins that the config lists; none where there is no config, and none was named."""
    try:
        file = find(arguments)
    except ConfigError:
        if arguments.file:
            raise
        return ()
    from msbuild.workspace.config import plugin_modules  # noqa: PLC0415 - a small change needs no config

    return plugin_modules(file)


def tell_warnings(loaded: Loaded) -> None:
    """Print what a user should know though nothing fails for it."""
    warn(loaded.assembly.warnings)


def make_registry(arguments: argparse.Namespace, loaded: Loaded) -> Registry | None:
    """Asks the workspace's registry, if it has one and may be asked."""
    if not loaded.workspace.registry or offline(arguments):
        return None
    from msbuild.registry import Registry  # noqa: PLC0415

    return Registry()
