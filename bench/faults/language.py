"""A language whose programs contain their sources, and whose steps leave daemons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    Artifact,
    Builder,
    CacheMount,
    Copy,
    CopyArtifact,
    HostTool,
    Inputs,
    Option,
    Run,
    Service,
    ServiceBuild,
    Sources,
    Stage,
    StageKind,
    StageRef,
    hookimpl,
    toolchain,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

# Detaches from session and parent, and would write to the files of later steps.
_DAEMON = "setsid sh -c '(sleep 1.5; echo orphan >> \"{place}\") >/dev/null 2>&1 &'"


class Concatenate:
    name = "concatenate"
    version = "1"
    builder_options: Sequence[Option] = ()
    service_options: Sequence[Option] = ()

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        return Inputs({f"{service.path}/main": "the source"})

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        tool = toolchain(builder, host=(HostTool("sh", ("-c", "echo 1.0"), "dash"),))
        place = '$CACHE"/lib"'
        deps = Stage(
            name=f"{builder.name}-deps",
            kind=StageKind.DEPENDENCIES,
            base=StageRef(tool.name),
            steps=(
                Copy(("lock",)),
                Run(
                    f"{_DAEMON.format(place=place)}\n"
                    'mkdir "$CACHE"/d; sleep 0.1; cat lock > "$CACHE"/lib; cp lock "$CACHE"/d/x'
                ),
            ),
        )
        generated = Stage(
            name=f"{builder.name}-gen",
            kind=StageKind.CUSTOM,
            base=StageRef(tool.name),
            steps=(
                Copy(("lock",)),
                Run('mkdir "$OUT"/gen; sed s/^/gen-/ lock > "$OUT"/gen/x; ln -s gen "$OUT"/now'),
            ),
        )
        return (tool, deps, generated)

    def service_build(
        self,
        service: Service,
        builder: Builder,
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,
    ) -> ServiceBuild:
        place = f'$OUT/{service.name}"'
        cache = CacheMount(
            "concatenate-cache", "cache", "nothing: its content is not read", "locked"
        )
        make = (
            f'{_DAEMON.format(place=place[:-1])}\nsleep 0.1; date > "$CACHE"/cache/x\n'
            f'cat "$CACHE"/lib "$CACHE"/d/x gen/x {service.path}/main > "$OUT"/{service.name}'
        )
        stage = Stage(
            name=f"{service.name}-build",
            kind=StageKind.BUILD,
            base=StageRef(shared[1].name),
            steps=(
                Copy(tuple(inputs.files)),
                CopyArtifact(shared[2].name, "now", "gen"),
                Run(make, caches=(cache,)),
            ),
        )
        return ServiceBuild((stage,), (Artifact(service.name, service.name),))


@hookimpl
def msbuild_languages() -> list[Concatenate]:
    return [Concatenate()]
