"""A plugin for a language of text files, where common libraries are a shared stage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    Copy,
    Run,
    Stage,
    StageKind,
    StageRef,
    base_stage_for,
    families,
    hookimpl,
)
from tests.project import TextLanguage, used_libraries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.plugin.api import Builder, Family, Inputs, Service, ServiceBuild, Sources


class Sharing(TextLanguage):
    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> list[Stage]:
        stages = super().shared_stages(builder, services, sources)
        needs = {
            service.name: frozenset(
                name
                for path in sources.files(service.path)
                for name in sources.scan(path, used_libraries)
            )
            for service in services
        }
        grounds: dict[Family | None, str] = {None: stages[-1].name}
        for number, family in enumerate(families(needs)):
            grounds[family] = f"{builder.name}-libs{number}"
            outer = family.outer.common if family.outer else frozenset()
            new = sorted(family.common - outer)
            files = tuple(path for directory in new for path in sources.files(directory))
            base = StageRef(grounds[family.outer])
            steps = (Copy(files), Run("share"))
            stages.append(Stage(grounds[family], StageKind.DEPENDENCIES, base, steps))
        return stages

    def service_build(
        self,
        service: Service,
        builder: Builder,
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,
    ) -> ServiceBuild:
        build = super().service_build(service, builder, inputs, shared, sources)
        ground = base_stage_for(service, f"{builder.name}-deps", shared, inputs.files)
        (stage,) = build.stages
        return replace(build, stages=(replace(stage, base=StageRef(ground, speed_only=True)),))


@hookimpl
def msbuild_languages() -> list[Sharing]:
    return [Sharing()]
