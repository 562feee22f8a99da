"""`msbuild export`: print a Dockerfile or a bake file that works without msbuild."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence

    from msbuild.model import Stage
    from msbuild.workspace.loading import Loaded


EXAMPLES = """\
examples:
  msbuild export gateway -o gateway.Dockerfile
  docker build -f gateway.Dockerfile SOURCE_ROOT

  msbuild export --format bake -o docker-bake.json
  docker buildx bake -f docker-bake.json
"""
_IGNORE = ".dockerignore"
_INVALID_IN_TARGET = re.compile(r"[^a-zA-Z0-9_-]")
# The name of the group of all targets.
_GROUP = "default"
_WITHOUT_IGNORE_FILE = """\
# The context is the source root. A .dockerignore there may exclude files that are copied here:
# `msbuild export -o FILE` also writes FILE.dockerignore, which includes exactly the sources.

"""
_WITH_IGNORE_FILE = """\
# The context is the source root; `{name}` next to this file includes exactly
# the sources and takes precedence over a .dockerignore of the source root.

"""
_IGNORE_HEAD = "# Written by `msbuild export`: includes only the sources of this build.\n"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="a service of the config")
    parser.add_argument(
        "--format",
        choices=("dockerfile", "bake"),
        default="dockerfile",
        help="a Dockerfile for one service, or a bake file for many; default: %(default)s",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="write to this file instead of stdout, with an ignore file next to it",
    )
    options.add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print or write the files."""
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.errors import UsageError  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    if arguments.format == "dockerfile" and len(arguments.services) != 1:
        raise UsageError(
            "a Dockerfile can contain only one service",
            hint="give one service, or use `--format bake`",
        )
    loaded = loading.load(find(arguments.file))
    services = loading.select(loaded.workspace, arguments.services)
    output: Path | None = arguments.output
    if output and output.is_dir():
        raise UsageError(
            f"cannot write `{output}`: is a directory", hint="give a file in that directory"
        )
    if arguments.format == "bake":
        files = bake(loaded, services, output)
    else:
        files = dockerfile(loaded, services[0], output)
    if output is None:
        (text,) = files.values()
        sys.stdout.write(text)
        return 0
    for file, text in files.items():
        _write(file, text)
    return 0


def _write(file: Path, text: str) -> None:
    from msbuild.errors import UsageError  # noqa: PLC0415

    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write `{file}`: {(error.strerror or str(error)).lower()}",
            hint="give `--output` a file in an existing directory",
        ) from error


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
    target = Path(f"{output}.Dockerfile") if output else None
    files = _with_ignore_file(loaded, stages, target)
    text = next(iter(files.values()))
    # bake itself expands `${…}` in strings
    source: dict[str, str] = {"dockerfile-inline": text.replace("${", "$${").replace("%{", "%%{")}
    if target:
        source = {"dockerfile": os.path.relpath(target, workspace.source_root)}
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
    taken = {_GROUP, *(service for service in services if not _INVALID_IN_TARGET.search(service))}
    for service in services:
        name = service
        if _INVALID_IN_TARGET.search(service) or service == _GROUP:
            name = stem = _INVALID_IN_TARGET.sub("-", service)
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
    from msbuild.execute.dockerfile import EXPORTED, ignore_file, render  # noqa: PLC0415
    from msbuild.workspace.lockfile import read_lock  # noqa: PLC0415

    text = render(stages, pins=read_lock(loaded.workspace.root), layout=EXPORTED)
    files = {path for stage in stages for path in stage.files}
    if output is None:
        return {Path("-"): _WITHOUT_IGNORE_FILE + text}
    ignore = ignore_file(files, loaded.workspace.source_root)
    ignore_path = Path(f"{output}{_IGNORE}")
    return {
        output: _WITH_IGNORE_FILE.format(name=ignore_path.name) + text,
        ignore_path: _IGNORE_HEAD + ignore,
    }
