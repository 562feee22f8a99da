"""What a later run needs to prove that images still exist, without the executor that built them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.state.file_stat import FileStat

ENGINE = "engine"
LAYOUT = "layout"
REF_NAME = "org.opencontainers.image.ref.name"
"""The annotation that holds the tag of a manifest in the index of an OCI layout."""


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
    """

    kind: str
    place: str
    tags: Mapping[str, str]
    files: Mapping[str, FileStat]
    variables: tuple[str, ...] | None = None
