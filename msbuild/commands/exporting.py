"""Dockerfiles and bake files for building without msbuild."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msbuild.execute.dockerfile import EXPORTED, ignore_file, render
from msbuild.workspace.lockfile import read_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from msbuild.model import Stage
    from msbuild.workspace.loading import Loaded

_IGNORE = ".dockerignore"
_NO_TARGET = re.compile(r"[^a-zA-Z0-9_-]")
# The name of the group of all targets.
_GROUP = "default"


def dockerfile(loaded: Loaded, service: str, output: Path | None) -> Mapping[Path, str]:
    """One service as a Dockerfile; its context is the source root.

    Args:
        loaded: the workspace.
        service: the service.
        output: the file to write; ``None`` for stdout.

    Returns:
        The text of every file: the Dockerfile and its ignore file.
    """
    stages = loaded.assembly.graph.with_ancestors(service)
    return _with_ignore_file(loaded, stages, output)


def bake(loaded: Loaded, services: Sequence[str], output: Path | None) -> Mapping[Path, str]:
    """A JSON file for ``docker buildx bake`` with a target for each service.

    The stages of all services are in one Dockerfile, so that BuildKit sees which are shared.

    Args:
        loaded: the workspace.
        services: the services.
        output: the bake file to write; for ``None``, it contains the Dockerfile.

    Returns:
        The text of every file: the bake file, its Dockerfile and the ignore file.
    """
    workspace = loaded.workspace
    stages = loaded.assembly.graph.needed_by(services)
    beside = Path(f"{output}.Dockerfile") if output else None
    files = _with_ignore_file(loaded, stages, beside)
    text = next(iter(files.values()))
    # bake itself expands `${…}` in strings
    source: dict[str, str] = {"dockerfile-inline": text.replace("${", "$${").replace("%{", "%%{")}
    if beside:
        source = {"dockerfile": os.path.relpath(beside, workspace.source_root)}
    context = os.path.relpath(workspace.source_root, workspace.root)
    names = target_names(services)
    targets: dict[str, Any] = {
        names[service]: {
            "context": context,
            **source,
            "target": service,
            "tags": [f"{workspace.repository(service)}:latest"],
        }
        for service in services
    }
    content = {"group": {_GROUP: {"targets": list(targets)}}, "target": targets}
    bake_file = {output or Path("-"): json.dumps(content, indent=2) + "\n"}
    return {**bake_file, **files} if output else bake_file


def target_names(services: Iterable[str]) -> Mapping[str, str]:
    """A unique valid bake target for each service: bake does not allow dots."""
    names: dict[str, str] = {}
    services = list(services)
    taken = {_GROUP, *(service for service in services if not _NO_TARGET.search(service))}
    for service in services:
        name = service
        if _NO_TARGET.search(service) or service == _GROUP:
            name = stem = _NO_TARGET.sub("-", service)
            number = 1
            while name in taken:
                number += 1
                name = f"{stem}-{number}"
        taken.add(name)
        names[service] = name
    return names


def _with_ignore_file(
    loaded: Loaded, stages: Sequence[Stage], output: Path | None
) -> Mapping[Path, str]:
    text = render(stages, pins=read_lock(loaded.workspace.root), layout=EXPORTED)
    files = {path for stage in stages for path in stage.files}
    if output is None:
        return {Path("-"): _ALONE + text}
    ignore = ignore_file(files, loaded.workspace.source_root)
    beside = Path(f"{output}{_IGNORE}")
    return {output: _BESIDE.format(name=beside.name) + text, beside: _IGNORE_HEAD + ignore}


_ALONE = """\
# The context is the source root. A .dockerignore there may exclude files that are copied here:
# `msbuild export -o FILE` also writes FILE.dockerignore, which includes exactly the sources.

"""
_BESIDE = """\
# The context is the source root; `{name}` next to this file includes exactly
# the sources and takes precedence over a .dockerignore of the source root.

"""
_IGNORE_HEAD = "# Written by `msbuild export`: includes only the sources of this build.\n"
