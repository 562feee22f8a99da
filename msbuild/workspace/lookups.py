"""Looks up what a plan needs besides the sources: base images, platform, existing images.

In the registry, an image tagged with a service's fingerprint means that it is built. Looking it up
takes one HEAD request for each service, in parallel, without an engine. Everybody who can push to
the registry is trusted to decide what counts as built.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import MalformedResponse, TransientError, UnavailableError
from msbuild.execute.api import LABEL_FINGERPRINT, BuiltImage
from msbuild.planning.planner import fingerprint_tag
from msbuild.workspace.lockfile import read_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from msbuild.execute.api import Executor
    from msbuild.model import Workspace
    from msbuild.planning.planner import CachedService
    from msbuild.registry import Registry

_PARALLEL_PINS = 8


@dataclass(frozen=True, slots=True)
class ExecutorState:
    """The results of an executor's look-ups.

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
) -> ExecutorState:
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
        return ExecutorState(executor.platform(), images)
    except UnavailableError as error:
        if needed:
            raise
        return ExecutorState(host_platform(), (), error)


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

    with ThreadPoolExecutor(_PARALLEL_PINS) as threads:
        for reference, found in zip(unknown, threads.map(pin, unknown), strict=True):
            if isinstance(found, UnavailableError):
                missing[reference] = found
            pins[reference] = found if isinstance(found, str) else f"{reference}@unavailable"
    return BaseImages(pins, missing)


_PARALLEL_HEADS = 16


@dataclass(frozen=True, slots=True)
class RegistryImages:
    """The result of a registry's look-ups.

    Attributes:
        images: the images of services that it has.
        unknown: the error because of which other images are unknown; ``None`` if there was none.
    """

    images: Sequence[BuiltImage]
    unknown: TransientError | None = None


def registry_images(
    registry: Registry,
    workspace: Workspace,
    services: Mapping[str, str],
) -> RegistryImages:
    """The images of services that the registry has.

    Args:
        registry: the registry.
        workspace: the workspace, for the names of the repositories.
        services: the services to look up, each with the fingerprint of its runtime stage.

    Raises:
        UnavailableError: the response is not a registry's, or access is denied.
    """

    def ask(service: str) -> BuiltImage | TransientError | None:
        fingerprint = services[service]
        tag = fingerprint_tag(workspace.repository(service), fingerprint)
        try:
            digest = registry.digest(*tag.rsplit(":", 1))
        except MalformedResponse:
            raise
        except TransientError as error:
            return error
        if digest is None:
            return None
        labels = {LABEL_FINGERPRINT: fingerprint}
        return BuiltImage(digest, frozenset((tag,)), 0, 0, labels, remote=True)

    with ThreadPoolExecutor(_PARALLEL_HEADS) as threads:
        found = [each for each in threads.map(ask, services) if each]
    images = [each for each in found if isinstance(each, BuiltImage)]
    errors = [each for each in found if isinstance(each, TransientError)]
    return RegistryImages(images, errors[0] if errors else None)


def retag_in_registry(registry: Registry, services: Iterable[CachedService]) -> None:
    """Point the requested tags to existing images in the registry, without pulling them.

    Raises:
        UnavailableError: the registry rejects them.
    """

    def give(service: CachedService) -> None:
        (known,) = service.image.tags
        repository, _, tag = known.rpartition(":")
        registry.add_tags(repository, tag, _tags(service.retag))

    with ThreadPoolExecutor(_PARALLEL_HEADS) as threads:
        list(threads.map(give, services))


def _tags(references: Sequence[str]) -> list[str]:
    return [reference.rpartition(":")[2] for reference in references]
