"""The stages of C++ services: a toolchain, libraries, and one program per service.

A stage of libraries compiles targets that several programs of a project link, once. A service uses
it as its base only to build faster: ninja compares commands and modification times, and rebuilds
what differs for the service.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    Artifact,
    Copy,
    HarmlessAccess,
    HostTool,
    Inputs,
    Run,
    ServiceBuild,
    Stage,
    StageKind,
    StageRef,
    base_stage_for,
    build_name,
    families,
    family_name,
    may_share,
    paths,
    toolchain,
    toolchain_name,
)
from msbuild_cpp import build_script
from msbuild_cpp.closure import closure_of
from msbuild_cpp.project import reach
from msbuild_cpp.settings import (
    BUILDER_OPTIONS,
    SERVICE_OPTIONS,
    program_of,
    project_of,
    settings_of,
    unused_presets,
    with_own_build_type,
)
from msbuild_cpp.values import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.plugin.api import Builder, Family, Option, Service, Sources
    from msbuild_cpp.closure import Closure
    from msbuild_cpp.project import Project, Target
    from msbuild_cpp.settings import Settings

TOOLCHAIN_ENV = {
    "CCACHE_DIR": "$CACHE/ccache",
    # two different compilers may have the same size and modification time
    "CCACHE_COMPILERCHECK": "content",
    # the direct mode misses a new header that is found before a known one: see `build_script.py`
    "CCACHE_NODIRECT": "1",
    # the value of `__DATE__`
    "SOURCE_DATE_EPOCH": "0",
}

_OPENS = re.compile(r"\bdlopen\s*\(")
_VERSION = ("--version",)
_HOST_TOOLS = (
    HostTool("c++", _VERSION, "g++"),
    HostTool("cc", _VERSION, "gcc"),
    HostTool("cmake", _VERSION, "cmake"),
    HostTool("ninja", _VERSION, "ninja-build"),
    HostTool("ccache", _VERSION, "ccache", optional=True),
)
_PKG_CONFIG = ("pkg-config", "pkgconf")


def host_tools(builder: Builder) -> tuple[HostTool, ...]:
    """The programs of the host that replace the toolchain image."""
    package = next((name for name in _PKG_CONFIG if name in builder.packages), None)
    pkg_config = (HostTool("pkg-config", _VERSION, package),) if package else ()
    return (*_HOST_TOOLS, *pkg_config)


class Cpp:
    """Services that CMake builds."""

    name = "cpp"
    version = "2"
    builder_options: Sequence[Option] = BUILDER_OPTIONS
    service_options: Sequence[Option] = SERVICE_OPTIONS
    # `install(FILES …)` checks whether each name is a directory, but nothing is installed
    harmless_accesses: Sequence[HarmlessAccess] = (HarmlessAccess("cmake", type_checks=True),)

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The sources of the program's targets, their headers, and the files that CMake reads."""
        program, project, closure = _closure(service, builder, sources)
        files = dict(closure.files)
        for path in map(posixpath.normpath, service.options["inputs"]):
            for file in paths.expand(path, sources):
                files.setdefault(file, "listed in `inputs`")
        settings = settings_of(service, builder)
        warnings = (
            *_warnings_about_libraries(service, program, project, settings, sources),
            *unused_presets(project.root, settings.arguments, sources),
        )
        return Inputs(dict(sorted(files.items())), widened=closure.widened, warnings=warnings)

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """The toolchain, with third-party libraries as packages, and the libraries of the tree."""
        return (
            toolchain(builder, env=TOOLCHAIN_ENV, host=host_tools(builder)),
            *_library_stages(builder, services, sources),
        )

    def service_build(
        self,
        service: Service,
        builder: Builder,
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,
    ) -> ServiceBuild:
        """Configure the parts of the project that the service needs, and build its program."""
        program, project, closure = _closure(service, builder, sources)
        settings = with_own_build_type(settings_of(service, builder), project.root, sources)
        script, plain = (
            build_script.build(program.name, project.root, settings, closure, plain=plain)
            for plain in (False, True)
        )
        stage = Stage(
            name=build_name(service),
            kind=StageKind.BUILD,
            base=_library_base(service, builder, project.root, inputs, shared),
            steps=(
                Copy(tuple(inputs.files)),
                Run(script, caches=build_script.compiler_caches(builder, closure), plain=plain),
            ),
            stand_ins=closure.left_out,
        )
        libraries = build_script.library_directory(settings)
        library_artifacts = (
            (Artifact(libraries, libraries),) if closure.shared and not settings.static else ()
        )
        return ServiceBuild(
            (stage,), (Artifact(settings.binary, settings.binary), *library_artifacts)
        )


def _closure(
    service: Service, builder: Builder, sources: Sources
) -> tuple[Target, Project, Closure]:
    """The program of a service, its project, and its closure."""
    project = project_of(service, builder, settings_of(service, builder), sources)
    program = program_of(service, project)
    generated = tuple(
        posixpath.normpath(dependency.destination) for dependency in service.depends_on
    )
    return program, project, closure_of([program], project, generated)


def _warnings_about_libraries(
    service: Service, program: Target, project: Project, settings: Settings, sources: Sources
) -> tuple[str, ...]:
    """Warnings about libraries that may be missing at run time."""
    warnings: list[str] = []
    if not settings.static and service.runtime.base == "scratch":
        warnings.append(
            f"`{service.name}` is not linked statically, and its image has no C library:"
            " set `runtime.base`, or `static: true`"
        )
    modules = [target for target in project.targets.values() if "MODULE" in target.library_types]
    if modules and any(
        _opens(target, sources) for target in reach([program], project).targets.values()
    ):
        names = ", ".join(f"`{target.name}` ({target.defined_at})" for target in modules)
        warnings.append(f"`{service.name}` may load modules that are not in its image: {names}")
    return tuple(warnings)


def _opens(target: Target, sources: Sources) -> bool:
    return any(
        sources.scan(path, _opens_modules)
        for path in target.sources
        if path.endswith((".c", ".cc", ".cpp", ".cxx")) and sources.exists(path)
    )


def _opens_modules(text: str) -> bool:
    return bool(_OPENS.search(text))


def _library_stages(
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
        yield from _stages_of_project(builder, project, settings, needs[root])


def _library_base(
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


def _stages_of_project(
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
                Run(script, caches=build_script.compiler_caches(builder, closure), plain=plain),
            ),
        )
