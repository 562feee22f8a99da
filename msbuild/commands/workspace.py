"""Finds the workspace that a command is about, and makes the executor for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.config import find_config, plugin_modules
from msbuild.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from msbuild.execute.docker import DockerExecutor
    from msbuild.pipeline import Loaded
    from msbuild.registry import Registry


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
    return plugin_modules(file)


def make_registry(loaded: Loaded) -> Registry | None:
    """Asks the workspace's registry, if it has one."""
    if not loaded.workspace.registry:
        return None
    from msbuild.registry import Registry  # noqa: PLC0415

    return Registry()


def make_executor(loaded: Loaded) -> DockerExecutor:
    """The executor that builds this workspace."""
    from msbuild.certificates import ca_bundle  # noqa: PLC0415
    from msbuild.execute.docker import make  # noqa: PLC0415
    from msbuild.state import NAME  # noqa: PLC0415

    return make(
        ca_bundle=ca_bundle(loaded.workspace),
        sources=loaded.sources,
        marks=loaded.workspace.root / NAME / "renewed.json",
    )
