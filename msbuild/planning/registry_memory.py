"""Looks up images in the registry: one tagged with a service's fingerprint means it is built.

One HEAD request for each service, in parallel, without an engine. Everybody who can push to the
registry is trusted to say what is built.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import MalformedAnswer, TransientError
from msbuild.execute.api import LABEL_FINGERPRINT, BuiltImage
from msbuild.planning.planner import fingerprint_tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from msbuild.model import Workspace
    from msbuild.planning.fingerprint import Fingerprint
    from msbuild.planning.plan import CachedService
    from msbuild.registry import Registry

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Remembered:
    """The answer of a registry.

    Attributes:
        images: the images of services that it has.
        unknown: the error because of which other images are unknown; ``None`` if there was none.
    """

    images: Sequence[BuiltImage]
    unknown: TransientError | None = None


def remembered(
    registry: Registry,
    workspace: Workspace,
    services: Iterable[str],
    fingerprints: Mapping[str, Fingerprint],
) -> Remembered:
    """The images of services that the registry has.

    Args:
        registry: the registry.
        workspace: the workspace, for the names of the repositories.
        services: the services to look up.
        fingerprints: those of their runtime stages.

    Raises:
        UnavailableError: the answer is not a registry's, or access is denied.
    """

    def ask(service: str) -> BuiltImage | TransientError | None:
        fingerprint = fingerprints[service]
        tag = fingerprint_tag(workspace.repository(service), fingerprint.value)
        try:
            digest = registry.digest(*tag.rsplit(":", 1))
        except MalformedAnswer:
            raise
        except TransientError as error:
            return error
        if digest is None:
            return None
        labels = {LABEL_FINGERPRINT: fingerprint.value}
        return BuiltImage(digest, frozenset((tag,)), 0, 0, labels, remote=True)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        found = [each for each in threads.map(ask, services) if each]
    images = [each for each in found if isinstance(each, BuiltImage)]
    errors = [each for each in found if isinstance(each, TransientError)]
    return Remembered(images, errors[0] if errors else None)


def rename(registry: Registry, services: Iterable[CachedService]) -> None:
    """Point the requested tags to existing images in the registry, without pulling them.

    Raises:
        UnavailableError: the registry rejects them.
    """

    def give(service: CachedService) -> None:
        (known,) = service.image.tags
        repository, _, tag = known.rpartition(":")
        registry.name(repository, tag, _tags(service.retag))

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(give, services))


def _tags(references: Sequence[str]) -> list[str]:
    return [reference.rpartition(":")[2] for reference in references]
