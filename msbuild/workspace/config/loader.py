"""Loads a config file: its bytes, its one YAML document, and the ``Workspace`` it describes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.model import Location
from msbuild.sources.tree import SourceTree
from msbuild.workspace.config.problems import Problems, shown
from msbuild.workspace.config.reader import Reader
from msbuild.workspace.config.scalars import WHOLE, type_of
from msbuild.workspace.config.schema import CONFIG, VERSION
from msbuild.workspace.config.workspace import workspace_of
from msbuild.workspace.config.yaml_tree import Limits, MapNode, ScalarNode, not_utf8, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from msbuild.model import Workspace
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
        languages_of: returns languages by name, given the modules that the config lists under
            ``plugins:`` and the languages that it uses: those, if they all exist, or all.
        environment: environment variables that the config may use; by default, the process's.
        tree_of: returns the source tree of a source root.

    Raises:
        ConfigErrors: all problems of the config, in the order of their locations.
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
    """The modules that a config lists under ``plugins:``, whatever else is wrong with it.

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
    """The location of the module that an error is about."""
    return next((each.at for each in modules or () if f"`{each.value}`" in error.message), None)


LIMITS = Limits()


def read_document(file: Path, limits: Limits = LIMITS) -> MapNode:
    """The root mapping of a config.

    Raises:
        ConfigError: it cannot be read, is not valid YAML, has another version, or is not a mapping.
    """
    name = display_path(file)
    start = Location(name, 1, 1)
    text = _decoded(_content(file, name, limits), name)
    root = parse(text, name, limits)
    if root is None or (isinstance(root, ScalarNode) and type_of(root) == "null"):
        raise ConfigError(
            "the config is empty", hint=f"start it with `version: {VERSION}`", at=start
        )
    if not isinstance(root, MapNode):
        raise ConfigError(
            "the config must be a mapping", hint=f"start it with `version: {VERSION}`", at=root.at
        )
    _check_version(root)
    return root


def display_path(file: Path) -> str:
    """The path of a config file in messages: relative or absolute, whichever is shorter."""
    absolute = str(file.absolute())
    return min(os.path.relpath(absolute), absolute, key=len)


def _content(file: Path, name: str, limits: Limits) -> bytes:
    try:
        # never more than the limit: the file may be endless
        with file.open("rb") as stream:
            data = stream.read(limits.size + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"`{name}` does not exist") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"cannot read `{name}`: {reason}") from error
    if len(data) > limits.size:
        raise ConfigError(
            f"the config is larger than {limits.size // 1_000_000} MB", at=Location(name, 1, 1)
        )
    return data


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(error, name) from error


def _check_version(root: MapNode) -> None:
    """Raise for another version alone: other problems of another format would not help."""
    for key, node in root.entries:
        is_version = isinstance(key, ScalarNode) and key.text == "version"
        if not is_version or not isinstance(node, ScalarNode) or not node.plain:
            continue
        if WHOLE.fullmatch(node.text) and node.text != str(VERSION):
            raise ConfigError(
                f"config version {shown(node.text)} is not supported",
                hint=f"this msbuild supports `version: {VERSION}`",
                at=node.at,
            )
