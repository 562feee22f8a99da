from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from msbuild.graph.program_checks import programs_that_cannot_start
from msbuild.model import Certificates, Copy, CopyArtifact, Healthcheck, Location, Service
from msbuild.sources.tree import SourceTree
from tests.stages import runtime

if TYPE_CHECKING:
    from msbuild.sources.files import Place

AT = Location("msbuild.yaml", 7, 3)


class Unread(SourceTree):
    """A source tree without files, so that any asset may be startable."""

    def __init__(self) -> None:
        super().__init__(Path("/"))

    def place(self, path: str) -> Place | None:  # noqa: ARG002
        return None


UNREAD = Unread()


def said(
    *command: str, healthcheck: tuple[str, ...] = (), sources: SourceTree = UNREAD, **more: object
) -> list[str]:
    check = Healthcheck(healthcheck) if healthcheck else None
    stage = runtime("api", entrypoint=command or ("./api",), healthcheck=check, **more)
    assets = Copy(("api/bin/tool", "api/bin/x/y"), strip="api/bin", destination="bin")
    absolute = Copy(("api/run.sh",), strip="api/run.sh", destination="/usr/bin/run")
    tree = CopyArtifact("api-build", "dist", "./dist")
    steps = (*stage.steps, assets, absolute, tree, Certificates("t"))
    stage = dataclasses.replace(stage, steps=steps)
    assert stage.runtime
    service = Service("api", "go", "api", {}, (), stage.runtime, (), AT)
    return [error.render() for error in programs_that_cannot_start(service, stage, sources)]


@pytest.mark.parametrize(
    "program",
    [
        "./api", "/app/api", "../app/./api", "/app//api", "bin/tool", "./bin/x/y", "/app/bin/x/y",
        "/usr/bin/run", "run", "./dist/any/thing", "/app/dist/x",
    ],
)  # fmt: skip
def test_programs_from_assets_and_artifacts_can_be_started(program: str) -> None:
    assert said(program, "-flag", "/no/such/file") == []
    assert said(healthcheck=(program,)) == []


@pytest.mark.parametrize(
    ("program", "hint"),
    [
        ("/app/other", "add it to `assets`"),
        ("./other", "add it to `assets`"),
        ("curl", "add it to `assets`"),
        ("/usr/bin/curl", "or choose a `base` that has it"),
        ("api", "only `PATH` is searched: write `./api`"),
        ("/api", "it contains `/app/api`"),
        ("tool", "it contains `/app/bin/tool`"),
        ("sh", "it has no shell"),
        ("/bin/sh", "it has no shell"),
        ("CMD-SHELL", "it has no shell"),
        ("", "add it to `assets`"),
        ("CMD", "write the command without `CMD`"),
        ("./api -x", "write each word as an item: `[./api, -x]`"),
    ],
)
def test_a_program_missing_from_scratch_is_refused_with_its_location(
    program: str, hint: str
) -> None:
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


def test_other_bases_are_not_checked() -> None:
    assert said("sh", "-c", "true", base="alpine:3.22", healthcheck=("curl",)) == []


def test_an_asset_that_is_not_executable_or_lacks_its_interpreter_is_refused(
    tmp_path: Path,
) -> None:
    files = {"bin/tool": "ELF", "bin/x/y": "#!/app/bin/tool -x\n", "run.sh": "#! /bin/sh\n"}
    for name, text in files.items():
        path = tmp_path / "api" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    assert said("bin/tool", sources=SourceTree(tmp_path)) == []
    assert said("bin/x/y", sources=SourceTree(tmp_path)) == []
    (problem,) = said("run", sources=SourceTree(tmp_path))
    assert "is `run`, a script for `/bin/sh`, which its image does not contain" in problem
    (tmp_path / "api/bin/tool").chmod(0o644)
    (problem,) = said(healthcheck=("./bin/tool",), sources=SourceTree(tmp_path))
    assert "is `./bin/tool`, the asset `api/bin/tool`, which is not executable" in problem
    assert "`chmod +x api/bin/tool`" in problem
