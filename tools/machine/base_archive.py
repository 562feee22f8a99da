"""The archive of the base image, made once on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machine import debian_image
from machine.home import cache_directory

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = "debian:trixie-slim"


def base_archive(*, fresh: bool = False) -> Path:
    """The archive for `docker load`; made if it does not exist, or if it must be fresh."""
    name = f"debian-trixie-{debian_image.architecture()}-{debian_image.recipe()}.tar"
    archive = cache_directory() / "base-image" / name
    if fresh or not archive.exists():
        debian_image.make(REFERENCE, archive)
    return archive
