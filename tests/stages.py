"""Stages for tests: a small Go-like chain with two services, and a parser-free language."""

from __future__ import annotations

from msbuild.model import (
    NONROOT,
    CacheMount,
    Copy,
    CopyArtifact,
    ImageRef,
    Packages,
    Run,
    Runtime,
    Stage,
    StageKind,
    StageRef,
)

TOOLCHAIN = Stage(
    name="go-toolchain",
    kind=StageKind.TOOLCHAIN,
    base=ImageRef("debian:trixie-slim"),
    steps=(Packages(("golang-go",)),),
    env=(("GOCACHE", "$CACHE/go-build"),),
)
DEPS = Stage(
    name="go-deps",
    kind=StageKind.DEPENDENCIES,
    base=StageRef("go-toolchain"),
    steps=(Copy(("go.mod", "go.sum")), Run("go mod download", network=True)),
)


def build(name: str, files: tuple[str, ...], script: str | None = None) -> Stage:
    mount = CacheMount("go-build", "go-build", "content", seed="go-deps")
    return Stage(
        name=f"{name}-build",
        kind=StageKind.BUILD,
        base=StageRef("go-deps", speed_only=True),
        steps=(
            Copy(files),
            Run(script or f'go build -o "$OUT/{name}" ./{name}', caches=(mount,)),
        ),
    )


def runtime(name: str, **changes: object) -> Stage:
    values = {"base": "scratch", "user": NONROOT, "entrypoint": (f"./{name}",), **changes}
    settings = Runtime(**values)  # type: ignore[arg-type]
    return Stage(
        name=name,
        kind=StageKind.RUNTIME,
        base=ImageRef(settings.base),
        steps=(CopyArtifact(f"{name}-build", name, f"./{name}"),),
        runtime=settings,
    )


def shop() -> list[Stage]:
    """Toolchain, deps, and the services `a` and `b` that share a library."""
    return [
        TOOLCHAIN,
        DEPS,
        build("a", ("a/main.go", "lib/lib.go")),
        runtime("a"),
        build("b", ("b/main.go", "lib/lib.go")),
        runtime("b"),
    ]
