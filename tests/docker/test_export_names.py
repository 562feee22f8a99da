"""Exported Dockerfiles copy the same files for any names and neighbors."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.docker import images
from tests.docker.cli import Workspace
from tests.docker.conftest import REPOSITORY, remove_images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import docker

pytestmark = pytest.mark.docker

NAMES = (
    "a b", " lead", "trail ", "#hash", "!not", "$HOME", "${x}", 'q"q', "it's", "back\\slash", "s*r",
    "wh?t", "[a]b", "[", "]", "^[x", "c++", "ünï", "\u2028line", "nb\u00a0sp", "-dash", "--from=x",
    "<<EOF", "`tick`", "a;b&c|d", "~", "(x|y)*", "{a}?",
    "new\nline", "tab\tx", "%{b}", "\\$y", "a.b",
)  # fmt: skip
VALUES = {
    "A": "$HOME ${x} %{y}",
    "B": 'it\'s "quoted" \\ back\\',
    "C": "# no comment",
    "D": "\u2028 ünï \u00a0",
    "E": "<<EOF",
    "F": " lead and trail ",
    "G": "\\",
    "H": "a=b c=d",
}
LABELS = {**VALUES, "A": "$HOME %{y}"}
WORDS = ["./text", "a b", "$x", 'q"', "it's", "\\", "new\nline", "\u2028", "# x", "<<EOF"]
BUILDER_ENV = {"MARK": "it's $HOME \\", "X": "a b"}


def in_config(values: Mapping[str, str]) -> dict[str, str]:
    """Values as written in a config."""
    return {name: text.replace("$", "$$") for name, text in values.items()}


@pytest.fixture(scope="module")
def odd(
    engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """A service with oddly named files, and one whose name differs only in the dot."""
    root = tmp_path_factory.mktemp("odd")
    workspace = Workspace(root, f"odd-{secrets.token_hex(4)}")
    workspace.environment = {"PYTHONPATH": str(REPOSITORY)}
    runtime = {
        "env": in_config(VALUES),
        "labels": {f"org.example.{name.lower()}": LABELS[name] for name in LABELS},
        "entrypoint": WORDS,
        "command": WORDS,
        "workdir": "/a b/$x",
        "user": {"name": "odd", "uid": 7, "gid": 8},
        "healthcheck": {"command": WORDS},
    }
    lone = {"from": 'lone/it\'s [a] $x "q"', "to": 'to/it\'s [b] $y "q"'}
    services = {
        "api.v1": {"path": "api", "assets": ["data", "partly", lone], "runtime": runtime},
        "api-v1": {"path": "web"},
    }
    config = {
        "version": 1,
        "workspace": workspace.name,
        "plugins": ["bench.engine.tiny_language"],
        "builders": {"tiny": {"image": "debian:trixie-slim", "env": in_config(BUILDER_ENV)}},
        "services": services,
    }
    workspace.write(
        {
            "msbuild.yaml": json.dumps(config),
            ".dockerignore": "*\n!web/**\n",
            ".gitignore": "junk\n*.tmp\n",
            "api/text": "api\n",
            "web/text": "web\n",
            "api/data/deep/junk": "ignored",
            "api/data/x.tmp": "ignored",
            "api/partly/keep": "kept",
            "api/partly/junk": "ignored",
            "api/junk": "ignored",
            f"api/{lone['from']}": "lone",
            **{f"api/data/{name}": name for name in NAMES},
            **{f"api/data/deep/{name}/{name}": name for name in NAMES},
            **{f"api/partly/{name}": name for name in NAMES},
            **{f"api/{name}": name for name in NAMES},
        }
    )
    (root / "api/data/deep/empty").mkdir()
    (root / "api/data/link").symlink_to("deep/a b")
    (root / "api/data/deep/up").symlink_to("../#hash")
    (root / "api/data/run").write_text("x")
    (root / "api/data/run").chmod(0o755)
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    workspace.first = workspace.msbuild("all", "--json")
    assert workspace.first.code == 0, workspace.first.everything
    yield workspace
    remove_images(engine, workspace.name)


def test_docker_build_copies_the_same_files(engine: docker.DockerClient, odd: Workspace) -> None:
    exported = odd.msbuild("export", "api.v1", "-o", "out.Dockerfile")
    assert exported.code == 0, exported.everything
    tag = f"{odd.name}-exported/api:latest"
    command = ["docker", "build", "-q", "-t", tag, "-f", "out.Dockerfile", "."]
    subprocess.run(command, cwd=odd.root, check=True)
    images.assert_same_behavior(engine, f"{odd.name}/api.v1:latest", tag)
    engine.api.remove_image(tag, force=True)


def test_bake_copies_the_same_files(engine: docker.DockerClient, odd: Workspace) -> None:
    assert odd.msbuild("export", "--format", "bake", "-o", "bake.json").code == 0
    tags = {"api-v1-2": "api.v1", "api-v1": "api-v1"}
    sets = [f"--set={name}.tags={odd.name}-bake/{tag}:latest" for name, tag in tags.items()]
    command = ["docker", "buildx", "bake", "-f", "bake.json", "--load", *sets]
    done = subprocess.run(command, cwd=odd.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in tags.values():
        other = f"{odd.name}-bake/{name}:latest"
        images.assert_same_behavior(engine, f"{odd.name}/{name}:latest", other)
        engine.api.remove_image(other, force=True)


def test_a_name_that_is_not_valid_utf8_is_copied_with_its_directory(
    engine: docker.DockerClient, odd: Workspace, tmp_path: Path
) -> None:
    name = os.fsdecode(b"x\xff")
    (odd.root / "api/data" / name).write_text("odd")
    assert odd.msbuild("build", "api.v1").code == 0
    assert odd.msbuild("export", "api.v1", "-o", str(tmp_path / "Dockerfile")).code == 0
    tag = f"{odd.name}-exported/raw:latest"
    command = ["docker", "build", "-q", "-t", tag, "-f", str(tmp_path / "Dockerfile"), "."]
    subprocess.run(command, cwd=odd.root, check=True)
    images.assert_same_behavior(engine, f"{odd.name}/api.v1:latest", tag)
    engine.api.remove_image(tag, force=True)
    (odd.root / "api/data" / name).unlink()
