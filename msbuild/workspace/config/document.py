"""Reads a config file: bytes to the one YAML document in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.model import Location
from msbuild.workspace.config.problems import shown
from msbuild.workspace.config.scalars import WHOLE, type_of
from msbuild.workspace.config.schema import VERSION
from msbuild.workspace.config.yaml_errors import not_utf8
from msbuild.workspace.config.yaml_tree import Limits, MapNode, ScalarNode, parse

if TYPE_CHECKING:
    from pathlib import Path

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
