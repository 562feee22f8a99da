"""Builds on the BuildKit of a Docker engine, over the Engine API.

Importing this package takes 150 ms because of ``docker``: import it only when it is used.

executor   the executor API for Docker            engine      finds the engine, connects to it
recipe     the Dockerfile and labels of a job     build       base images, then one build
trace      BuildKit's progress as steps and lines stream      responses to cancel, pull, push
images     lists, measures, tags and pins images  containers  runs programs in a container
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.execute.docker.engine import Engine
from msbuild.execute.docker.executor import DockerExecutor
from msbuild.execute.docker.recipe import Marks

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
    """The executor for the engine that the environment selects. Does not connect yet.

    Args:
        ca_bundle: the certificates that downloading steps trust.
        sources: the source tree; ``None`` if nothing will be built.
        marks: the file that records which stages were rebuilt with ``--no-cache``.
        offline: send no requests to registries.
    """
    return DockerExecutor(Engine(), sources, ca_bundle, Marks(marks), offline=offline)
