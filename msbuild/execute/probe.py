"""Whether an engine may answer: asked of a socket, without the import that a client costs."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from pathlib import Path

_SOCKET = "/var/run/docker.sock"
_UNIX = "unix://"
_SECONDS = 2


def engine_may_answer() -> bool:
    """False where nobody listens at the place that the environment names; True is no promise."""
    address = os.environ.get("DOCKER_HOST", "")
    if not address:
        if os.environ.get("DOCKER_CONTEXT") or _current_context() not in ("", "default"):
            return True
        address = _UNIX + _SOCKET
    return not address.startswith(_UNIX) or _listens(address.removeprefix(_UNIX))


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_SECONDS)
        try:
            probe.connect(path)
        except PermissionError:
            # there is one: whoever may not talk to it wants to hear why
            return True
        except OSError:
            return False
    return True


def _current_context() -> str:
    directory = Path(os.environ.get("DOCKER_CONFIG") or "~/.docker").expanduser()
    with suppress(OSError, ValueError, AttributeError):
        found = json.loads((directory / "config.json").read_text("utf-8"))
        return str(found.get("currentContext", ""))
    return ""
