"""A language whose stages do almost nothing, so that benchmarks time the tool itself.

Every builder has its own shared stage. A service is a directory with a file `text`, which its build
copies; without the file the build fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    Artifact,
    Copy,
    Inputs,
    Option,
    Run,
    ServiceBuild,
    Stage,
    StageKind,
    StageRef,
    hookimpl,
    quote,
    toolchain,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.plugin.api import Builder, Language, Service, Sources


class Tiny:
    """A language that copies a text."""

    name = "tiny"
    version = "1"
    builder_options: Sequence[Option] = (Option("salt", str, "", "Makes every stage new."),)
    service_options: Sequence[Option] = ()

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:  # noqa: ARG002
        """All files of the service."""
        return Inputs(dict.fromkeys(sources.files(service.path), "a file of the service"))

    def shared_stages(
        self,
        builder: Builder,
        services: Sequence[Service],  # noqa: ARG002 - unused here
        sources: Sources,  # noqa: ARG002
    ) -> Sequence[Stage]:
        """The toolchain stage and one stage on top of it."""
        script = f"echo {quote(builder.name, builder.options['salt'])} > shared"
        base = StageRef(f"{builder.name}-toolchain")
        shared = Stage(f"{builder.name}-deps", StageKind.DEPENDENCIES, base, (Run(script),))
        return (toolchain(builder), shared)

    def service_build(
        self,
        service: Service,
        builder: Builder,  # noqa: ARG002
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,  # noqa: ARG002
    ) -> ServiceBuild:
        """One step on the shared stage."""
        script = f'mkdir -p "$OUT" && cp {quote(f"{service.path}/text")} "$OUT/"'
        steps = (Copy(tuple(inputs.files)), Run(script))
        base = StageRef(shared[-1].name)
        build = Stage(f"{service.name}-build", StageKind.BUILD, base, steps)
        return ServiceBuild((build,), (Artifact("text", "text"),))


@hookimpl
def msbuild_languages() -> list[Language]:
    """Register the language."""
    return [Tiny()]
