"""What takes a container, or an image that cannot be had: said before anything is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors, EnvironmentFault
from msbuild.model import SCRATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from msbuild.model import Service, Workspace

_HINT = "build it in containers with `--executor docker`, or take it out of the config"


def refuse(
    workspace: Workspace,
    services: Sequence[str],
    pin: Callable[[str], object],
    locked: Collection[str] = (),
) -> None:
    """Pass if this host can build the services without a container.

    Args:
        workspace: the workspace.
        services: the services.
        pin: finds the exact image behind a base, or raises ``EnvironmentFault``.
        locked: bases whose exact image is written down already.

    Raises:
        ConfigErrors: it cannot, with the service and its line in the config.
    """
    problems: list[ConfigError] = []
    for service in (workspace.services[name] for name in services):
        problems.extend(_problems(service, pin, locked))
    if problems:
        raise ConfigErrors(problems)


def _problems(
    service: Service, pin: Callable[[str], object], locked: Collection[str]
) -> Iterator[ConfigError]:
    runtime = service.runtime
    if runtime.packages:
        yield ConfigError(
            f"service `{service.name}` installs {_listed(runtime.packages)} into its image, "
            "which only a container can do",
            hint=_HINT,
            at=service.at,
        )
    elif runtime.base != SCRATCH and runtime.base not in locked:
        try:
            pin(runtime.base)
        except EnvironmentFault as fault:
            yield ConfigError(
                f"service `{service.name}` stands on `{runtime.base}`, which cannot be had: "
                f"{fault.message}",
                hint=fault.hint,
                at=service.at,
            )


def _listed(packages: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in packages)
