"""Looks up what a plan needs besides the sources: base images, platform, existing images."""

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
    """The answers of an executor.

    Attributes:
        platform: the target platform, ``linux/amd64``.
        images: the images of the workspace that it has.
        absent: why it is unavailable; ``None`` if it is available.
    """

    platform: str
    images: Sequence[BuiltImage]
    absent: UnavailableError | None = None


@dataclass(frozen=True, slots=True)
class BaseImages:
    """The exact base images.

    Attributes:
        pins: the exact image behind each reference; a placeholder for missing ones.
        missing: why images are unavailable, by reference.
    """

    pins: Mapping[str, str]
    missing: Mapping[str, UnavailableError]


def look_up(
    executor: Executor, workspace: Workspace, services: Sequence[str], *, needed: bool
) -> Surroundings:
    """The platform of an executor, and its images of a workspace.

    Args:
        executor: the executor.
        workspace: the workspace.
        services: the services whose images are looked up.
        needed: whether to raise an error if the executor is unavailable, instead of returning it.
    """
    try:
        repositories = {workspace.repository(service) for service in services}
        images = executor.images(workspace.name, repositories)
        return Surroundings(executor.platform(), images)
    except UnavailableError as error:
        if needed:
            raise
        return Surroundings(host_platform(), (), error)


def host_platform() -> str:
    """The platform of an engine on this machine: ``linux/amd64``."""
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
        except UnavailableError as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for reference, found in zip(unknown, threads.map(pin, unknown), strict=True):
            if isinstance(found, UnavailableError):
                missing[reference] = found
            pins[reference] = found if isinstance(found, str) else f"{reference}@unavailable"
    return BaseImages(pins, missing)
