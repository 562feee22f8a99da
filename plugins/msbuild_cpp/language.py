"""The stages of C++ services: a toolchain, shared libraries, and one program per service."""

from __future__ import annotations

import posixpath
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
    build_name,
    paths,
    toolchain,
)
from msbuild_cpp import build_script
from msbuild_cpp.closure import closure_of
from msbuild_cpp.compiler_cache import compiler_caches
from msbuild_cpp.libraries import library_base, library_stages
from msbuild_cpp.locate import program_of, project_of
from msbuild_cpp.settings import (
    BUILDER_OPTIONS,
    SERVICE_OPTIONS,
    settings_of,
    unused_presets,
    with_own_build_type,
)
from msbuild_cpp.shared_libraries import directory_of, warnings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.plugin.api import Builder, Option, Service, Sources
    from msbuild_cpp.closure import Closure
    from msbuild_cpp.project import Project, Target

TOOLCHAIN_ENV = {
    "CCACHE_DIR": "$CACHE/ccache",
    # two different compilers may have the same size and modification time
    "CCACHE_COMPILERCHECK": "content",
    # the direct mode misses a new header that is found before a known one: see `compiler_cache.py`
    "CCACHE_NODIRECT": "1",
    # the value of `__DATE__`
    "SOURCE_DATE_EPOCH": "0",
}

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
    wanted = next((name for name in _PKG_CONFIG if name in builder.packages), None)
    more = (HostTool("pkg-config", _VERSION, wanted),) if wanted else ()
    return (*_HOST_TOOLS, *more)


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
            *warnings_of(service, program, project, settings, sources),
            *unused_presets(project.root, settings.arguments, sources),
        )
        return Inputs(dict(sorted(files.items())), widened=closure.widened, warnings=warnings)

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """The toolchain, with third-party libraries as packages, and the libraries of the tree."""
        return (
            toolchain(builder, env=TOOLCHAIN_ENV, host=host_tools(builder)),
            *library_stages(builder, services, sources),
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
            base=library_base(service, builder, project.root, inputs, shared),
            steps=(
                Copy(tuple(inputs.files)),
                Run(script, caches=compiler_caches(builder, closure), plain=plain),
            ),
            stand_ins=closure.left_out,
        )
        libraries = directory_of(settings)
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
    generated = tuple(posixpath.normpath(each.destination) for each in service.depends_on)
    return program, project, closure_of([program], project, generated)
