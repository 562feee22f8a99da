"""What proves that images still stand, without the executor that made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.state.file_stat import FileStat

ENGINE = "engine"
LAYOUT = "layout"
REF_NAME = "org.opencontainers.image.ref.name"
"""The annotation under which the index of an OCI layout has the tag of a manifest."""


class Evidence(NamedTuple):
    """Where images are, what their tags mean there, and what else must not have changed.

    A named tuple, because what a run without anything to do reads must come quickly, and importing
    dataclasses alone costs some milliseconds.

    Attributes:
        kind: ``engine`` or ``layout``: whom to ask.
        place: the engine's socket, or the directory of the OCI layout.
        tags: the image id or digest behind every tag, those of base images among them.
        files: absolute paths with the sign of what links lead to: blobs, compilers.
        variables: the environment variables that matter; ``None`` for all of them.
    """

    kind: str
    place: str
    tags: Mapping[str, str]
    files: Mapping[str, FileStat]
    variables: tuple[str, ...] | None = None
