"""Programs built by cargo and msbuild print the same, before and after an edit with warm caches."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.host.cargo_trees import TREES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.host

SERVICES = {
    f"{name}-{number}": (name, directory)
    for name, tree in TREES.items()
    for number, directory in enumerate(tree.services)
}


def _write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def _cargo(directory: Path, *words: str, target: Path | None = None) -> str:
    """The output of cargo in a directory, without settings from the environment."""
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("CARGO_", "RUST"))
    }
    env |= {"CARGO_TARGET_DIR": str(target), "CARGO_NET_OFFLINE": "true"} if target else {}
    env |= {key: os.environ[key] for key in ("CARGO_HOME", "RUSTUP_HOME") if key in os.environ}
    done = subprocess.run(
        ["cargo", *words], cwd=directory, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{directory}: {done.stderr}"
    return done.stdout


def _by_cargo(root: Path, target: Path) -> dict[str, str]:
    """The output of every program, compiled from scratch by cargo."""
    found: dict[str, str] = {}
    for service, (tree, directory) in SERVICES.items():
        place = root / "trees" / tree / directory
        found[service] = _cargo(place, "run", "--quiet", "--release", target=target / tree)
    shutil.rmtree(target)
    return found


def _by_msbuild(root: Path) -> dict[str, str]:
    """The output of every program, built into an image by msbuild."""
    env = {**os.environ, "MSBUILD_STORE": str(root / "store"), "MSBUILD_EXECUTOR": "local"}
    done = subprocess.run(
        [sys.executable, "-m", "msbuild", "all"],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return {service: _printed(root / "store" / "oci", service, root) for service in SERVICES}


def _printed(layout: Path, service: str, root: Path) -> str:
    manifests = json.loads((layout / "index.json").read_text())["manifests"]
    key = "org.opencontainers.image.ref.name"
    (named,) = [m for m in manifests if m["annotations"][key] == f"trees/{service}:latest"]
    program = root / "program"
    for layer in _blob(layout, named["digest"])["layers"]:
        data = gzip.decompress(_path(layout, layer["digest"]).read_bytes())
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(f"app/{service}"):
                    file = archive.extractfile(member)
                    assert file is not None
                    program.write_bytes(file.read())
    program.chmod(0o755)
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    program.unlink()
    return done.stdout


def _blob(layout: Path, digest: str) -> Any:
    return json.loads(_path(layout, digest).read_text())


def _path(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


Printed = dict[str, str]


@pytest.fixture(scope="module")
def printed(
    tmp_path_factory: pytest.TempPathFactory,
) -> list[tuple[Printed, Printed]]:
    """The output of the programs by cargo and by msbuild, before and after the edits."""
    if shutil.which("cargo") is None:
        if os.environ.get("MSBUILD_REQUIRE_HOST"):
            pytest.fail("missing on this host: cargo")
        pytest.skip("missing on this host: cargo")
    root = tmp_path_factory.mktemp("cargo-trees")
    lines = ["version: 1", "workspace: trees", 'builders: {rust: {image: "rust:1-slim"}}']
    lines.append("services:")
    lines += [f"  {name}: {{path: trees/{tree}/{at}}}" for name, (tree, at) in SERVICES.items()]
    (root / "msbuild.yaml").write_text("\n".join(lines))
    (root / ".gitignore").write_text("/store\n/target\n")
    for name, tree in TREES.items():
        _write(root / "trees" / name, tree.files)
        _cargo(root / "trees" / name, "generate-lockfile", "--offline", "--quiet")
    before = (_by_cargo(root, root / "target"), _by_msbuild(root))
    for name, tree in TREES.items():
        _write(root / "trees" / name, tree.edit)
    return [before, (_by_cargo(root, root / "target"), _by_msbuild(root))]


@pytest.mark.parametrize("service", SERVICES)
def test_msbuild_and_cargo_build_the_same_program(
    printed: list[tuple[Printed, Printed]], service: str
) -> None:
    for by_cargo, by_msbuild in printed:
        assert by_msbuild[service] == by_cargo[service]
    assert printed[0][0][service] != printed[1][0][service]
