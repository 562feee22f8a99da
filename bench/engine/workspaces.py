"""Generated workspaces of many services, each with an equivalent for `docker buildx bake`.

The bake files have the usual form for many similar services: one Dockerfile with the shared stages,
a target per service that passes its name as an argument, and all targets in one group.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

BASE = "debian:trixie-slim"


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write files into a directory."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


def tiny(services: int, shared: int, salt: str) -> dict[str, str]:
    """Services that copy a text, spread evenly over some shared stages.

    Args:
        services: number of services.
        shared: number of shared stages.
        salt: a new value makes all stages new to an engine.

    Returns:
        The text of every file by path.
    """
    names = {f"s{number:03}": number % shared for number in range(services)}
    builders = {
        f"g{group}": {"plugin": "tiny", "image": BASE, "options": {"salt": salt}}
        for group in range(shared)
    }
    config = {
        "version": 1,
        "workspace": "tiny",
        "plugins": ["bench.engine.tiny_language"],
        "builders": builders,
        "services": {
            name: {"path": f"services/{name}", "builder": f"g{group}"}
            for name, group in names.items()
        },
    }
    stages = "\n".join(
        f"FROM {BASE} AS g{group}-deps\nWORKDIR /work\nRUN echo g{group} {salt} > shared\n"
        for group in range(shared)
    )
    targets = {
        name: {"args": {"SERVICE": name, "GROUP": f"g{group}"}, "tags": [f"bake/{name}:latest"]}
        for name, group in names.items()
    }
    return {
        # JSON is YAML
        "msbuild.yaml": json.dumps(config, indent=1),
        "Dockerfile": f"ARG GROUP\n{stages}\n{_TINY_SERVICE}",
        ".dockerignore": "*\n!services\n",
        "docker-bake.json": bake_file(targets),
        **{f"services/{name}/text": f"{name}\n" for name in names},
    }


_TINY_SERVICE = """\
FROM ${GROUP}-deps AS build
ARG SERVICE
COPY services/${SERVICE} services/${SERVICE}
RUN mkdir -p /out && cp services/${SERVICE}/text /out/

FROM scratch
WORKDIR /app
COPY --from=build /out/text ./text
USER 65532:65532
ENTRYPOINT ["./text"]
"""


def go(services: int, libraries: int) -> dict[str, str]:
    """One Go module with many services, each of which uses two libraries.

    Args:
        services: number of services.
        libraries: number of libraries.

    Returns:
        The text of every file by path.
    """
    names = [f"s{number:03}" for number in range(services)]
    files = {
        "go.mod": "module example.com/many\n\ngo 1.22\n",
        "msbuild.yaml": _GO_CONFIG,
        "Dockerfile": _GO_DOCKERFILE,
        ".dockerignore": "*\n!go.mod\n!libs\n!services\n",
        "docker-bake.json": bake_file(
            {name: {"args": {"SERVICE": name}, "tags": [f"bake/{name}:latest"]} for name in names}
        ),
    }
    for number in range(libraries):
        files[f"libs/l{number}/l{number}.go"] = (
            f'package l{number}\n\nimport "strconv"\n\n'
            f"// Say returns a number.\nfunc Say() string {{ return strconv.Itoa({number}) }}\n"
        )
    for number, name in enumerate(names):
        one, other = number % libraries, (number + 1) % libraries
        files[f"services/{name}/main.go"] = _GO_MAIN.format(one=one, other=other)
    return files


_GO_MAIN = """\
package main

import (
	"os"

	"example.com/many/libs/l{one}"
	"example.com/many/libs/l{other}"
)

func main() {{
	os.Stdout.WriteString(l{one}.Say() + l{other}.Say())
}}
"""
_GO_CONFIG = f"""\
version: 1
workspace: many
builders:
  go: {{image: '{BASE}', packages: [golang-go]}}
discover:
  - {{glob: services/*, builder: go}}
"""
_GO_DOCKERFILE = f"""\
FROM {BASE} AS toolchain
RUN apt-get update && \\
    apt-get install -y --no-install-recommends golang-go && \\
    rm -rf /var/lib/apt/lists/*
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
WORKDIR /work

FROM toolchain AS build
COPY go.mod ./
COPY libs libs
ARG SERVICE
COPY services/${{SERVICE}} services/${{SERVICE}}
RUN --mount=type=cache,target=/root/.cache/go-build \\
    go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/service ./services/${{SERVICE}}

FROM scratch
WORKDIR /app
COPY --from=build /out/service ./service
USER 65532:65532
ENTRYPOINT ["./service"]
"""


def bake_file(targets: Mapping[str, Mapping[str, object]], group: Iterable[str] = ()) -> str:
    """A bake file in which every target uses the top-level Dockerfile by default.

    Args:
        targets: the settings of every target.
        group: the targets of the default group; all if empty.
    """
    content = {
        "group": {"default": {"targets": list(group or targets)}},
        "target": {name: {"context": ".", **target} for name, target in targets.items()},
    }
    return json.dumps(content, indent=1)
