"""What a plan needs to know that is in no source file: base images, platform, images there are."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.workspace.lockfile import read_lock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.execute.api import BuiltImage, Executor
    from msbuild.model import Workspace

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an executor says.

    Attributes:
        platform: what is built for, ``linux/amd64``.
        images: the images of the workspace that it holds.
        absent: why it could not say; ``None`` where it could.
    """

    platform: str
    images: Sequence[BuiltImage]
    absent: UnavailableError | None = None


@dataclass(frozen=True, slots=True)
class BaseImages:
    """What is behind the names of base images.

    Attributes:
        pins: the exact image behind each reference; a text that no image has where it is missing.
        missing: why some cannot be found, by reference.
    """

    pins: Mapping[str, str]
    missing: Mapping[str, UnavailableError]


def look_up(
    executor: Executor, workspace: Workspace, services: Sequence[str], *, needed: bool
) -> Surroundings:
    """What an executor holds of a workspace.

    Args:
        executor: is asked.
        workspace: the workspace.
        services: the services that it is about.
        needed: whether nothing can be planned without it; else its absence is told, not raised.
    """
    try:
        repositories = {workspace.repository(service) for service in services}
        images = executor.images(workspace.name, repositories)
        return Surroundings(executor.platform(), images)
    except UnavailableError as fault:
        if needed:
            raise
        return Surroundings(host_platform(), (), fault)


def host_platform() -> str:
    """What an engine on this machine would build for: ``linux/amd64``."""
    machine = os.uname().machine
    return f"linux/{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def resolve_bases(
    references: Sequence[str], executor: Executor, workspace: Workspace
) -> BaseImages:
    """The exact image behind each reference: from the lock file, else from the executor."""
    locked = read_lock(workspace.root)
    pins = {reference: locked[reference] for reference in references if reference in locked}
    missing: dict[str, UnavailableError] = {}
    unknown = [reference for reference in references if reference not in pins]

    def pin(reference: str) -> str | UnavailableError:
        try:
            return executor.pin([reference])[reference]
        except UnavailableError as fault:
            return fault

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for reference, found in zip(unknown, threads.map(pin, unknown), strict=True):
            if isinstance(found, UnavailableError):
                missing[reference] = found
            pins[reference] = found if isinstance(found, str) else f"{reference}@unavailable"
    return BaseImages(pins, missing)
