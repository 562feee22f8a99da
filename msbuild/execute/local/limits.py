"""What takes a container: said before anything is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.model import Workspace

_HINT = "build it in containers with `--executor docker`, or take it out of the config"


def refuse(workspace: Workspace, services: Sequence[str]) -> None:
    """Pass if this host can build the services without a container.

    Raises:
        ConfigErrors: it cannot, with the service and its line in the config.
    """
    problems = list(_problems(workspace, services))
    if problems:
        raise ConfigErrors(problems)


def _problems(workspace: Workspace, services: Sequence[str]) -> Iterator[ConfigError]:
    for name in services:
        service = workspace.services[name]
        if packages := service.runtime.packages:
            yield ConfigError(
                f"service `{name}` installs {_listed(packages)} into its image, "
                "which only a container can do",
                hint=_HINT,
                at=service.at,
            )


def _listed(packages: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in packages)
