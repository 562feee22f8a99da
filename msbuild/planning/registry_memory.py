"""The registry as memory: an image with a service's fingerprint for a tag means that it was built.

One HEAD a service, side by side, and no engine. Who may push there decides what everybody takes
for built.
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
    """What a registry says.

    Attributes:
        images: the images of services that it has.
        unknown: why nobody knows about the others; ``None`` where it answered all questions.
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
        registry: asks.
        workspace: says how the repositories are called.
        services: the services to ask for.
        fingerprints: of their runtime stages.

    Raises:
        EnvironmentFault: what answers is no registry, or does not let us ask.
    """

    def ask(service: str) -> BuiltImage | TransientError | None:
        fingerprint = fingerprints[service]
        tag = fingerprint_tag(workspace.repository(service), fingerprint.value)
        try:
            digest = registry.digest(*tag.rsplit(":", 1))
        except MalformedAnswer:
            raise
        except TransientError as fault:
            return fault
        if digest is None:
            return None
        labels = {LABEL_FINGERPRINT: fingerprint.value}
        return BuiltImage(digest, frozenset((tag,)), 0, 0, labels, remote=True)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        found = [each for each in threads.map(ask, services) if each]
    images = [each for each in found if isinstance(each, BuiltImage)]
    faults = [each for each in found if isinstance(each, TransientError)]
    return Remembered(images, faults[0] if faults else None)


def rename(registry: Registry, services: Iterable[CachedService]) -> None:
    """Have the tags that were asked for mean the images that the registry has. Nothing is pulled.

    Raises:
        EnvironmentFault: the registry does not take them.
    """

    def give(service: CachedService) -> None:
        (known,) = service.image.tags
        repository, _, tag = known.rpartition(":")
        registry.name(repository, tag, _tags(service.retag))

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(give, services))


def _tags(references: Sequence[str]) -> list[str]:
    return [reference.rpartition(":")[2] for reference in references]
