"""Shared stages of many services, and interrupted runs."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docker.cli import Workspace
from tests.docker.conftest import remove_images
from tests.docker.echo import PLUGIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    import docker

pytestmark = pytest.mark.docker

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "msbuild-c"


@pytest.fixture
def echoes(engine: docker.DockerClient, tmp_path: Path) -> Iterator[Workspace]:
    """Ten services of a language that copies text, on shared stages that have never been built."""
    name = f"echo-{secrets.token_hex(4)}"
    workspace = Workspace(tmp_path, name, {"PYTHONPATH": str(tmp_path)})
    texts = {f"s{n}/text": f"{n}" for n in range(10)}
    workspace.write({"echo_plugin.py": PLUGIN, **texts})
    workspace.write(
        {f"{builder}.lock": f"{builder} {name}" for builder in ("echo", "quick", "slow")}
    )
    configure(workspace, slow=1)
    yield workspace
    remove_images(engine, name)


def configure(workspace: Workspace, slow: int) -> None:
    services = "".join(f"  s{n}: {{path: s{n}}}\n" for n in range(10))
    workspace.write(
        {
            "msbuild.yaml": f"version: 1\nworkspace: {workspace.name}\nplugins: [echo_plugin]\n"
            "builders:\n  echo:\n    image: debian:trixie-slim\n"
            f"    options: {{slow: {slow}, salt: {workspace.name}}}\nservices:\n{services}"
        }
    )


def test_a_shared_stage_is_executed_once_for_ten_services(echoes: Workspace) -> None:
    result = echoes.msbuild("all", "--json", "--jobs", "10")
    assert result.code == 0, result.everything
    assert result.executed_runs == sorted(["echo-deps", *(f"s{n}-build" for n in range(10))])
    assert set(result.outcomes.values()) == {"built"}


def test_a_shared_stage_is_executed_once_while_another_job_uses_its_base(
    engine: docker.DockerClient, echoes: Workspace
) -> None:
    # a base that BuildKit has never seen, in use by a slow job all the time
    base = f"{echoes.name}-base:1"
    recipe = f"FROM debian:trixie-slim\nRUN echo {echoes.name} > /name\n"
    subprocess.run(["docker", "build", "-q", "-t", base, "-"], input=recipe, text=True, check=True)
    options = "options: {slow: %d, salt: %s}"
    services = "".join(
        f"  s{n}: {{path: s{n}, builder: {'slow' if n > 7 else 'quick'}}}\n" for n in range(10)
    )
    echoes.write(
        {
            "msbuild.yaml": f"version: 1\nworkspace: {echoes.name}\nplugins: [echo_plugin]\n"
            f"builders:\n"
            f"  quick: {{plugin: echo, image: '{base}', {options % (0, 'q')}}}\n"
            f"  slow: {{plugin: echo, image: '{base}', {options % (8, 's')}}}\n"
            f"services:\n{services}"
        }
    )
    result = echoes.msbuild("all", "--json", "--jobs", "3")
    engine.images.remove(base)
    assert result.code == 0, result.everything
    assert result.executed_runs == sorted(
        ["quick-deps", "slow-deps", *(f"s{n}-build" for n in range(10))]
    )


def test_ctrl_c_stops_a_run_and_the_next_one_succeeds(echoes: Workspace) -> None:
    configure(echoes, slow=600)
    process = subprocess.Popen(
        echoes.command("all"),
        cwd=echoes.root,
        env={**os.environ, **echoes.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            if line.startswith("echo-deps") and "started" in line:
                break
        time.sleep(1)  # until the step itself runs
        process.send_signal(signal.SIGINT)
        rest = output.read()
    assert process.wait() == 130, rest
    assert "Traceback" not in rest
    configure(echoes, slow=0)
    result = echoes.msbuild("all", "--json")
    assert result.code == 0, result.everything
    assert set(result.outcomes.values()) == {"built"}


def test_a_run_after_a_killed_one_succeeds(echoes: Workspace) -> None:
    configure(echoes, slow=3)
    process = subprocess.Popen(
        echoes.command("all", "--json"),
        cwd=echoes.root,
        env={**os.environ, **echoes.environment},
        stdout=subprocess.DEVNULL,
    )
    time.sleep(2.5)
    process.kill()
    process.wait()
    result = echoes.msbuild("all", "--json")
    assert result.code == 0, result.everything
    assert len(result.outcomes) == 10
    assert echoes.msbuild("all", "--json").executed_runs == []
