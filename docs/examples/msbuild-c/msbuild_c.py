"""Plain C for msbuild: every directory of .c files is a program."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from msbuild.plugin_api import (
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
    hookimpl,
    quote,
    toolchain,
)

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def quoted(text: str) -> list[tuple[str, int]]:
    """What a file includes by quoted name, each with its line."""
    lines = enumerate(text.splitlines(), start=1)
    return [(found[1], number) for number, line in lines if (found := INCLUDE.match(line))]


class C:
    """A service is a directory of .c files, and the headers they include by quoted name."""

    name = "c"
    version = "1"
    builder_options: Sequence[Option] = ()
    service_options: Sequence[Option] = (
        Option("libraries", list[str], (), "Libraries to link, without `-l`."),
    )

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The .c files of the directory, and what they include, followed as far as it goes."""
        own = [name for name in sources.names(service.path) if name.endswith(".c")]
        if not own:
            raise ConfigError(
                f"service `{service.name}` has no .c file in `{service.path}`",
                hint="`path` is the directory of the program",
                at=service.at,
            )
        files = {posixpath.join(service.path, name): "a source of the service" for name in own}
        waiting = list(files)
        while waiting:
            path = waiting.pop()
            for name, line in sources.scan(path, quoted):
                header = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
                if header not in files and sources.exists(header):
                    files[header] = f"included by {path}:{line}"
                    waiting.append(header)
        return Inputs(files)

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
        programs = [path for path in files if path.endswith(".c")]
        libraries = [f"-l{name}" for name in service.options["libraries"]]
        command = quote("gcc", "-O2", "-static", "-s", *programs, *libraries)
        stage = Stage(
            name=f"{service.name}-build",
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
    """Hand over the language."""
    return [C()]
