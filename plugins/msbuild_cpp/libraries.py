"""Stages of libraries: targets that several programs of a project link, compiled once.

A service uses such a stage as its base only to build faster: ninja compares commands and
modification times, and rebuilds what differs for the service.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    Copy,
    Run,
    Stage,
    StageKind,
    StageRef,
    base_stage_for,
    families,
    family_name,
    may_share,
    toolchain_name,
)
from msbuild_cpp import build_script
from msbuild_cpp.closure import closure_of
from msbuild_cpp.compiler_cache import compiler_caches
from msbuild_cpp.locate import program_of, project_of
from msbuild_cpp.project import reach
from msbuild_cpp.settings import settings_of, with_own_build_type
from msbuild_cpp.values import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.plugin.api import Builder, Family, Inputs, Service, Sources
    from msbuild_cpp.project import Project, Target
    from msbuild_cpp.settings import Settings


def library_stages(
    builder: Builder, services: Sequence[Service], sources: Sources
) -> Iterator[Stage]:
    """The stages of the libraries of every project, parents first.

    Args:
        builder: the builder.
        services: all services of the builder.
        sources: the source tree.
    """
    needs: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    projects: dict[str, tuple[Project, Settings]] = {}
    for service in filter(_may_share, services):
        settings = settings_of(service, builder)
        project = project_of(service, builder, settings, sources)
        linked = reach([program_of(service, project)], project).targets
        needs[project.root][service.name] = frozenset(
            name for name, target in linked.items() if _is_compiled(target)
        )
        projects[project.root] = project, with_own_build_type(settings, project.root, sources)
    for root, (project, settings) in sorted(projects.items()):
        yield from _of_project(builder, project, settings, needs[root])


def library_base(
    service: Service, builder: Builder, project: str, inputs: Inputs, shared: Sequence[Stage]
) -> StageRef:
    """The stage that a service is based on: libraries of its project, or the toolchain.

    Args:
        service: the service.
        builder: its builder.
        project: the directory of its project.
        inputs: its inputs.
        shared: the shared stages of its builder.
    """
    toolchain = shared[0].name
    names = {family_name(builder, number, project) for number in range(1, len(shared))}
    libraries = [stage for stage in shared if stage.name in names and _may_share(service)]
    name = base_stage_for(service, toolchain, libraries, inputs.files)
    return StageRef(name, speed_only=name != toolchain)


def _may_share(service: Service) -> bool:
    """Whether the project is configured for a service as it is for others."""
    return may_share(service) and not service.options["cmake_args"]


def _is_compiled(target: Target) -> bool:
    """Whether a target is a library that ninja can build by name."""
    return target.kind == "library" and bool(target.sources) and is_known(target.name)


def _of_project(
    builder: Builder,
    project: Project,
    settings: Settings,
    needs: Mapping[str, frozenset[str]],
) -> Iterator[Stage]:
    stages: dict[Family | None, str] = {None: toolchain_name(builder)}
    known: dict[Family | None, frozenset[str]] = {None: frozenset()}
    for number, family in enumerate(families(needs), start=1):
        stages[family] = family_name(builder, number, project.root)
        targets = sorted(family.common)
        closure = closure_of([project.targets[name] for name in targets], project)
        known[family] = known[family.outer] | closure.files.keys()
        files = sorted(closure.files.keys() - known[family.outer])
        script, plain = (
            build_script.build_libraries(targets, project.root, settings, closure, plain=plain)
            for plain in (False, True)
        )
        yield Stage(
            name=stages[family],
            kind=StageKind.DEPENDENCIES,
            base=StageRef(stages[family.outer]),
            steps=(
                Copy(tuple(files)),
                Run(script, caches=compiler_caches(builder, closure), plain=plain),
            ),
        )
