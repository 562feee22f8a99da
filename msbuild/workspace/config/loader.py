"""The front door: a config file in, a ``Workspace`` or every problem of it out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.sources.tree import SourceTree
from msbuild.workspace.config.document import read_document
from msbuild.workspace.config.problems import Problems
from msbuild.workspace.config.reader import Reader
from msbuild.workspace.config.schema import CONFIG
from msbuild.workspace.config.workspace import workspace_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from msbuild.model import Location, Workspace
    from msbuild.plugin.api import Language
    from msbuild.workspace.config.given import Given

    LanguagesOf = Callable[[tuple[str, ...], Collection[str]], Mapping[str, Language]]


def load(
    file: Path,
    languages_of: LanguagesOf,
    environment: Mapping[str, str] | None = None,
    tree_of: Callable[[Path], SourceTree] = SourceTree,
) -> Workspace:
    """Read a config and check everything that can be checked without building.

    Args:
        file: the config.
        languages_of: gives languages by name, once it is known which modules the config lists
            under ``plugins:``, and which languages it uses: those, if there are such, or all.
        environment: environment variables that the config may use; those of the process.
        tree_of: gives the source tree of a source root.

    Raises:
        ConfigErrors: all that is wrong with it, in the order of the places.
        ConfigError: it cannot be read at all.
    """
    problems = Problems()
    reader = Reader(problems, os.environ if environment is None else environment)
    config = _read(file, reader)
    languages = _languages(config, languages_of, problems)
    workspace = workspace_of(file.absolute(), config, languages, reader, tree_of)
    problems.raise_any()
    return workspace


def plugin_modules(file: Path) -> tuple[str, ...]:
    """What a config lists under ``plugins:``, whatever else may be wrong with it.

    Raises:
        ConfigError: the config cannot be read at all.
    """
    config = _read(file, Reader(Problems(), os.environ))
    modules: tuple[str, ...] = config.plain("plugins")
    return modules


def _read(file: Path, reader: Reader) -> Given:
    return reader.read(read_document(file), CONFIG, "the config")


def _languages(
    config: Given,
    languages_of: LanguagesOf,
    problems: Problems,
) -> Mapping[str, Language] | None:
    builders = config.get("builders")
    used = {each.plain("plugin") or name for name, each in builders.items()} if builders else set()
    try:
        return languages_of(config.plain("plugins"), used)
    except ConfigError as error:
        if error.at is None:
            error.at = _listed_at(error, config.get("plugins"))
        problems.include(error)
        return None


def _listed_at(error: ConfigError, modules: Given | None) -> Location | None:
    """Where the config lists the module that an error names."""
    return next((each.at for each in modules or () if f"`{each.value}`" in error.message), None)
