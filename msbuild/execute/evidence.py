"""What can be checked without an executor: that images still exist, that an engine may answer."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.state.file_stat import FileStat

ENGINE = "engine"
LAYOUT = "layout"
REF_NAME = "org.opencontainers.image.ref.name"
"""The annotation with the tag of a manifest in the index of an OCI layout."""
VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_API_VERSION", "HOME")
"""The environment variables that select the engine."""
DEFAULT_SOCKET = "/var/run/docker.sock"
_UNIX = "unix://"
_SECONDS = 2


class Evidence(NamedTuple):
    """Where images are, what their tags point to, and what else must not have changed.

    A named tuple, because the fast path reads it and importing dataclasses alone costs some
    milliseconds.

    Attributes:
        kind: ``engine`` or ``layout``: where to look.
        place: the engine's socket, or the directory of the OCI layout.
        tags: the image id or digest behind every tag, including tags of base images.
        files: absolute paths with their file stat, links followed: blobs, compilers.
        variables: the environment variables that matter; ``None`` for all of them.
        layout_index: the stat of the layout's index when its tags were compared last; ``ABSENT``
            if it was not conclusive.
        toolchains: the toolchains that those files determine, as JSON values.
    """

    kind: str
    place: str
    tags: Mapping[str, str]
    files: Mapping[str, FileStat]
    variables: tuple[str, ...] | None = None
    layout_index: FileStat = (0, 0, 0, 0, 0)
    toolchains: Mapping[str, Any] = MappingProxyType({})


def engine_may_be_running() -> bool:
    """False if nothing listens on the selected socket; true means only that it is possible."""
    path = socket_path()
    return path is None or _listens(path)


def socket_path() -> str | None:
    """The socket of the selected engine; ``None`` if it is not reached over a local socket."""
    address = os.environ.get("DOCKER_HOST", "")
    if address:
        return address.removeprefix(_UNIX) if address.startswith(_UNIX) else None
    if os.environ.get("DOCKER_CONTEXT") or _current_context() not in ("", "default"):
        return None
    return DEFAULT_SOCKET


def _listens(path: str) -> bool:
    import socket  # noqa: PLC0415 - not needed with an explicit `--executor`

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_SECONDS)
        try:
            probe.connect(path)
        except PermissionError:
            # an engine exists; the client will report the permission error
            return True
        except OSError:
            return False
    return True


def config_file() -> str:
    """The path of the user's Docker config, whether it exists or not."""
    directory = os.path.expanduser(os.environ.get("DOCKER_CONFIG") or "~/.docker")
    return os.path.abspath(os.path.join(directory, "config.json"))


def _current_context() -> str:
    with suppress(OSError, ValueError, AttributeError):
        with open(config_file(), encoding="utf-8") as file:
            found = json.load(file)
        return str(found.get("currentContext", ""))
    return ""
