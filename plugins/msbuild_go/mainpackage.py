"""Finds the main package of a service and the modules it is built with, or says what is wrong."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, remembered
from msbuild_go.flag_files import overlaid
from msbuild_go.modules import find_modules
from msbuild_go.packages import packages_of
from msbuild_go.scan import scan
from msbuild_go.settings import program_of

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder, Service, Sources
    from msbuild_go.modules import Modules
    from msbuild_go.settings import Program

_MOST_CANDIDATES = 3


def locate(
    service: Service, builder: Builder, sources: Sources
) -> tuple[Program, Modules, Sources]:
    """The program of a service, the modules that it is built with, and the tree as go sees it.

    Raises:
        ConfigError: there is no main package, or no ``go.mod`` for it.
    """
    # both are kept with the answer, so no others ever have their ids
    question = (id(service), id(builder))
    *_, program = remembered(
        sources, question, lambda: (service, builder, program_of(service, builder))
    )
    home = _find(program, sources)
    tree = overlaid(program.flags, home.root, sources, builder.at) if home else sources
    return program, remembered(tree, program, lambda: _locate(program, service, tree)), tree


def _find(program: Program, sources: Sources) -> Modules | None:
    return find_modules(program.package, sources, workspace=program.workspace, mod=program.mod)


def _locate(program: Program, service: Service, sources: Sources) -> Modules:
    place = f"`{program.package or '.'}`"
    if not any(name.endswith(".go") for name in sources.names(program.package)):
        raise _wrong(service, f"no Go files in {place}", _elsewhere(service, sources))
    modules = _find(program, sources)
    if modules is None:
        hint = "run `go mod init` there, or put `go.mod` under version control"
        raise _wrong(service, f"no `go.mod` in {place} or above it", hint)
    found = packages_of(modules, program.judge(modules.release), sources)
    packages = sorted(found.package(program.package, sources).names)
    if "main" not in packages and "" not in packages:
        what = f"a Linux build takes none of the Go files in {place}"
        if packages:
            what = f"{place} is `package {packages[0]}`, not `package main`"
        raise _wrong(service, what, _elsewhere(service, sources))
    return modules


def _wrong(service: Service, what: str, hint: str) -> ConfigError:
    return ConfigError(f"service `{service.name}`: {what}", hint=hint, at=service.at)


def _elsewhere(service: Service, sources: Sources) -> str:
    """Where else below the service's path there are main packages."""
    home = posixpath.normpath(service.path)
    found = sorted(
        {
            posixpath.relpath(posixpath.dirname(path) or ".", home)
            for path in sources.files(service.path)
            if path.endswith(".go")
            and not path.endswith("_test.go")
            and scan(sources.read(path)).package == "main"
        }
    )
    if not found:
        return "set `path` of the service, or its option `target`, to a directory of `package main`"
    some = " or ".join(f"`./{each}`" for each in found[:_MOST_CANDIDATES])
    return f"set the service's option `target` to {some}"
