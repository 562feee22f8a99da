"""The wheel and the sdist: their contents, and that they run without the repository."""

from __future__ import annotations

import importlib.metadata
import shutil
import tarfile
import zipfile
from email.parser import Parser
from typing import TYPE_CHECKING

import pytest

import msbuild
from tests.release.installing import ROOT, Installation, build, install

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SERVICES = ["catalog", "gateway"]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installation(
    distributions: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    return install(distributions[1], tmp_path_factory.mktemp("installation"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The sample in a directory that has nothing else of the repository."""
    shutil.copy(ROOT / "msbuild.yaml", tmp_path)
    shutil.copytree(ROOT / "sample-monorepo", tmp_path / "sample-monorepo")
    return tmp_path


def test_the_distributions_are_an_sdist_and_a_wheel_for_any_platform(
    distributions: list[Path],
) -> None:
    version = msbuild.__version__
    assert [file.name for file in distributions] == [
        f"msbuild-{version}.tar.gz",
        f"msbuild-{version}-py3-none-any.whl",
    ]


def test_the_metadata_is_complete(distributions: list[Path]) -> None:
    with zipfile.ZipFile(distributions[1]) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
        metadata = Parser().parsestr(wheel.read(name).decode())
        licenses = [name for name in wheel.namelist() if name.endswith("/licenses/LICENSE")]
        assert wheel.read(licenses[0]) == (ROOT / "LICENSE").read_bytes()
    assert metadata["Version"] == msbuild.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Summary"]
    assert metadata["Keywords"]
    assert metadata.get_all("Classifier")  # the build backend refuses unknown ones


def test_the_wheel_contains_every_module_and_no_other_file(distributions: list[Path]) -> None:
    modules = [
        file.relative_to(directory)
        for directory in (ROOT, ROOT / "plugins")
        for package in directory.glob("msbuild*/")
        for file in package.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    with zipfile.ZipFile(distributions[1]) as wheel:
        packed = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert sorted(packed) == sorted(map(str, modules))


def test_the_sdist_builds_the_same_wheel(distributions: list[Path], tmp_path: Path) -> None:
    with tarfile.open(distributions[0]) as sdist:
        sdist.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = build(source, tmp_path / "dist")
    assert again[1].read_bytes() == distributions[1].read_bytes()


def test_an_installation_plans_the_sample(installation: Installation, shop: Path) -> None:
    done = installation.run("msbuild", "plan", "--executor", "local", cwd=shop)
    assert done.returncode == 0, done.stderr
    assert all(service in done.stdout for service in SERVICES)
    assert not done.stderr


def test_an_installation_draws_the_sample(installation: Installation, shop: Path) -> None:
    done = installation.run("msbuild", "graph", cwd=shop)
    assert done.returncode == 0, done.stderr
    assert all(service in done.stdout for service in SERVICES)


def test_an_installation_includes_its_languages(installation: Installation, tmp_path: Path) -> None:
    done = installation.run("msbuild", "plugins", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for language in ("cpp", "go", "rust"):
        assert f"msbuild_{language}" in done.stdout
    assert "msbuild_c " not in done.stdout


def test_an_installation_reports_its_version(installation: Installation, tmp_path: Path) -> None:
    done = installation.run("msbuild", "--version", cwd=tmp_path)
    assert done.stdout == f"msbuild {msbuild.__version__}\n"


IMPORT_ALL = """
import importlib, pkgutil
for root in ("msbuild", "msbuild_cpp", "msbuild_go", "msbuild_rust"):
    package = importlib.import_module(root)
    assert "/venv/" in package.__file__, package.__file__
    for module in pkgutil.walk_packages(package.__path__, f"{root}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""


def test_every_module_imports_with_the_declared_dependencies_alone(
    installation: Installation, tmp_path: Path
) -> None:
    done = installation.run("python", "-c", IMPORT_ALL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_version_is_stated_once() -> None:
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
    assert importlib.metadata.version("msbuild") == msbuild.__version__
