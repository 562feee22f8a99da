"""Creates the workspace from the values of a config, with the checks across all of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msbuild.model import Workspace
from msbuild.workspace.config.builders import check_default_builder, make_builder, make_stage
from msbuild.workspace.config.given import Scope
from msbuild.workspace.config.problems import shown
from msbuild.workspace.config.services import check_cycles, make_services
from msbuild.workspace.config.source_paths import SourcePaths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from msbuild.model import Builder, CustomStage, Location, Service
    from msbuild.plugin.api import Language
    from msbuild.sources.tree import SourceTree
    from msbuild.workspace.config.given import Given
    from msbuild.workspace.config.problems import Problems
    from msbuild.workspace.config.reader import Reader


def workspace_of(
    file: Path,
    config: Given,
    languages: Mapping[str, Language] | None,
    reader: Reader,
    tree_of: Callable[[Path], SourceTree],
) -> Workspace:
    """The workspace; only meaningful if no problems were added.

    Args:
        file: the config file, absolute.
        config: its values.
        languages: every language by name, or ``None`` if they could not be loaded.
        reader: reads plugin options, and holds the problems.
        tree_of: returns the source tree of a source root.
    """
    problems = reader.problems
    source_root = file.parent / config.plain("source_root")
    there = _has_root(file, config, problems)
    paths = SourcePaths(tree_of(source_root), problems) if there else None
    scope = Scope(config, languages, paths, reader, problems)
    builders = {
        name: make_builder(name, given, scope) for name, given in scope.table("builders").items()
    }
    stages = {name: make_stage(name, given, scope) for name, given in scope.table("stages").items()}
    check_default_builder(scope)
    services = make_services(scope)
    check_stage_names(builders, stages, services, problems)
    check_cycles(services, problems)
    return Workspace(
        name=config.plain("workspace"),
        file=file,
        source_root=source_root,
        registry=config.plain("registry"),
        ca_bundle=config.plain("ca_bundle"),
        plugins=config.plain("plugins"),
        builders=builders,
        stages=stages,
        services=services,
    )


def _has_root(file: Path, config: Given, problems: Problems) -> bool:
    """Whether the source root is a directory inside the config's, with links resolved."""
    if config.is_wrong("source_root"):
        return False
    given = config.get("source_root")
    if given is None:
        return True
    home, root = os.path.realpath(file.parent), os.path.realpath(file.parent / given.value)
    name = shown(given.value)
    if os.path.commonpath([home, root]) != home:
        message = f"the source root {name} leaves the config's directory through a link"
        problems.add(given.at, message, "move the config next to the sources it builds")
    elif not os.path.isdir(root):  # noqa: PTH112 - already resolved
        what = "is not a directory" if os.path.lexists(root) else "does not exist"
        problems.add(given.at, f"the source root {name} {what}", "it is relative to the config")
    else:
        return True
    return False


def check_stage_names(
    builders: Mapping[str, Builder],
    stages: Mapping[str, CustomStage],
    services: Mapping[str, Service],
    problems: Problems,
) -> None:
    """Add a problem for each builder, stage and service whose stage names are taken.

    Languages name their stages ``<builder>-toolchain``, ``<builder>-deps`` and
    ``<service>-build``; a runtime stage has the name of its service.
    """
    taken: dict[str, str] = {}
    for name, what, at in _names(builders, stages, services):
        if name in taken:
            message = f"{what} and {taken[name]} would both be stage `{name}`"
            problems.add(at, message, "rename one of them")
        else:
            taken[name] = what
    for image, what in _images(builders, services):
        if image in stages:
            message = f"stage `{image}` has the same name as the image of {what}"
            problems.add(stages[image].at, message, "rename it, or give the image a tag")


def _images(
    builders: Mapping[str, Builder], services: Mapping[str, Service]
) -> Iterator[tuple[str, str]]:
    for name, builder in builders.items():
        yield builder.image, f"builder `{name}`"
    for name, service in services.items():
        yield service.runtime.base, f"service `{name}`"


def _names(
    builders: Mapping[str, Builder],
    stages: Mapping[str, CustomStage],
    services: Mapping[str, Service],
) -> Iterator[tuple[str, str, Location]]:
    for name, builder in builders.items():
        yield f"{name}-toolchain", f"the toolchain of builder `{name}`", builder.at
        yield f"{name}-deps", f"the dependencies of builder `{name}`", builder.at
    for name, stage in stages.items():
        yield name, f"stage `{name}`", stage.at
    for name, service in services.items():
        yield name, f"service `{name}`", service.at
        yield f"{name}-build", f"the build of service `{name}`", service.at
