"""Checks that no two stages of a workspace get the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.model import Builder, CustomStage, Location, Service
    from msbuild.workspace.config.problems import Problems


def check_stage_names(
    builders: Mapping[str, Builder],
    stages: Mapping[str, CustomStage],
    services: Mapping[str, Service],
    problems: Problems,
) -> None:
    """Note every builder, stage and service whose stages would be called like another's.

    Languages name their stages ``<builder>-toolchain``, ``<builder>-deps`` and
    ``<service>-build``; a runtime stage has the name of its service.
    """
    taken: dict[str, str] = {}
    for name, what, at in _names(builders, stages, services):
        if name in taken:
            message = f"{what} would be a stage `{name}`, as is {taken[name]}"
            problems.add(at, message, "rename one of them")
        else:
            taken[name] = what
    for image, what in _images(builders, services):
        if image in stages:
            message = f"stage `{image}` would be taken for the image of {what}"
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
        yield f"{name}-deps", f"what builder `{name}` downloads", builder.at
    for name, stage in stages.items():
        yield name, f"stage `{name}`", stage.at
    for name, service in services.items():
        yield name, f"service `{name}`", service.at
        yield f"{name}-build", f"the build of service `{name}`", service.at
