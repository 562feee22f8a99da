"""`msbuild verify` in containers: it brings its tracer and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docker.cli import BUILDERS, Workspace
from tests.host.conftest import require_programs
from tests.host.narrowed import trees

if TYPE_CHECKING:
    import docker

pytestmark = pytest.mark.docker

NARROWED = Path(__file__).parents[1] / "host/narrowed"
TOP = trees.CPP["CMakeLists.txt"].replace(
    "generated blob versioned asked optional sourced", "optional"
)


@pytest.fixture
def tree(engine: docker.DockerClient, tmp_path: Path) -> Workspace:
    del engine
    require_programs("strace")
    made = Workspace(tmp_path, "verify-docker")
    files = {
        path: text
        for path, text in trees.CPP.items()
        if path.startswith(("optional/", "local/", "include/"))
    }
    builder = BUILDERS["cpp"].replace("    image", "    plugin: narrowed-cpp\n    image")
    made.write(
        {
            **files,
            "CMakeLists.txt": TOP,
            "msbuild.yaml": f"version: 1\nworkspace: {made.name}\nplugins: [narrowed]\n"
            f"builders:\n  cpp:\n{builder}services:\n  optional: {{path: optional}}\n",
        }
    )
    made.environment = {
        "PYTHONPATH": str(NARROWED),
        "NARROWED": json.dumps({"optional": ["local/tuning.h"]}),
    }
    return made


def test_a_file_missing_from_a_closure_is_reported_and_written(
    tree: Workspace, engine: docker.DockerClient
) -> None:
    result = tree.msbuild("verify", "--executor", "docker", "--json", "--write")
    assert result.code == 1, result.everything
    (service,) = json.loads(result.out)["services"]
    (finding,) = service["findings"]
    assert (finding["path"], finding["how"]) == ("local/tuning.h", "opened")
    assert finding["programs"] == ["cc1"]
    again = tree.msbuild("verify", "--executor", "docker", "--json")
    assert again.code == 0, again.everything
    tags = [tag for image in engine.images.list() for tag in image.tags]
    assert not [tag for tag in tags if tag.startswith("msbuild-verify:")]
    running = engine.containers.list(filters={"ancestor": "msbuild-verify"})
    assert not running


def test_a_build_that_fails_in_its_container_is_reported(tree: Workspace) -> None:
    tree.write({"optional/main.c": "int main() { return nothing; }\n"})
    result = tree.msbuild("verify", "--executor", "docker")
    assert result.code == 1, result.everything
    assert "optional-build" in result.err
    assert "nothing" in result.err
    assert "0 services verified, 1 failed" in result.out
