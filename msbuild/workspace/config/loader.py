"""The front door: a config file in, a ``Workspace`` or every problem of it out."""

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


LIMITS = Limits()


def read_document(file: Path, limits: Limits = LIMITS) -> MapNode:
    """The root mapping of a config.

    Raises:
        ConfigError: it cannot be read, is no YAML, has another version, or holds something else.
    """
    told = told_as(file)
    start = Location(told, 1, 1)
    text = _decoded(_content(file, told, limits), told)
    root = parse(text, told, limits)
    if root is None or (isinstance(root, ScalarNode) and type_of(root) == "null"):
        raise ConfigError(
            "the config is empty", hint=f"it starts with `version: {VERSION}`", at=start
        )
    if not isinstance(root, MapNode):
        raise ConfigError(
            "the config must be a mapping", hint=f"it starts with `version: {VERSION}`", at=root.at
        )
    _check_version(root)
    return root


def told_as(file: Path) -> str:
    """A config file as messages name it: the shorter of its paths."""
    absolute = str(file.absolute())
    return min(os.path.relpath(absolute), absolute, key=len)


def _content(file: Path, told: str, limits: Limits) -> bytes:
    try:
        # no more than can be taken: the file may be endless
        with file.open("rb") as stream:
            data = stream.read(limits.size + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"`{told}` does not exist") from error
    except OSError as error:
        raise ConfigError(f"`{told}` cannot be read: {error.strerror}") from error
    if len(data) > limits.size:
        raise ConfigError(
            f"the config is larger than {limits.size // 1_000_000} MB", at=Location(told, 1, 1)
        )
    return data


def _decoded(data: bytes, told: str) -> str:
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(error, told) from error


def _check_version(root: MapNode) -> None:
    """Another version is another format: nothing else that could be said would help."""
    for key, node in root.entries:
        is_version = isinstance(key, ScalarNode) and key.text == "version"
        if not is_version or not isinstance(node, ScalarNode) or not node.plain:
            continue
        if WHOLE.fullmatch(node.text) and node.text != str(VERSION):
            raise ConfigError(
                f"version {shown(node.text)} of the format is not supported",
                hint=f"this msbuild reads `version: {VERSION}`",
                at=node.at,
            )
