"""Rejects services that need a container, before anything is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.model import Workspace

_HINT = "build it in containers with `--executor docker`, or remove `packages` from its runtime"


def refuse(workspace: Workspace, services: Sequence[str]) -> None:
    """Check that this host can build the services without a container.

    Args:
        workspace: the workspace.
        services: the services.

    Raises:
        ConfigErrors: it cannot; names the services and their lines in the config.
    """
    problems = [
        ConfigError(
            f"service `{name}` installs {_listed(service.runtime.packages)} into its image, "
            "which is only possible in a container",
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
