"""Finds the CMake project of a service, and its program in that project."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, paths
from msbuild_cpp.reader import read_project
from msbuild_cpp.settings import with_own_build_type
from msbuild_cpp.syntax import CMAKELISTS, parse
from msbuild_cpp.values import is_known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild.plugin.api import Builder, Service, Sources
    from msbuild_cpp.project import Project, Target
    from msbuild_cpp.settings import Settings


def project_of(service: Service, builder: Builder, settings: Settings, sources: Sources) -> Project:
    """The outermost project that adds the directory of a service.

    Raises:
        ConfigError: there is no such project.
    """
    home = paths.normalize(service.path)
    if chosen := builder.options["project"]:
        root = paths.normalize(chosen)
        if not sources.exists(posixpath.join(root, CMAKELISTS)):
            raise ConfigError(
                f"`{posixpath.join(root, CMAKELISTS)}` does not exist",
                hint=f"correct the option `project` of builder `{builder.name}`",
                at=builder.at,
            )
        return _read(root, settings, sources)
    for root in _tops(home, sources):
        project = _read(root, settings, sources)
        if _builds(home, project):
            return project
    raise ConfigError(
        f"no `{CMAKELISTS}` with `project()` builds `{service.path}`",
        hint=f"add one there or in a parent, or set option `project` of builder `{builder.name}`",
        at=service.at,
    )


def program_of(service: Service, project: Project) -> Target:
    """The program that a service ships.

    Raises:
        ConfigError: there is no such target, or more than one.
    """
    programs = [each for each in project.targets.values() if each.kind == "executable"]
    home = paths.normalize(service.path)
    if chosen := service.options["target"]:
        for target in project.candidates(chosen):
            if target.kind == "executable":
                known = project.target(chosen) is not None
                return target if known else dataclasses.replace(target, name=chosen)
        raise _wrong(service, f"`{_top(project)}` defines no program `{chosen}`", programs)
    below = [each for each in programs if paths.is_below(each.home, home)]
    found = (
        [each for each in below if each.name == service.name]
        or [each for each in programs if each.name == service.name]
        or (right if len(right := [each for each in below if each.home == home]) == 1 else below)
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise _wrong(service, f"`{service.path}` defines more than one program", found)
    raise _wrong(service, f"`{service.path}` defines no program", programs)


def _wrong(service: Service, message: str, programs: Iterable[Target]) -> ConfigError:
    names = ", ".join(sorted(each.name for each in programs if is_known(each.name)))
    hint = (
        f"set the option `target` of service `{service.name}` to one of: {names}"
        if names
        else "add one with `add_executable`"
    )
    return ConfigError(message, hint=hint, at=service.at)


def _read(root: str, settings: Settings, sources: Sources) -> Project:
    settings = with_own_build_type(settings, root, sources)
    return read_project(root, settings.variables, settings.scripts(root, sources), sources)


def _tops(home: str, sources: Sources) -> list[str]:
    """``home`` and its parents, where they may be the top of a project; outermost first."""
    found: list[str] = []
    while True:
        path = posixpath.join(home, CMAKELISTS)
        if sources.exists(path) and _is_top(sources.read(path)):
            found.insert(0, home)
        if not home:
            return found
        home = posixpath.dirname(home)


def _is_top(text: str) -> bool:
    return bool(re.search(r"project", text, re.IGNORECASE)) and any(
        command.name == "project" for command in parse(text)
    )


def _builds(home: str, project: Project) -> bool:
    """Whether a project adds a directory, a parent or child of it, or compiles sources in it."""
    added = {*project.directories} - {project.root}
    return (
        home == project.root
        or any(paths.is_below(path, home) or paths.is_below(home, path) for path in added)
        or any(
            paths.is_below(path, home) for each in project.targets.values() for path in each.sources
        )
    )


def _top(project: Project) -> str:
    return posixpath.join(project.root, CMAKELISTS)
