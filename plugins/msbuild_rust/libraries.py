"""Stages of libraries: what several programs of a workspace are made from, compiled once.

Each stands on third-party crates or on a stage of fewer libraries for more programs. Services stand
on them for speed alone: what of them does not fit a service, cargo compiles again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    Copy,
    Run,
    Stage,
    StageKind,
    StageRef,
    families,
    family_name,
    shared_name,
)
from msbuild_rust import scripts
from msbuild_rust.closure import Packaging, package_closure
from msbuild_rust.facts import needs_of
from msbuild_rust.settings import cfg_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.plugin.api import Builder, Family, Sources
    from msbuild_rust.settings import Program
    from msbuild_rust.workspace import CargoWorkspace


def library_stages(
    builder: Builder, workspace: CargoWorkspace, programs: Sequence[Program], sources: Sources
) -> Iterator[Stage]:
    """The stages of a workspace's libraries, parents first.

    Args:
        builder: the builder.
        workspace: the workspace.
        programs: its programs that may share, for which cargo is called alike.
        sources: the source tree.
    """
    if not programs:
        return
    how = Packaging(workspace, cfg_of(builder, programs[0].call, sources))
    needs = {
        program.name: frozenset(needs_of(workspace, program, sources).local)
        - {program.package.directory}
        for program in programs
    }
    grounds: dict[Family | None, str] = {None: shared_name(builder, "deps", workspace.directory)}
    for number, family in enumerate(families(needs), start=1):
        grounds[family] = family_name(builder, number, workspace.directory)
        known = family.around.common if family.around else frozenset()
        files = {
            path
            for directory in family.common - known
            for path in package_closure(how, workspace.packages[directory], sources)[0]
        }
        members = [program for program in programs if program.name in family.members]
        script = scripts.compile_libraries(members, sorted(family.common))
        yield Stage(
            name=grounds[family],
            kind=StageKind.DEPENDENCIES,
            base=StageRef(grounds[family.around]),
            steps=(Copy(tuple(sorted(files))), Run(script)),
        )
