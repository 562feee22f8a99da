"""Builds on the BuildKit of a Docker engine, over the Engine API.

Importing this costs 150 ms for the ``docker`` package: import it where a build is near.

executor   what the rest of msbuild sees          engine    where the engine is, clients for it
recipe     Dockerfile and context of a job        build     one build, from request to result
trace      BuildKit's updates to steps and lines  stream    long answers that can be cut off
images     what the engine holds; pins            bases     base images are there before a build
registry   pull and push                          containers   programs run one after another
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.execute.docker.engine import Engine
from msbuild.execute.docker.executor import DockerExecutor
from msbuild.execute.docker.fresh import Marks

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.sources.tree import SourceTree

__all__ = ["DockerExecutor", "Engine", "make"]


def make(
    *,
    ca_bundle: Path | None,
    sources: SourceTree | None,
    marks: Path | None = None,
    offline: bool = False,
) -> DockerExecutor:
    """The executor for the engine that the environment names. Talks to nobody yet.

    Args:
        ca_bundle: the certificates that downloading steps trust.
        sources: where source files are read; ``None`` if nothing will be built.
        marks: the file that remembers which stages ``--no-cache`` renewed.
        offline: no registry may be asked.
    """
    return DockerExecutor(Engine(), sources, ca_bundle, Marks(marks), offline=offline)
