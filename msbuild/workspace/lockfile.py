"""`msbuild.lock`: pinned base images, and inputs that `msbuild verify` found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msbuild.errors import ConfigError
from msbuild.state.files import read_regular, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NAME = "msbuild.lock"
_HEADER = """\
# The base images of this workspace, written by `msbuild lock`, and inputs found by
# `msbuild verify --write`. Commit this file.
"""
_PIN = re.compile(r"[A-Za-z0-9._:/\[\]-]+@sha256:[0-9a-f]{64}")
_LARGEST = 10_000_000


def read_lock(root: Path) -> Mapping[str, str]:
    """The pins of the workspace at ``root`` by image reference; empty without a lock file.

    Raises:
        ConfigError: the file is invalid.
    """
    return _images(_read(root))


def read_inputs(root: Path) -> Mapping[str, Sequence[str]]:
    """The paths that ``msbuild verify`` found for each service; empty without a lock file.

    Raises:
        ConfigError: the file is invalid.
    """
    return _inputs(_read(root))


def write_lock(root: Path, pins: Mapping[str, str]) -> list[str]:
    """Write the pins that have a registry digest; images built on this machine have none.

    Returns:
        The references that were left out.
    """
    known = {reference: pin for reference, pin in pins.items() if _PIN.fullmatch(pin)}
    _write(root, known, read_inputs(root))
    return sorted(set(pins) - set(known))


def write_inputs(root: Path, inputs: Mapping[str, Sequence[str]]) -> None:
    """Replace the inputs of services; the images stay the same."""
    _write(root, read_lock(root), inputs)


def _write(root: Path, images: Mapping[str, str], inputs: Mapping[str, Sequence[str]]) -> None:
    import yaml  # noqa: PLC0415 - most workspaces have no lock file

    listed = {service: sorted(set(paths)) for service, paths in inputs.items() if paths}
    content = {"version": 1, "images": dict(images), **({"inputs": listed} if listed else {})}
    text = _HEADER + yaml.safe_dump(content, sort_keys=True, allow_unicode=True)
    write_atomically(root / NAME, [text.encode("utf-8", "surrogateescape")], for_everybody=True)


def _read(root: Path) -> Mapping[str, Any]:
    """The content of the file: mappings, lists and strings."""
    try:
        data = read_regular(root / NAME, _LARGEST + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _broken((error.strerror or "it is not a file").lower()) from error
    if len(data) > _LARGEST:
        raise _broken(f"it is larger than {_LARGEST // 1_000_000} MB")
    import yaml  # noqa: PLC0415 - as above

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        content = yaml.load(data.decode(), loader)  # noqa: S506 - it only creates strings
    except RecursionError as error:
        raise _broken("nesting is too deep") from error
    except (yaml.YAMLError, ValueError) as error:
        raise _broken(str(error).splitlines()[0]) from error
    if not isinstance(content, dict) or not ("images" in content or "inputs" in content):
        raise _broken("`images` is missing")
    return content


def _images(content: Mapping[str, Any]) -> Mapping[str, str]:
    images = _mapping(content, "images")
    for reference, pin in images.items():
        if not isinstance(pin, str) or not _PIN.fullmatch(pin):
            raise _broken(f"`{reference}` has no digest: `{pin}`")
    return images


def _inputs(content: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    inputs = _mapping(content, "inputs")
    for service, paths in inputs.items():
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise _broken(f"the inputs of `{service}` are not a list of paths")
    return inputs


def _mapping(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = content.get(key, {})
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise _broken(f"`{key}` is not a mapping")
    return found


def _broken(what: str) -> ConfigError:
    return ConfigError(
        f"cannot read `{NAME}`: {what}",
        hint="delete it, then run `msbuild lock`, and `msbuild verify --write` if it had `inputs`",
    )
