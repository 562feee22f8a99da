"""`msbuild.lock`: the digest behind every base image, written down so that it stays the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "msbuild.lock"
_HEADER = "# The base images of this workspace. Written by `msbuild lock`; commit it.\n"
_PIN = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")


def read_lock(root: Path) -> Mapping[str, str]:
    """The pins of the workspace at ``root`` by image reference; empty where there is no lock file.

    Raises:
        ConfigError: the file is not what ``msbuild lock`` writes.
    """
    try:
        text = (root / NAME).read_text("utf-8")
    except FileNotFoundError:
        return {}
    import yaml  # noqa: PLC0415 - most workspaces have none

    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _broken(str(error).splitlines()[0]) from error
    images = content.get("images") if isinstance(content, dict) else None
    if not isinstance(images, dict):
        raise _broken("it has no mapping `images`")
    for reference, pin in images.items():
        if not isinstance(pin, str) or not _PIN.fullmatch(pin):
            raise _broken(f"`{reference}` has no digest: `{pin}`")
    return images


def write_lock(root: Path, pins: Mapping[str, str]) -> list[str]:
    """Write the pins that a registry knows; images made on this machine have none.

    Returns:
        The references that were left out.
    """
    import yaml  # noqa: PLC0415 - as above

    known = {reference: pin for reference, pin in sorted(pins.items()) if _PIN.fullmatch(pin)}
    text = _HEADER + yaml.safe_dump({"version": 1, "images": known}, sort_keys=True)
    write_whole(root / NAME, [text.encode()])
    return sorted(set(pins) - set(known))


def _broken(what: str) -> ConfigError:
    return ConfigError(f"`{NAME}` cannot be read: {what}", hint="run `msbuild lock` again")
