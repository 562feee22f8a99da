"""Plain C for msbuild: every directory of .c files is a program."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from msbuild.plugin.api import (
    Artifact,
    Builder,
    ConfigError,
    Copy,
    HostTool,
    Inputs,
    Option,
    Run,
    Service,
    ServiceBuild,
    Sources,
    Stage,
    StageKind,
    StageRef,
    build_name,
    hookimpl,
    paths,
    quote,
    toolchain,
)

INCLUDE = re.compile(
    r'^\s*#\s*(?:include|embed)\s*(?:"([^"]+)"|([A-Za-z_].*))|\.incbin\s+\\?"([^"\\]+)'
)


def included(text: str) -> list[tuple[str, int]]:
    """What a file includes, each with its line; an empty name where a macro computes it."""
    lines = enumerate(text.splitlines(), start=1)
    found = [(each, number) for number, line in lines for each in INCLUDE.findall(line)]
    return [(quoted or binary, number) for (quoted, _, binary), number in found]


class C:
    """A service is a directory of .c files and the files that they include."""

    name = "c"
    version = "2"
    builder_options: Sequence[Option] = ()
    service_options: Sequence[Option] = (
        Option("libraries", list[str], (), "Libraries to link, without `-l`."),
    )

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The .c files of the directory and what they include, directly or not."""
        own = [name for name in sources.names(service.path) if name.endswith(".c")]
        if not own:
            raise ConfigError(
                f"service `{service.name}` has no .c file in `{service.path}`",
                hint="`path` is the directory of the program",
                at=service.at,
            )
        files = {posixpath.join(service.path, name): "a source of the service" for name in own}
        widened: dict[str, str] = {}
        waiting = list(files)
        while waiting:
            path = waiting.pop()
            home = posixpath.dirname(path)
            for name, line in sources.scan(path, included):
                found = [paths.join(home, name)]
                if not name:
                    widened[home] = f"{path}:{line} includes a file named by a macro"
                    found = list(sources.files(home))
                for file in found:
                    if file not in files and paths.is_file(file, sources):
                        files[file] = f"included by {path}:{line}"
                        waiting.append(file)
        return Inputs(files, widened=widened)

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """A toolchain is all that C programs share."""
        return (toolchain(builder, host=(HostTool("gcc", ("--version",), "gcc"),)),)

    def service_build(
        self,
        service: Service,
        builder: Builder,
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,
    ) -> ServiceBuild:
        """One compiler call; static, so that the image needs nothing else."""
        files = tuple(sorted(inputs.files))
        home = paths.normalize(service.path)
        programs = [
            path for path in files if path.endswith(".c") and posixpath.dirname(path) == home
        ]
        libraries = [f"-l{name}" for name in service.options["libraries"]]
        command = quote("gcc", "-O2", "-static", "-s", *programs, *libraries)
        stage = Stage(
            name=build_name(service),
            kind=StageKind.BUILD,
            base=StageRef(shared[0].name),
            steps=(
                Copy(files),
                Run(f'mkdir -p "$OUT" && {command} -o "$OUT"/{quote(service.name)}'),
            ),
        )
        return ServiceBuild((stage,), (Artifact(service.name, service.name),))


@hookimpl
def msbuild_languages() -> list[C]:
    """The language of this plugin."""
    return [C()]
