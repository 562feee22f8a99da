"""An engine without any cache builds the same bytes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docker import images
from tests.docker.conftest import REPOSITORY, copy_shop

if TYPE_CHECKING:
    from pathlib import Path

    import docker

    from tests.docker.cli import Workspace

pytestmark = pytest.mark.docker

SCRIPT = """
set -e
{python} {tools}/base-image >&2
cd {root}
{python} -m msbuild all --json > events.json
{python} -m msbuild all --json > again.json
cd {repository}
{python} -m tests.docker.hashes {name} > {root}/hashes.json
"""


def test_binaries_from_a_warm_and_an_emptied_engine_are_the_same(
    engine: docker.DockerClient, shop: Workspace, tmp_path: Path
) -> None:
    other = copy_shop(tmp_path / "elsewhere")
    script = SCRIPT.format(
        python=shlex.quote(sys.executable),
        tools=REPOSITORY / "tools",
        root=other.root,
        repository=REPOSITORY,
        name=other.name,
    )
    environment = {
        **os.environ,
        "DOCKER_HOST": "unix:///nowhere",
        "MSBUILD_ENGINE_DIR": str(tmp_path / "engine"),
    }
    command = [sys.executable, str(REPOSITORY / "tools/engine"), "with", "sh", "-c", script]
    subprocess.run(command, env=environment, check=True)
    hashes = json.loads((other.root / "hashes.json").read_text())
    assert len(hashes) == len(shop.first.outcomes)
    for service, files in hashes.items():
        assert files == images.files(engine, f"{shop.name}/{service}:latest"), service
    again = (other.root / "again.json").read_text()
    assert '"event":"step"' not in again
