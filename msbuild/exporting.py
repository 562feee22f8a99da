"""What a workspace leaves behind for people who build without msbuild: Dockerfiles, bake files."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from msbuild.dockerfile import EXPORTED, render
from msbuild.lockfile import read_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.loading import Loaded


def dockerfile(loaded: Loaded, service: str) -> str:
    """One service as a Dockerfile that stands alone; its context is the source root."""
    workspace = loaded.workspace
    stages = loaded.assembly.graph.with_ancestors(service)
    return render(stages, pins=read_lock(workspace.root), layout=EXPORTED)


def bake(loaded: Loaded, services: Sequence[str]) -> str:
    """A JSON file for ``docker buildx bake`` with a target for each service.

    The stages of all services stand in one Dockerfile, so that BuildKit sees which are the same.
    """
    workspace = loaded.workspace
    stages = loaded.assembly.graph.needed_by(services)
    text = render(stages, pins=read_lock(workspace.root), layout=EXPORTED)
    context = os.path.relpath(workspace.source_root, workspace.root)
    targets: dict[str, Any] = {
        service: {
            "context": context,
            # bake expands `${…}` of its own in strings
            "dockerfile-inline": text.replace("${", "$${").replace("%{", "%%{"),
            "target": service,
            "tags": [f"{workspace.repository(service)}:latest"],
        }
        for service in services
    }
    bake_file = {"group": {"default": {"targets": list(services)}}, "target": targets}
    return json.dumps(bake_file, indent=2) + "\n"
