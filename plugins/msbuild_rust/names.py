"""What the stages are called that services of a workspace share."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msbuild.plugin_api import Builder
    from msbuild_rust.workspace import CargoWorkspace


def shared_name(builder: Builder, workspace: CargoWorkspace, what: str) -> str:
    """The name of a shared stage; a workspace that is named like its builder needs no more."""
    directory = workspace.directory
    if directory in ("", builder.name):
        return f"{builder.name}-{what}"
    plain = re.sub(r"[^a-z0-9_-]+", ".", directory.lower()).strip(".")
    known = hashlib.sha256(directory.encode()).hexdigest()[:8]
    end = plain if plain == directory else f"{plain}-{known}"
    return f"{builder.name}-{what}-{end}"
