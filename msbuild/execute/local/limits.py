"""What takes a container: said before anything is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.model import Workspace

_HINT = "build it in containers with `--executor docker`, or take it out of the config"


def refuse(workspace: Workspace, services: Sequence[str]) -> None:
    """Pass if this host can build the services without a container.

    Args:
        workspace: the workspace.
        services: the services.

    Raises:
        ConfigErrors: it cannot, with the service and its line in the config.
    """
    problems = [
        ConfigError(
            f"service `{name}` installs {_listed(service.runtime.packages)} into its image, "
            "which only a container can do",
            hint=_HINT,
            at=service.at,
        )
        for name in services
        if (service := workspace.services[name]).runtime.packages
    ]
    if problems:
        raise ConfigErrors(problems)


def _listed(packages: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in packages)
