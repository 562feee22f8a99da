"""Builds with the compilers of this host, and assembles images without an engine.

executor    the executor API for this host         stages       builds stages, each once
toolchains  the host's compilers and versions      isolation    bubblewrap or plain directory
sandboxes   directories and variables of a step    placing      copies files into a sandbox
process     runs commands                          supervisor   ends their descendants
stage_store stored results of stages               store        the directory of everything stored
image       assembles images                       layers       reproducible layers
layout      the OCI layout: blobs and tags         bases        base images
unpacking   reads and unpacks layers               skopeo       access to registries
confined    paths that cannot leave a directory    files        copies and removes trees
locks       locks between processes                pruning      what `msbuild prune` removes
running     runs an image on this host             archive      exports for ``docker load``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msbuild.execute.local.executor import LocalExecutor
from msbuild.execute.local.store import default_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from msbuild.sources.tree import SourceTree

__all__ = ["LocalExecutor", "default_store", "make"]


def make(
    *,
    ca_bundle: Path | None,
    sources: SourceTree | None,
    compression: str | None = None,
    offline: bool = False,
    toolchains: Mapping[str, Any] | None = None,
) -> LocalExecutor:
    """The executor of this host, with the store selected by the environment. Writes nothing yet.

    Args:
        ca_bundle: the certificates that downloading steps trust.
        sources: the source tree; ``None`` if nothing will be built.
        compression: of new layers, ``gzip`` or ``zstd``.
        offline: send no requests to registries.
        toolchains: those of ``Evidence`` that are still valid, so they are not looked up again.
    """
    return LocalExecutor(
        default_store(), sources, ca_bundle, compression, offline=offline, toolchains=toolchains
    )
