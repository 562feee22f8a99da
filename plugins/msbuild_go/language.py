"""Go as stages: toolchain, dependencies by module, one program per service."""

from __future__ import annotations

import hashlib
import posixpath
from functools import partial
from typing import TYPE_CHECKING, Any

from msbuild.plugin.api import (
    Artifact,
    ConfigError,
    HarmlessAccess,
    Inputs,
    ServiceBuild,
    build_name,
    recalled,
    remembered,
    toolchain,
)
from msbuild_go.closure import External, closure_of
from msbuild_go.flag_files import named_files, overlaid, real_files
from msbuild_go.lock_files import broken_links, generated_links, lock_facts
from msbuild_go.modules import find_modules
from msbuild_go.packages import packages_of
from msbuild_go.scan import scan
from msbuild_go.settings import (
    BUILDER_OPTIONS,
    SERVICE_OPTIONS,
    cgo_enabled,
    check_environment,
    program_of,
    target_of,
)
from msbuild_go.stages import (
    TOOLCHAIN_ENV,
    build_stage,
    deps_name,
    deps_stage,
    host_tools,
    is_keyed,
    package_flags,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.plugin.api import Builder, Generated, Location, Option, Service, Sources, Stage
    from msbuild_go.closure import Closure
    from msbuild_go.modules import Modules
    from msbuild_go.settings import Program

_MOST_CANDIDATES = 3


class Go:
    """Services that the go command builds."""

    name = "go"
    version = "2"
    builder_options: Sequence[Option] = BUILDER_OPTIONS
    service_options: Sequence[Option] = SERVICE_OPTIONS
    # it reads the head of every file of a package; the compiler also opens those that matter
    harmless_accesses: Sequence[HarmlessAccess] = (
        HarmlessAccess("go", opens=("*.go",), lookups=True),
    )

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The files of the program's packages, and the parts of lock files that affect it."""
        program, modules, tree = locate(service, builder, sources)
        closure = closure_of(program, modules, tree)
        facts = lock_facts(closure, modules, tree, toolchain=program.toolchain)
        files = _files(program, modules, closure, tree, builder.at)
        return Inputs(
            dict(sorted(files.items())),
            facts,
            closure.widened,
            (*_warnings(closure.ignored), *broken_links(modules, tree)),
        )

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """The toolchain, and a stage of dependencies for each module or ``go.work``."""
        check_environment(builder)
        users = _by_root(builder, services, sources)
        env = {**TOOLCHAIN_ENV, "CGO_ENABLED": str(int(cgo_enabled(builder)))}
        return (
            toolchain(builder, env=env, host=host_tools(builder)),
            *(deps_stage(builder, *users[root]) for root in sorted(users)),
        )

    def generated_files(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Generated]:
        """The ``go.links`` of each module or ``go.work``: what third-party packages import."""
        users = _by_root(builder, services, sources)
        files = (generated_links(*users[root]) for root in sorted(users))
        return tuple(file for file in files if file)

    def service_build(
        self,
        service: Service,
        builder: Builder,
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,
    ) -> ServiceBuild:
        """The stage that compiles the program, based on its module's dependencies."""
        program, modules, tree = locate(service, builder, sources)
        deps = deps_name(builder, modules, sources)
        closure = closure_of(program, modules, tree)
        listed = inputs.files.keys() - _files(program, modules, closure, tree, builder.at).keys()
        is_cached = is_keyed(program, closure, listed)
        name, files = build_name(service), tuple(inputs.files)
        stage = build_stage(name, (deps, modules.root), program, files, is_cached=is_cached)
        artifacts = (Artifact(program.binary, program.binary),)
        return ServiceBuild((stage,), artifacts, target_of(builder))


def _warnings(ignored: Mapping[str, str]) -> Iterator[str]:
    """One warning for each import or embed of ignored files."""
    places: dict[str, list[str]] = {}
    for path, reason in ignored.items():
        places.setdefault(reason, []).append(path)
    for reason, paths in places.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        quoted = reason.replace(" by ", " by `", 1)
        yield f"ignore rules exclude `{paths[0]}`{more}, {quoted}`"


def _files(
    program: Program, modules: Modules, closure: Closure, tree: Sources, at: Location
) -> dict[str, str]:
    """The files on disk that a program is compiled from."""
    named = named_files(program.flags, modules.root, tree, at)
    return {**named, **real_files(closure.files, tree)}


def _by_root(
    builder: Builder, services: Sequence[Service], sources: Sources
) -> dict[str, tuple[Modules, Program, list[External], Sources]]:
    """The programs that shared stages serve, by the directory in which go runs.

    The modules, one of the programs, facts about all of them, and the tree as go sees it.
    """
    users: dict[str, tuple[Modules, Program, list[External], Sources]] = {}
    for service in services:
        # listed inputs come from the tree, too: others would be another question
        listed = hashlib.sha256(repr(service.inputs).encode("utf-8", "surrogatepass")).hexdigest()
        question = f"go {builder.name} {service.name} {listed if service.inputs else ''}"
        root, *parts = recalled(question, partial(_external, service, builder, sources))
        if root not in users:
            program, modules, tree = locate(service, builder, sources)
            users[root] = modules, program, [], tree
        users[root][2].append(External(*parts))
    return users


def _external(service: Service, builder: Builder, sources: Sources) -> tuple[Any, ...]:
    """The directory in which go runs for a service, and the fields of ``External``."""
    program, modules, tree = locate(service, builder, sources)
    closure = closure_of(program, modules, tree)
    packages = (closure.third_party, closure.standard, closure.unkeyed)
    return modules.root, program.tags, package_flags(program), *packages


def locate(
    service: Service, builder: Builder, sources: Sources
) -> tuple[Program, Modules, Sources]:
    """The program of a service, its modules, and the tree as go sees it.

    Raises:
        ConfigError: there is no main package, or no ``go.mod`` for it.
    """
    # both are stored with the result, so their ids are unique
    question = (id(service), id(builder))
    *_, program = remembered(
        sources, question, lambda: (service, builder, program_of(service, builder))
    )
    home = _modules_of(program, sources)
    tree = overlaid(program.flags, home.root, sources, builder.at) if home else sources
    return program, remembered(tree, program, lambda: _locate(program, service, tree)), tree


def _modules_of(program: Program, sources: Sources) -> Modules | None:
    return find_modules(program.package, sources, workspace=program.workspace, mod=program.mod)


def _locate(program: Program, service: Service, sources: Sources) -> Modules:
    place = f"`{program.package or '.'}`"
    if not any(name.endswith(".go") for name in sources.names(program.package)):
        raise _program_error(service, f"no Go files in {place}", _elsewhere(service, sources))
    modules = _modules_of(program, sources)
    if modules is None:
        hint = "run `go mod init` there, or put `go.mod` under version control"
        raise _program_error(service, f"no `go.mod` in {place} or above it", hint)
    packages = packages_of(modules, program.tags_for(modules.release), sources)
    names = sorted(packages.package(program.package, sources).names)
    if "main" not in names and "" not in names:
        problem = f"a Linux build includes none of the Go files in {place}"
        if names:
            problem = f"{place} is `package {names[0]}`, not `package main`"
        raise _program_error(service, problem, _elsewhere(service, sources))
    return modules


def _program_error(service: Service, problem: str, hint: str) -> ConfigError:
    return ConfigError(f"service `{service.name}`: {problem}", hint=hint, at=service.at)


def _elsewhere(service: Service, sources: Sources) -> str:
    """A hint that names main packages below the service's path."""
    home = posixpath.normpath(service.path)
    directories = sorted(
        {
            posixpath.relpath(posixpath.dirname(path) or ".", home)
            for path in sources.files(service.path)
            if path.endswith(".go")
            and not path.endswith("_test.go")
            and scan(sources.read(path)).package == "main"
        }
    )
    if not directories:
        return "set `path` of the service, or its option `target`, to a directory of `package main`"
    choices = " or ".join(f"`./{directory}`" for directory in directories[:_MOST_CANDIDATES])
    return f"set the service's option `target` to {choices}"
