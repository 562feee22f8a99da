"""Builds with the compilers of this host, and assembles images without any engine.

executor    what the rest of msbuild sees          stages      one run for each fingerprint
toolchains  the host's compilers and versions      walls       what keeps a step in
boxes       sandboxes                              environment what a step finds in it
placing     files into a sandbox                   process     commands, and the end of them
kept        what stages left                       store       where everything is kept
assembly    a runtime stage to an image            layers      reproducible archives
image       config and manifest                    blobs       bytes by their hash
layout      tags of the OCI layout                 bases       what images stand on
skopeo      registries                             trust       certificates for images
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.execute.local.executor import LocalExecutor
from msbuild.execute.local.store import default_store

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.sources.tree import SourceTree

__all__ = ["LocalExecutor", "default_store", "make"]


def make(
    *,
    ca_bundle: Path | None,
    sources: SourceTree | None,
    compression: str | None = None,
    offline: bool = False,
) -> LocalExecutor:
    """The executor of this host, with the store that the environment names. Touches nothing yet.

    Args:
        ca_bundle: the certificates that downloading steps trust.
        sources: where source files are read; ``None`` if nothing will be built.
        compression: of new layers, ``gzip`` or ``zstd``.
        offline: no registry may be asked.
    """
    return LocalExecutor(default_store(), sources, ca_bundle, compression, offline=offline)
