from __future__ import annotations

import dataclasses

import pytest

from msbuild.graph.startable import missing_programs
from msbuild.model import Certificates, Copy, CopyArtifact, Healthcheck, Location, Service
from tests.stages import runtime

AT = Location("msbuild.yaml", 7, 3)


def said(*command: str, healthcheck: tuple[str, ...] = (), **more: object) -> list[str]:
    check = Healthcheck(healthcheck) if healthcheck else None
    stage = runtime("api", entrypoint=command or ("./api",), healthcheck=check, **more)
    assets = Copy(("api/bin/tool", "api/bin/x/y"), strip="api/bin", destination="bin")
    absolute = Copy(("api/run.sh",), strip="api/run.sh", destination="/usr/bin/run")
    tree = CopyArtifact("api-build", "dist", "./dist")
    steps = (*stage.steps, assets, absolute, tree, Certificates("t"))
    stage = dataclasses.replace(stage, steps=steps)
    assert stage.runtime
    service = Service("api", "go", "api", {}, (), stage.runtime, (), AT)
    return [error.render() for error in missing_programs(service, stage)]


@pytest.mark.parametrize(
    "program",
    [
        "./api", "/app/api", "../app/./api", "/app//api", "bin/tool", "./bin/x/y", "/app/bin/x/y",
        "/usr/bin/run", "run", "./dist/any/thing", "/app/dist/x",
    ],
)  # fmt: skip
def test_what_assets_and_artifacts_bring_can_be_started(program: str) -> None:
    assert said(program, "-flag", "/no/such/file") == []
    assert said(healthcheck=(program,)) == []


@pytest.mark.parametrize(
    ("program", "hint"),
    [
        ("/app/other", "add it to `assets`"),
        ("./other", "add it to `assets`"),
        ("curl", "add it to `assets`"),
        ("/usr/bin/curl", "or name a `base` that has it"),
        ("api", "only `PATH` is searched: write `./api`"),
        ("/api", "it holds `/app/api`"),
        ("tool", "it holds `/app/bin/tool`"),
        ("sh", "it has no shell"),
        ("/bin/sh", "it has no shell"),
        ("CMD-SHELL", "it has no shell"),
        ("", "add it to `assets`"),
    ],
)
def test_what_an_empty_base_lacks_is_refused_with_its_line(program: str, hint: str) -> None:
    (problem,) = said(program)
    assert problem.startswith(f"msbuild.yaml:7:3: the entrypoint of service `api` is `{program}`")
    assert hint in problem
    (problem,) = said(healthcheck=(program, "-c", "true"))
    assert "the healthcheck of service `api`" in problem


def test_the_path_of_the_image_is_searched() -> None:
    assert said("tool", env={"PATH": "/bin:/app/bin"}) == []
    assert said("tool", env={"PATH": "/bin:bin"}) == []
    assert said("tool", env={"PATH": "/bin"}) != []
    assert said("api", workdir="/usr/bin") == []


def test_nothing_is_said_of_any_other_base() -> None:
    assert said("sh", "-c", "true", base="alpine:3.22", healthcheck=("curl",)) == []
